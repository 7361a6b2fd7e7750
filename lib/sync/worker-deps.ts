import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { Firefish } from '../firefish/port.ts';
import type { EventQueue } from '../queue/queue.ts';
import type { Table } from '../store/table.ts';
import type { LoadTenant } from '../tenants/load-tenant.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Ended } from './finish.ts';
import type { WorkReport } from './group-work.ts';

export interface WorkerDeps {
  table: Table;
  queue: EventQueue;
  deadLetters: EventQueue;
  cipher: Cipher;
  clock: Clock;
  loadTenant: LoadTenant;
  firefishOf: (tenant: Tenant) => Firefish;
  /** Until when the tenant's calls wait (epoch milliseconds), if they do. */
  readGate: (tenantId: string, now: number) => Promise<{ reason: string; until: number } | undefined>;
  newId: () => string;
  /** 0 to 1, for jitter. */
  random: () => number;
  callTimeoutMs: number;
  /** How many tenants' backlogs are worked on at once, over all instances; default any number. */
  backlogsAtOnce?: number | undefined;
  /** Told of what was worked on or put off, for logs and metrics. */
  onWork?: (report: WorkReport) => void;
  /** Told of each event that has ended. */
  onEnded?: ((ended: Ended) => void) | undefined;
}

/** A gate that closes for less than this is waited for in the worker. */
export const SHORT_WAIT_MS = 3_000;
