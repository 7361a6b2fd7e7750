/**
 * Works off a tenant's backlog for some seconds, the oldest first, as many people at once as Firefish's limits
 * let through. One worker at a time, for it knows best what it has in hand: several events of one person
 * become one call, nobody is claimed twice, and a tenant never holds more than one worker that others need.
 */
import type { StoredEvent } from '../events/stored-event.ts';
import type { ClockWord } from '../firefish/clock-word.ts';
import { eventKey, openEventsPartition } from '../store/keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Backlog, sendRing } from './backlog.ts';
import { BacklogLease, RENEW_AFTER_MS } from './backlog-lease.ts';
import { BacklogSlots } from './backlog-slots.ts';
import type { SyncContext } from './context.ts';
import { endDisabled, finishEvent } from './finish.ts';
import { byDomain, connected, type GroupList } from './grouping.ts';
import { breakOff, workOnGroup, type WorkReport } from './group-work.ts';
import { type Loaded, openEvent } from './loaded-event.ts';
import { skipped } from './outcome.ts';
import type { Pace } from './pace.ts';
import { SHORT_WAIT_MS, type WorkerDeps } from './worker-deps.ts';

/**
 * How long one message's work takes new events up: then others have their turn, and a new message goes on. By the slot
 * it has (`BacklogSlots.take`): with `one` there are more to be had, and a minute's 200 calls leave within one turn, so
 * that one worker's clock measures them all; with the `last` others may be waiting for it.
 */
const TURNS_MS = { one: 30_000, last: 5_000 };
const SLOT_WAIT_MS = 1_000;
/** A ring for a gate that opens comes this long before, so that the first call can leave when it may. */
const LEAD_MS = 1_500;
/** Read at once: enough to find one person's events together. */
const READ_AT_ONCE = 60;
/** So few events are no flood. */
const SHORT_BACKLOG = READ_AT_ONCE;
/** While there is work in hand, new arrivals are looked for this often. */
const LOOK_AGAIN_MS = 500;
const SHORTEST_PAUSE_MS = 100;

interface BacklogTurn {
  deps: WorkerDeps;
  backlog: Backlog;
  pace: Pace;
  tenantId: string;
  /** Epoch milliseconds after which nothing long is begun. */
  deadline: number;
  contextOf: (tenant: Tenant) => SyncContext;
  /** What the ring said of the time. */
  heard: ClockWord | undefined;
}

type End = 'empty' | 'more' | 'closed';

/**
 * One turn at a tenant's backlog, for one ring. Does nothing where another worker has it; where the gate is closed or
 * no slot is free, a ring comes later. Whatever is left when the turn is over has been rung for.
 * @throws what broke the turn off: the ring is to be delivered again
 */
export async function workOffBacklog(turn: BacklogTurn): Promise<void> {
  const { deps, tenantId } = turn;
  // As it is now: what waited for other credentials shall not be tried with the old ones.
  const tenant = await deps.loadTenant(tenantId, 'now');
  // A tenant that is not there any more has no data either.
  if (tenant === undefined) return;
  const lease = new BacklogLease({ ...deps, tenantId });
  // The disabled wait for nobody.
  if (tenant.status === 'enabled' && (await isClosed(turn, lease))) return;
  if (!(await lease.take())) return;
  const slots = new BacklogSlots(deps);
  const slot = await slots.take(tenantId, () => isShort(turn));
  if (slot === 'none') {
    await comeAgain(turn, lease);
    return;
  }
  const context = turn.contextOf(tenant);
  if (turn.heard !== undefined) context.firefish.hearClockWord?.(turn.heard);
  const work = new BacklogWork(turn, context, lease, TURNS_MS[slot]);
  let end: End = 'more';
  try {
    do end = await work.run();
    while (end === 'empty' && !(await lease.leave()));
  } finally {
    if (end !== 'empty') await lease.close();
    await slots.leave(tenantId);
  }
  const clockWord = (delayMs: number): ClockWord | undefined => context.firefish.clockWord?.(delayMs);
  if (end === 'closed') await isClosed(turn, lease, clockWord);
  if (end === 'more') await sendRing(deps.queue, tenantId, 0, clockWord);
}

