/**
 * Tenants, functions and Firefish in simulated time: the real intake, turn, sweep and Firefish client. Table and queue
 * are in memory, and each use of them and each call takes time. Hours pass in seconds, in the same way each time.
 */
import type { TenantId } from '../../lib/ids.ts';
import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { parseRateLimits } from '../../lib/config.ts';
import type { Cipher } from '../../lib/crypto/cipher.ts';
import { eventOf, type SourceWhaleEvent } from './former-event.ts';
import type { WakeUp, WakeUps } from '../../lib/queue/wake-ups.ts';
import { MemoryTable } from './memory-table.ts';
import type { Expected, Item, Key, NewItem, Page, Query, Table } from '../../lib/store/table.ts';
import { TIMERS_PARTITION } from '../../lib/store/sync-keys.ts';
import { DEFAULT_SETTINGS } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { QUEUE, TIMER } from '../../lib/times.ts';
import type { Sync } from '../../lib/turn/sync.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import { type Harness, openHarness, plainCipher } from './harness.ts';
import { seededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { writeUnits } from './write-units.ts';

export const DEFAULT_LIMITS = '10/1s,200/1m,3000/1h';
export const DEFAULT_TOKEN_LIMITS = '10/1m,30/1h';

export interface SimulationOptions {
  tenants?: number;
  /** How many wake-ups are worked on at once: the mapping's `maximumConcurrency`. */
  places?: number;
  /** Each instance's clock differs by up to this much, in either direction. */
  skewMs?: number;
  /** Default: an idle instance is used again, as Lambda does. Else each wake-up meets the one that was idle longest. */
  rotate?: boolean;
  /** The maximum time of one use of the table, and of one call to Firefish; the minimum is half of it. */
  tableMs?: number;
  callMs?: number;
  rateLimits?: string;
  tokenLimits?: string;
  callTimeoutMs?: number;
  seed?: number;
  /** Default: one that leaves everything readable and takes no time. */
  cipher?: Cipher;
}

const EVENTS_PER_POST = 500;
const EGRESS = 'default';

/** A table whose uses take a while, and which counts write units. */
class SlowTable implements Table {
  /** Write units by what follows the tenant in the partition key. */
  readonly units = new Map<string, number>();
  /** When each event ended, by tenant and id. */
  readonly endedAt = new Map<string, number>();
  readonly failed: Item[] = [];
  onEnd: () => void = () => undefined;
  /** Write units of the sweep's deletions of timer rows: counted apart. */
  sweptUnits = 0;
  readonly #memory: Table;
  readonly #clock: Clock;
  readonly #latency: () => number;

  constructor(memory: Table, clock: Clock, latency: () => number) {
    this.#memory = memory;
    this.#clock = clock;
    this.#latency = latency;
  }

  get(key: Key): Promise<Item | undefined> {
    return this.#slowly(() => this.#memory.get(key));
  }
  getMany(keys: readonly Key[]): Promise<Item[]> {
    return this.#slowly(() => this.#memory.getMany(keys));
  }
  query(query: Query): Promise<Page> {
    return this.#slowly(() => this.#memory.query(query));
  }
  put(item: NewItem, expected: Expected): Promise<Item> {
    return this.#slowly(async () => {
      const before = await this.#memory.get(item);
      const written = await this.#memory.put(item, expected);
      this.#count(item.pk, writeUnits(before, written));
      this.#noteEnd(before, written);
      return written;
    });
  }
  delete(key: Key, expected?: Expected): Promise<void> {
    return this.#slowly(async () => {
      const before = await this.#memory.get(key);
      await this.#memory.delete(key, expected);
      if (key.pk === TIMERS_PARTITION) this.sweptUnits += writeUnits(before, undefined);
      else this.#count(key.pk, writeUnits(before, undefined));
    });
  }

  totalUnits(): number {
    return [...this.units.values()].reduce((sum, units) => sum + units, 0);
  }

  #count(pk: string, units: number): void {
    const what = pk.split('#')[1] ?? pk;
    this.units.set(what, (this.units.get(what) ?? 0) + units);
  }

  #noteEnd(before: Item | undefined, written: Item): void {
    const [tenantId = '', what = '', ...id] = written.pk.split('#');
    if (what !== 'e' || written['state'] === 'queued' || before?.['state'] !== 'queued') return;
    if (written['state'] === 'failed') this.failed.push(written);
    this.endedAt.set(`${tenantId} ${id.join('#')}`, this.#clock.now());
    this.onEnd();
  }

  async #slowly<Result>(use: () => Promise<Result>): Promise<Result> {
    await this.#clock.sleep(this.#latency() / 2);
    const result = await use();
    await this.#clock.sleep(this.#latency() / 2);
    return result;
  }
}

