import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { Firefish } from '../firefish/port.ts';
import type { EventQueue } from '../queue/queue.ts';
import type { ReadableTable, Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Ended } from './finish.ts';

/** What matching and planning one tenant's events works with: nothing of it can be written to. */
export interface ReadContext {
  tenant: Tenant;
  table: ReadableTable;
  cipher: Cipher;
  clock: Clock;
  firefish: Firefish;
  newId: () => string;
}

/** What the sync of one tenant's events works with. */
export interface SyncContext extends ReadContext {
  table: Table;
  /** Where the pointer of an event goes that is parked. */
  deadLetters: EventQueue;
  /** 0 to 1, for jitter. */
  random: () => number;
  /** Epoch milliseconds after which long work stops, to be gone on with later. */
  deadline: number;
  /** FIREFISH_TIMEOUT_MS. */
  callTimeoutMs: number;
  /** Told of each event that has ended, once it is written down. */
  onEnded?: ((ended: Ended) => void) | undefined;
}
