/**
 * Works on what the queue delivers: events, grouped by tenant and person, people in parallel; and backlogs. Says
 * which pointers the queue shall deliver again. Whatever waits, for a person or for Firefish, leaves the queue.
 */
import type { StoredEvent } from '../events/stored-event.ts';
import { isOfOneEndpoint } from '../firefish/gate.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { BacklogPointer, EventPointer, Pointer } from '../queue/queue.ts';
import { eventKey } from '../store/keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { Backlog } from './backlog.ts';
import { workOffBacklog } from './backlog-work.ts';
import type { SyncContext } from './context.ts';
import { endDisabled, finishEvent } from './finish.ts';
import { byDomain, connected } from './grouping.ts';
import { workOnGroup } from './group-work.ts';
import { openEvent } from './loaded-event.ts';
import { needsNoSearch } from './known-person.ts';
import { type Deferral, skipped } from './outcome.ts';
import { Pace } from './pace.ts';
import { SHORT_WAIT_MS, type WorkerDeps } from './worker-deps.ts';

export type { WorkReport } from './group-work.ts';
export type { WorkerDeps } from './worker-deps.ts';

export interface Worker {
  /** Answers the positions of the pointers that shall be delivered again. */
  handle(pointers: readonly Pointer[], remainingMs?: number): Promise<{ failed: number[] }>;
}

/** Tenants, and people of one tenant, at once in one batch. */
const AT_ONCE = 10;
/**
 * Batches of one tenant at once in one instance; what comes beyond joins its backlog. A tenant whose Firefish
 * hangs must not hold everybody who works here.
 */
const BATCHES_OF_A_TENANT = 2;
const DEFAULT_REMAINING_MS = 60_000;
/** What a worker leaves of its time for ending what it has begun. */
const ENDING_MS = 15_000;

export function createWorker(deps: WorkerDeps): Worker {
  const instance = new Instance(deps);
  return {
    async handle(pointers, remainingMs = DEFAULT_REMAINING_MS) {
      const deadline = deps.clock.now() + remainingMs - ENDING_MS;
      const failed = new Set<number>();
      const tenants = Map.groupBy(pointers.entries(), ([, { tenantId }]) => tenantId);
      await mapConcurrently([...tenants], AT_ONCE, async ([tenantId, entries]) => {
        const again = await instance.work(
          tenantId,
          entries.map(([, pointer]) => pointer),
          deadline,
        );
        for (const [position, pointer] of entries) if (again.has(pointer)) failed.add(position);
      });
      return { failed: [...failed].sort((a, b) => a - b) };
    },
  };
}