/** Whether few events are due, as far as the index says. */
async function isShort({ deps, tenantId }: BacklogTurn): Promise<boolean> {
  const { items } = await deps.table.query({
    pk: openEventsPartition(tenantId),
    index: true,
    to: new Date(deps.clock.now()).toISOString(),
    limit: SHORT_BACKLOG + 1,
  });
  return items.length <= SHORT_BACKLOG;
}

/** Too many others' backlogs are being worked on: a ring comes in a moment. */
async function comeAgain({ deps, tenantId }: BacklogTurn, lease: BacklogLease): Promise<void> {
  const ringsAt = deps.clock.now() + SLOT_WAIT_MS * (1 + deps.random());
  if (await lease.close(ringsAt)) await sendRing(deps.queue, tenantId, ringsAt - deps.clock.now());
}

/** Whether the tenant's gate is closed for longer than one waits for it. Then a ring comes as it opens. */
async function isClosed(
  { deps, tenantId }: BacklogTurn,
  lease: BacklogLease,
  clockWord?: Parameters<typeof sendRing>[3],
): Promise<boolean> {
  const now = deps.clock.now();
  const gate = await deps.readGate(tenantId, now);
  if (gate === undefined || gate.until - now <= SHORT_WAIT_MS) return false;
  const ringsAt = gate.until - LEAD_MS;
  if (await lease.close(ringsAt)) {
    await sendRing(deps.queue, tenantId, Math.max(ringsAt - now, 1_000), clockWord);
  }
  return true;
}

class BacklogWork {
  readonly #turn: BacklogTurn;
  readonly #context: SyncContext;
  readonly #lease: BacklogLease;
  readonly #running = new Map<GroupList, Promise<void>>();
  readonly #inHand = new Set<string>();
  /** By event, the version of its item as it was worked on last. */
  readonly #workedOn = new Map<string, number>();
  #waiting: GroupList[] = [];
  #stopAt = 0;
  #nextLookAt = 0;
  #renewAt: number;
  /** Nothing new is begun before: the limits, or the breaker. */
  #pausedUntil = 0;
  #closed = false;
  #failure: { error: unknown } | undefined;

  constructor(turn: BacklogTurn, context: SyncContext, lease: BacklogLease, turnMs: number) {
    this.#turn = turn;
    this.#context = context;
    this.#lease = lease;
    const now = turn.deps.clock.now();
    this.#renewAt = now + RENEW_AFTER_MS;
    this.#stopAt = Math.min(now + turnMs, turn.deadline);
  }

