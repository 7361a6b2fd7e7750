/**
 * Works on what the queue delivers: groups it by tenant and person, people in parallel, and says which
 * pointers the queue shall deliver again. Whatever waits, for the person or for Firefish, leaves the queue.
 */
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { CompanyEvent, PersonEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import type { Firefish } from '../firefish/port.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { EventPointer, EventQueue } from '../queue/queue.ts';
import { eventKey } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SyncContext } from './context.ts';
import { deferEvent, finishEvent } from './finish.ts';
import { type Loaded, openEvent } from './loaded-event.ts';
import { type Deferral, type Outcome, skipped } from './outcome.ts';
import { Parking } from './parking.ts';
import { connected } from './grouping.ts';
import { syncCompany } from './sync-company.ts';
import { syncDomain } from './sync-domain.ts';
import { syncPerson } from './sync-person.ts';

export interface WorkerDeps {
  table: Table;
  queue: EventQueue;
  deadLetters: EventQueue;
  cipher: Cipher;
  clock: Clock;
  loadTenant: (tenantId: string) => Promise<Tenant | undefined>;
  firefishOf: (tenant: Tenant) => Firefish;
  /** Until when the tenant's calls wait (epoch milliseconds), if they do. */
  readGate: (tenantId: string, now: number) => Promise<{ until: number } | undefined>;
  newId: () => string;
  /** 0 to 1, for jitter. */
  random: () => number;
  callTimeoutMs: number;
  /** Told of each event that ended or was put off, for logs and metrics. */
  onOutcome?: (outcome: WorkReport) => void;
}

export interface WorkReport {
  tenantId: string;
  eventIds: string[];
  deferral?: Deferral;
  error?: unknown;
}

export interface Worker {
  /** Answers the positions of the pointers that shall be delivered again. */
  handle(pointers: readonly EventPointer[], remainingMs?: number): Promise<{ failed: number[] }>;
}

/** A gate that closes for less than this is waited for in the call itself. */
const SHORT_WAIT_MS = 3_000;
/** The longest delay of a message; what waits longer is sent by the sweeper. */
const MAX_DELAY_SECONDS = 900;
/** People of one tenant at once in one batch. */
const AT_ONCE = 10;
const DEFAULT_REMAINING_MS = 60_000;
/** What a worker leaves of its time for ending what it has begun. */
const ENDING_MS = 15_000;

export function createWorker(deps: WorkerDeps): Worker {
  const parking = new Parking(deps.table, deps.clock);
  return {
    async handle(pointers, remainingMs = DEFAULT_REMAINING_MS) {
      const deadline = deps.clock.now() + remainingMs - ENDING_MS;
      const failed = new Set<number>();
      const tenants = Map.groupBy(pointers.entries(), ([, { tenantId }]) => tenantId);
      await mapConcurrently([...tenants], AT_ONCE, async ([tenantId, entries]) => {
        const eventIds = [...new Set(entries.map(([, { eventId }]) => eventId))];
        const again = await new TenantWork(deps, parking, tenantId, deadline).run(eventIds);
        for (const [position, { eventId }] of entries) if (again.has(eventId)) failed.add(position);
      });
      return { failed: [...failed].sort((a, b) => a - b) };
    },
  };
}

class TenantWork {
  readonly #deps: WorkerDeps;
  readonly #parking: Parking;
  readonly #tenantId: string;
  readonly #deadline: number;

  constructor(deps: WorkerDeps, parking: Parking, tenantId: string, deadline: number) {
    this.#deps = deps;
    this.#parking = parking;
    this.#tenantId = tenantId;
    this.#deadline = deadline;
  }

  /** Answers the ids of the events that the queue shall deliver again. */
  async run(eventIds: readonly string[]): Promise<Set<string>> {
    try {
      return await this.#run(eventIds);
    } catch (error) {
      this.#deps.onOutcome?.({ tenantId: this.#tenantId, eventIds: [...eventIds], error });
      return new Set(eventIds);
    }
  }