/** What one instance remembers between batches. */
class Instance {
  readonly #deps: WorkerDeps;
  readonly #backlog: Backlog;
  readonly #paces = new Map<string, Pace>();
  readonly #batches = new Map<string, number>();

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
    this.#backlog = new Backlog(deps);
  }

  /** Answers the pointers that the queue shall deliver again. */
  async work(tenantId: string, pointers: readonly Pointer[], deadline: number): Promise<Set<Pointer>> {
    const again = new Set<Pointer>();
    const events = pointers.filter((pointer): pointer is EventPointer => 'eventId' in pointer);
    const rings = pointers.filter((pointer): pointer is BacklogPointer => 'backlog' in pointer);
    const heard = rings.find(({ clock }) => clock !== undefined)?.clock;
    const orAgain = async (of: readonly Pointer[], work: () => Promise<void>): Promise<void> => {
      if (of.length === 0) return;
      try {
        await work();
      } catch (error) {
        const eventIds = of.flatMap((pointer) => ('eventId' in pointer ? [pointer.eventId] : []));
        this.#deps.onWork?.({ tenantId, eventIds, error });
        for (const pointer of of) again.add(pointer);
      }
    };
    await Promise.all([
      orAgain(events, () => this.#workOnEvents(tenantId, events, deadline)),
      orAgain(rings, () => this.#workOnBacklog(tenantId, deadline, heard)),
    ]);
    return again;
  }

  async #workOnBacklog(tenantId: string, deadline: number, heard: BacklogPointer['clock']): Promise<void> {
    const pace = this.#paces.get(tenantId) ?? new Pace();
    this.#paces.set(tenantId, pace);
    const contextOf = (tenant: Tenant): SyncContext => this.#context(tenant, deadline);
    const turn = { deps: this.#deps, backlog: this.#backlog, pace, tenantId, deadline, contextOf, heard };
    await workOffBacklog(turn);
  }

  async #workOnEvents(tenantId: string, pointers: readonly EventPointer[], deadline: number): Promise<void> {
    const { table, clock, loadTenant } = this.#deps;
    // The queue delivers at least once, and a repeat has a message of its own.
    const keys = [...new Set(pointers.map(({ eventId }) => eventId))].map((id) => eventKey(tenantId, id));
    // Only the intake and the sync write event items, as StoredEvent says.
    const items = (await table.getMany(keys)) as StoredEvent[];
    // What has ended is a repeat; what waits for its time is in the backlog.
    const due = items.filter(
      ({ state, deferredUntil }) => state === 'queued' && (deferredUntil ?? 0) <= clock.now(),
    );
    if (due.length === 0) return;
    const tenant = await loadTenant(tenantId);
    // A tenant that is not there any more has no data either; there is nobody to tell.
    if (tenant === undefined) return;
    const context = this.#context(tenant, deadline);
    const open = await endDisabled(context, due);
    if (open.length === 0) return;
    const mayGoOn = await this.#whatMayGoOn(context, open);
    const batches = this.#batches.get(tenantId) ?? 0;
    const taken = batches < BATCHES_OF_A_TENANT ? mayGoOn : [];
    const left = open.filter((item) => !taken.includes(item));
    if (left.length > 0) await this.#leaveToBacklog(tenantId, left);
    if (taken.length === 0) return;
    this.#batches.set(tenantId, batches + 1);
    try {
      await this.#workOnItems(context, taken);
    } finally {
      this.#batches.set(tenantId, (this.#batches.get(tenantId) ?? 1) - 1);
    }
  }

  /** What need not wait although Firefish may let the tenant wait. */
  async #whatMayGoOn(context: SyncContext, items: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const { clock, readGate, onWork } = this.#deps;
    const { tenantId } = context.tenant;
    const gate = await readGate(tenantId, clock.now());
    if (gate === undefined || gate.until - clock.now() <= SHORT_WAIT_MS) return items;
    const isOfOne = isOfOneEndpoint(gate, clock.now());
    const mayGoOn = await Promise.all(
      items.map(async (item) => isOfOne && (await needsNoSearch(context, item))),
    );
    const waiting = items.filter((_, index) => mayGoOn[index] !== true);
    if (waiting.length > 0) {
      const deferral = { at: gate.until, reason: gate.reason, tenantWide: true };
      onWork?.({ tenantId, eventIds: waiting.map(({ sk }) => sk), deferral });
    }
    return items.filter((_, index) => mayGoOn[index] === true);
  }

  async #leaveToBacklog(tenantId: string, items: readonly StoredEvent[]): Promise<void> {
    await this.#backlog.add(tenantId, items);
    await this.#backlog.ring(tenantId);
  }

  async #workOnItems(context: SyncContext, items: readonly StoredEvent[]): Promise<void> {
    const { onWork } = this.#deps;
    const opened = await Promise.all(items.map((item) => openEvent(context, item)));
    const erased = items.filter((_, index) => opened[index] === undefined);
    await Promise.all(erased.map((item) => finishEvent(context, item, skipped('erased'))));
    const loaded = opened.filter((one) => one !== undefined);
    const deferrals = await mapConcurrently(
      byDomain(connected(context.tenant, loaded)),
      AT_ONCE,
      async ({ groups }): Promise<(Deferral | undefined)[]> => {
        const waits = [];
        for (const group of groups) {
          waits.push(await workOnGroup(context, this.#backlog, group, (report) => onWork?.(report)));
        }
        return waits;
      },
    );
    if (deferrals.flat().some((deferral) => deferral?.tenantWide === true)) {
      await this.#backlog.ring(context.tenant.tenantId);
    }
  }

  #context(tenant: Tenant, deadline: number): SyncContext {
    const { table, cipher, clock, deadLetters, newId, random, callTimeoutMs, firefishOf, onEnded } =
      this.#deps;
    return {
      ...{ tenant, table, cipher, clock, deadLetters, newId, random, callTimeoutMs, onEnded, deadline },
      firefish: firefishOf(tenant),
    };
  }
}
