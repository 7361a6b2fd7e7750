/** What the sync works with. Time, randomness, ids and the network come in here, so that tests control them. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { DocumentFiles } from '../documents/document-files.ts';
import type { TenantFirefish, TenantFirefishDeps } from '../firefish/tenant-firefish.ts';
import type { WakeUps } from '../queue/wake-ups.ts';
import type { Table } from '../store/table.ts';
import type { LoadTenant } from '../tenants/load-tenant.ts';
import type { EventHandlers } from './event-handler.ts';
import type { Ended } from './finish-event.ts';
import type { WorkReport } from './report-work.ts';

export interface SyncDeps {
  table: Table;
  wakeUps: WakeUps;
  cipher: Cipher;
  documents: DocumentFiles;
  clock: Clock;
  /** 0 to 1, for jitter. */
  random: () => number;
  newId: () => string;
  loadTenant: LoadTenant;
  config: FirefishConfig;
  fetch: typeof fetch;
  handlers: EventHandlers;
  openFirefish: (deps: TenantFirefishDeps) => TenantFirefish;
  /** Told of each event that has ended, for logs and metrics. */
  onEnded?: (ended: Ended) => void;
  /** Told of what waits, of errors and of crashes, for logs and metrics. */
  onWork?: (report: WorkReport) => void;
}

/** One process, which has one clock. */
export interface InstanceDeps extends SyncDeps {
  /** Names it in the turn record. */
  instance: string;
}