/** A standard queue: a waiting receiver is woken by the next message. */
class Queue implements WakeUps {
  sent = 0;
  readonly #clock: Clock;
  readonly #visible: WakeUp[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #rotate: boolean;

  constructor(clock: Clock, rotate: boolean) {
    this.#clock = clock;
    this.#rotate = rotate;
  }

  send(wakeUps: readonly WakeUp[]): Promise<WakeUp[]> {
    for (const wakeUp of wakeUps) {
      this.sent += 1;
      void this.#deliver(wakeUp, (wakeUp.delaySeconds ?? 0) * 1000);
    }
    return Promise.resolve([]);
  }

  async receive(): Promise<WakeUp> {
    for (;;) {
      const wakeUp = this.#visible.shift();
      if (wakeUp !== undefined) return wakeUp;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  comeBack(wakeUp: WakeUp): void {
    void this.#deliver(wakeUp, QUEUE.visibilityTimeoutSeconds * 1000);
  }

  async #deliver({ tenantId }: WakeUp, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.#clock.sleep(delayMs);
    this.#visible.push({ tenantId });
    const receive = this.#rotate ? this.#waiting.shift() : this.#waiting.pop();
    receive?.();
  }
}

export class Simulation {
  readonly clock = new VirtualClock();
  readonly simulator: FirefishSimulator;
  readonly memory: MemoryTable;
  readonly table: SlowTable;
  readonly queue: Queue;
  readonly tenantIds: TenantId[];
  readonly #random: () => number;
  readonly #options: Required<SimulationOptions>;
  readonly #harness: Harness;
  readonly #posts: Promise<unknown>[] = [];
  #accepted = 0;