  async #run(eventIds: readonly string[]): Promise<Set<string>> {
    const { table, clock, loadTenant } = this.#deps;
    const items = (await table.getMany(eventIds.map((id) => eventKey(this.#tenantId, id)))) as StoredEvent[];
    // What has ended is a repeat; what waits for its time has a message of its own on the way.
    const open = items.filter(
      ({ state, deferredUntil }) => state === 'queued' && (deferredUntil ?? 0) <= clock.now() + 1_000,
    );
    if (open.length === 0) return new Set();
    const tenant = await loadTenant(this.#tenantId);
    if (tenant?.status !== 'enabled') {
      // A tenant that is not there any more has no data either; there is nobody to tell.
      if (tenant !== undefined) await this.#endAll(this.#context(tenant), open, skipped('disabled'));
      return new Set();
    }
    const gate = await this.#deps.readGate(this.#tenantId, clock.now());
    if (gate !== undefined && gate.until - clock.now() > SHORT_WAIT_MS) {
      await this.#parking.park(this.#tenantId, open);
      return new Set();
    }
    return this.#work(this.#context(tenant), open);
  }

  async #work(context: SyncContext, items: readonly StoredEvent[]): Promise<Set<string>> {
    const again = new Set<string>();
    const opened = await Promise.all(items.map((item) => openEvent(context, item)));
    await this.#endAll(
      context,
      items.filter((_, index) => opened[index] === undefined),
      skipped('erased'),
    );
    const loaded = opened.filter((one) => one !== undefined);
    // Groups that share an address would only wait for each other's claims.
    await mapConcurrently(connected(context.tenant, loaded), AT_ONCE, async (groups) => {
      for (const group of groups) {
        for (const id of await this.#workOn(context, group)) again.add(id);
      }
    });
    return again;
  }

  async #workOn(context: SyncContext, group: readonly Loaded[]): Promise<string[]> {
    const eventIds = group.map(({ item }) => item.sk);
    const report = { tenantId: this.#tenantId, eventIds };
    try {
      const deferral = await syncGroup(context, group);
      this.#deps.onOutcome?.(deferral === undefined ? report : { ...report, deferral });
      if (deferral !== undefined) await this.#putOff(context, group, deferral);
      return [];
    } catch (error) {
      this.#deps.onOutcome?.({ ...report, error });
      return eventIds;
    }
  }

  /** Off the queue until its time: parked with the whole tenant, or with a message that comes by itself. */
  async #putOff(context: SyncContext, group: readonly Loaded[], deferral: Deferral): Promise<void> {
    const items = (await this.#deps.table.getMany(
      group.map(({ item }) => eventKey(this.#tenantId, item.sk)),
    )) as StoredEvent[];
    const open = items.filter(({ state }) => state === 'queued');
    if (deferral.tenantWide) {
      await this.#parking.park(this.#tenantId, open);
      return;
    }
    await Promise.all(open.map((item) => deferEvent(context, item, deferral)));
    const delaySeconds = Math.ceil(Math.max(0, deferral.at - this.#deps.clock.now()) / 1000);
    if (delaySeconds > MAX_DELAY_SECONDS) return;
    // What can't be sent is found by the sweeper when it is due.
    await this.#deps.queue.send(
      open.map(({ sk }) => ({ tenantId: this.#tenantId, eventId: sk, delaySeconds })),
    );
  }

  async #endAll(context: SyncContext, items: readonly StoredEvent[], outcome: Outcome): Promise<void> {
    await Promise.all(items.map((item) => finishEvent(context, item, outcome)));
  }

  #context(tenant: Tenant): SyncContext {
    const { table, cipher, clock, deadLetters, newId, random, callTimeoutMs, firefishOf } = this.#deps;
    return {
      ...{ tenant, table, cipher, clock, deadLetters, newId, random, callTimeoutMs },
      firefish: firefishOf(tenant),
      deadline: this.#deadline,
    };
  }
}

/** @param group events of one person, of one company, or one event of a domain */
async function syncGroup(context: SyncContext, group: readonly Loaded[]): Promise<Deferral | undefined> {
  const [first] = group;
  if (first === undefined) return undefined;
  if ('record' in first.event) return syncPerson(context, group as readonly Loaded<PersonEvent>[]);
  if ('company' in first.event) return syncCompany(context, group as readonly Loaded<CompanyEvent>[]);
  return syncDomain(context, { item: first.item, event: first.event });
}
