import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { Firefish } from '../firefish/port.ts';
import type { EventQueue } from '../queue/queue.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What the sync of one tenant's events works with. */
export interface SyncContext {
  tenant: Tenant;
  table: Table;
  cipher: Cipher;
  clock: Clock;
  firefish: Firefish;
  /** Where the pointer of an event goes that is parked. */
  deadLetters: EventQueue;
  newId: () => string;
  /** 0 to 1, for jitter. */
  random: () => number;
  /** Epoch milliseconds after which long work stops, to be gone on with later. */
  deadline: number;
  /** FIREFISH_TIMEOUT_MS. */
  callTimeoutMs: number;
}