  constructor(options: SimulationOptions = {}) {
    this.#options = {
      ...{ tenants: 1, places: 20, skewMs: 0, tableMs: 12, callMs: 250, seed: 1, callTimeoutMs: 20_000 },
      rotate: false,
      ...{ rateLimits: DEFAULT_LIMITS, tokenLimits: DEFAULT_TOKEN_LIMITS, cipher: plainCipher },
      ...options,
    };
    const { clock } = this;
    const { rateLimits, tokenLimits, callTimeoutMs, cipher } = this.#options;
    const random = seededRandom(this.#options.seed);
    this.#random = random;
    const memory = new MemoryTable(clock);
    const table = new SlowTable(memory, clock, () => this.#options.tableMs * (0.5 + random() / 2));
    this.memory = memory;
    this.table = table;
    this.queue = new Queue(clock, this.#options.rotate);
    this.simulator = new FirefishSimulator({
      clock,
      rateLimits: parseRateLimits(rateLimits),
      tokenLimits: parseRateLimits(tokenLimits),
    });
    this.tenantIds = Array.from({ length: this.#options.tenants }, (_, n) => `t${String(n + 1)}` as TenantId);
    for (const clientId of this.tenantIds) this.simulator.addProfile({ clientId, clientSecret: 'secret' });
    this.#harness = openHarness({
      ...{
        clock,
        rateLimits,
        tokenLimits,
        callTimeoutMs,
        cipher,
        table: memory,
        wakeUps: this.queue,
      },
      wrapTable: () => table,
      loadTenant: (tenantId) => Promise.resolve(tenantOf(tenantId)),
      simulator: this.simulator,
      network: this.#answer,
    });
    for (let n = 0; n < this.#options.places; n += 1) void this.#live(this.#makeInstance());
    void this.#sweep();
  }

  /** Pushes events as SourceWhale does, in requests of 500 at once. */
  push(tenantId: TenantId, events: readonly SourceWhaleEvent[]): void {
    this.#accepted += events.length;
    const post = async (): Promise<void> => {
      for (let first = 0; first < events.length; first += EVENTS_PER_POST) {
        const some = events.slice(first, first + EVENTS_PER_POST).map((event) => ({ event: eventOf(event) }));
        await this.#harness.intake.accept(tenantId, some);
      }
    };
    this.#posts.push(post());
  }

  /** Lets time run until all that was pushed has ended. Returns how long that took, in seconds. */
  async untilAllEnded(): Promise<number> {
    const start = this.clock.now();
    const ended = new Promise<void>((resolve) => {
      this.table.onEnd = () => {
        if (this.table.endedAt.size >= this.#accepted) resolve();
      };
      this.table.onEnd();
    });
    await this.clock.run(Promise.all([...this.#posts, ended]));
    return (Math.max(...this.table.endedAt.values()) - start) / 1000;
  }

  /** The items of a tenant's events. */
  events(tenantId: TenantId): Item[] {
    return this.memory.all().filter(({ pk }) => pk.startsWith(`${tenantId}#e#`));
  }

  /** Calls that arrived at Firefish, by endpoint. */
  calls(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { endpoint } of this.simulator.calls()) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    return counts;
  }

  refusedByLimit(): number {
    return this.simulator.calls().filter(({ status }) => status === 429).length;
  }

  #makeInstance(): Sync {
    const skew = Math.round((2 * this.#random() - 1) * this.#options.skewMs);
    return this.#harness.makeInstance({ clock: skew === 0 ? this.clock : this.clock.skewed(skew) });
  }

  readonly #answer = async (request: Request): Promise<Response> => {
    const way = (): number => (this.#options.callMs / 2) * (0.5 + this.#random() / 2);
    await this.clock.sleep(way());
    const answer = await this.simulator.handle(request, EGRESS);
    await this.clock.sleep(way());
    return answer;
  };

  async #live(instance: Sync): Promise<never> {
    for (;;) {
      const wakeUp = await this.queue.receive();
      if ((await instance.handle(wakeUp, QUEUE.functionTimeoutSeconds * 1000)) === 'again')
        this.queue.comeBack(wakeUp);
    }
  }

  async #sweep(): Promise<never> {
    for (;;) {
      await this.clock.sleep(TIMER.sweepEveryMs);
      await this.#harness.sweep.sweep();
    }
  }
}

const tenantOf = (tenantId: TenantId): Tenant => ({
  tenantId,
  domain: `${tenantId}.firefishsoftware.com`,
  status: 'enabled',
  settings: DEFAULT_SETTINGS,
  firefishClientId: tenantId,
  firefishClientSecret: 'secret',
  firefishGivenAt: 0,
  hash: (value) => createHmac('sha256', tenantId).update(value).digest('base64url').slice(0, 22),
});

/**
 * The shortest time in which this many calls of one endpoint can leave under these limits, the first at 0, each as
 * early as every window allows. Seconds.
 */
export const leastSeconds = (calls: number, limits = DEFAULT_LIMITS): number =>
  leastSecondsOf(new Array<number>(calls).fill(0), limits);

/** The same of calls that are asked for only at these instants, ascending: seconds, as is the answer. */
export function leastSecondsOf(askedAt: readonly number[], limits = DEFAULT_LIMITS): number {
  const windows = parseRateLimits(limits);
  const at: number[] = [];
  for (const [call, asked] of askedAt.entries()) {
    at.push(
      Math.max(
        asked * 1000,
        at.at(-1) ?? 0,
        ...windows.map((w) => (at[call - w.calls] ?? -Infinity) + w.windowMs),
      ),
    );
  }
  return (at.at(-1) ?? 0) / 1000;
}