  async run(): Promise<End> {
    const { clock } = this.#turn.deps;
    this.#nextLookAt = 0;
    for (;;) {
      const isOver = this.#isOver();
      if (!isOver && clock.now() >= this.#pausedUntil) {
        const found = await this.#look();
        this.#start();
        if (this.#running.size === 0 && !found) return 'empty';
      }
      if (isOver && this.#running.size === 0) break;
      await this.#untilSomethingHappens(isOver);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#closed ? 'closed' : 'more';
  }

  #isOver(): boolean {
    return this.#closed || this.#failure !== undefined || this.#turn.deps.clock.now() >= this.#stopAt;
  }

  /** Takes what is due, oldest first, where there is room for it. Answers whether there may be more to start. */
  async #look(): Promise<boolean> {
    const { clock } = this.#turn.deps;
    const now = clock.now();
    const enough = this.#waiting.length > this.#turn.pace.atOnce;
    if (enough || (now < this.#nextLookAt && this.#running.size > 0)) return this.#waiting.length > 0;
    const due = await this.#due(now);
    const loaded = await this.#open(await this.#withoutUntouched(due));
    this.#nextLookAt = due.length > 0 ? 0 : clock.now() + LOOK_AGAIN_MS;
    if (loaded.length > 0) {
      const regrouped = [...this.#waiting.flatMap(({ groups }) => groups.flat()), ...loaded];
      this.#waiting = byDomain(connected(this.#context.tenant, regrouped));
    }
    return due.length > 0 || this.#waiting.length > 0;
  }

  async #due(now: number): Promise<StoredEvent[]> {
    const { table } = this.#turn.deps;
    const { tenantId } = this.#turn;
    const page = await table.query({
      pk: openEventsPartition(tenantId),
      index: true,
      to: new Date(now).toISOString(),
      limit: this.#inHand.size + READ_AT_ONCE,
    });
    const fresh = page.items.filter(({ sk }) => !this.#inHand.has(sk));
    if (fresh.length === 0) return [];
    // The index may lag behind: the item itself decides.
    const items = (await table.getMany(fresh.map(({ sk }) => eventKey(tenantId, sk)))) as StoredEvent[];
    return items
      .filter(({ state, deferredUntil }) => state === 'queued' && (deferredUntil ?? 0) <= now)
      .sort((a, b) => a.receivedAt - b.receivedAt);
  }

  /** Without what was worked on in this turn, and is as it was: that breaks off, or the turn would never come to rest. */
  async #withoutUntouched(items: readonly StoredEvent[]): Promise<StoredEvent[]> {
    const isUntouched = ({ sk, version }: StoredEvent): boolean => this.#workedOn.get(sk) === version;
    const untouched = items.filter(isUntouched);
    const { backlog, deps } = this.#turn;
    if (untouched.length > 0)
      await breakOff(this.#context, backlog, untouched, (report) => deps.onWork?.(report));
    return items.filter((item) => !isUntouched(item));
  }

  /** Decrypts; what is erased, or was queued when the tenant was disabled, ends. */
  async #open(items: readonly StoredEvent[]): Promise<Loaded[]> {
    const context = this.#context;
    const open = await endDisabled(context, items);
    const opened = await Promise.all(
      open.map(async (item) => {
        const loaded = await openEvent(context, item);
        if (loaded === undefined) await finishEvent(context, item, skipped('erased'));
        return loaded;
      }),
    );
    const loaded = opened.filter((one) => one !== undefined);
    for (const { item } of loaded) this.#inHand.add(item.sk);
    return loaded;
  }

  #start(): void {
    const room = (this.#lease.isDangerous ? 1 : this.#turn.pace.atOnce) - this.#running.size;
    const busy = [...this.#running.keys()];
    const startable = this.#waiting
      .filter(({ names }) => busy.every((list) => list.names.isDisjointFrom(names)))
      .slice(0, Math.max(0, room));
    this.#waiting = this.#waiting.filter((list) => !startable.includes(list));
    for (const list of startable) {
      const work = this.#workOn(list)
        .catch((error: unknown) => {
          this.#failure = { error };
        })
        .finally(() => {
          this.#running.delete(list);
          for (const { item } of list.groups.flat()) this.#inHand.delete(item.sk);
        });
      this.#running.set(list, work);
    }
  }

  async #workOn({ groups }: GroupList): Promise<void> {
    const { backlog, deps, pace } = this.#turn;
    for (const group of groups) {
      if (this.#closed) return;
      const tell = (report: WorkReport): void => deps.onWork?.(report);
      const deferral = await workOnGroup(this.#context, backlog, group, tell, this.#lease.isDangerous);
      if (deferral?.tenantWide === true) await this.#slowDown(deferral.reason);
      else if (deferral === undefined) {
        pace.wentThrough();
        for (const { item } of group) this.#workedOn.set(item.sk, item.version);
      }
    }
  }

  /** Firefish lets nobody through for a while: what is in hand ends, and nothing new begins before it does. */
  async #slowDown(reason: string): Promise<void> {
    const { deps, tenantId, pace } = this.#turn;
    const now = deps.clock.now();
    if (reason === 'limit') pace.wasLimited(now);
    else pace.isDown();
    const until = (await deps.readGate(tenantId, now))?.until ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, until, now + SHORTEST_PAUSE_MS);
    if (until - now > SHORT_WAIT_MS) this.#closed = true;
  }

  async #untilSomethingHappens(isOver: boolean): Promise<void> {
    const { clock } = this.#turn.deps;
    const now = clock.now();
    const wakeUp = new AbortController();
    const next = Math.min(this.#renewAt, isOver ? Infinity : this.#nextStepAt(now));
    await Promise.race([clock.sleep(Math.max(next - now, 0), wakeUp.signal), ...this.#running.values()]);
    wakeUp.abort();
    if (clock.now() < this.#renewAt) return;
    this.#renewAt = clock.now() + RENEW_AFTER_MS;
    // Whoever has lost it has been taken for dead: what is in hand is guarded by its people's own leases.
    if (!(await this.#lease.renew())) this.#closed = true;
  }

  #nextStepAt(now: number): number {
    if (this.#pausedUntil > now) return this.#pausedUntil;
    // As many as may are being worked on: the next begins as one ends.
    return this.#waiting.length > 0 ? Infinity : Math.max(this.#nextLookAt, now);
  }
}
