/**
 * Tenants, workers and Firefish in simulated time: the real intake, workers, sweeper, limiter and token, each
 * worker an instance of its own with a clock of its own; table and queue in memory, each use of them and each
 * call taking its time. Hours pass in seconds, the same way each time.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { parseRateLimits, type FirefishConfig } from '../../lib/config.ts';
import type { SourceWhaleEvent } from '../../lib/events/event.ts';
import { readGate } from '../../lib/firefish/gate.ts';
import { Intake } from '../../lib/intake/accept-events.ts';
import type { EventQueue, Pointer, QueuedPointer } from '../../lib/queue/queue.ts';
import { MemoryTable } from '../../lib/store/memory-table.ts';
import type { Expected, Item, Key, NewItem, Page, Query } from '../../lib/store/table.ts';
import { firefishClients } from '../../lib/sync/firefish-clients.ts';
import { createSweeper } from '../../lib/sync/sweeper.ts';
import { createWorker, type Worker } from '../../lib/sync/worker.ts';
import { DEFAULT_SETTINGS } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import { plainCipher } from './in-process.ts';
import { VirtualClock } from './virtual-clock.ts';

export const DEFAULT_LIMITS = '10/1s,200/1m,3000/1h';
export const DEFAULT_TOKEN_LIMITS = '10/1m,30/1h';

export interface SimulationOptions {
  tenants?: number;
  workers?: number;
  /** One less than the workers by default. */
  backlogsAtOnce?: number;
  /** Each worker's clock is off by up to this much, to either side. */
  skewMs?: number;
  /** One use of the table, and one call's way to Firefish and back, at most; half of it at least. */
  tableMs?: number;
  callMs?: number;
  rateLimits?: string;
  tokenLimits?: string;
  callTimeoutMs?: number;
  seed?: number;
}

const MESSAGES_AT_ONCE = 10;
const EVENTS_PER_POST = 500;
const TICK_MS = 2_000;
const TICKS_PER_SWEEP = 30;
const VISIBILITY_TIMEOUT_MS = 360_000;
const EGRESS = 'default';

/** The same numbers each time, evenly spread between 0 and 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A table whose uses take a while, and which notes what is written. */
class SlowTable extends MemoryTable {
  /** Writes by what follows the tenant in the partition key. */
  readonly writes = new Map<string, number>();
  /** When each event ended, by tenant and id. */
  readonly endedAt = new Map<string, number>();
  readonly failed: Item[] = [];
  onEnd: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #latency: () => number;

  constructor(clock: Clock, latency: () => number) {
    super(clock);
    this.#clock = clock;
    this.#latency = latency;
  }

  override get(key: Key): Promise<Item | undefined> {
    return this.#slowly(() => super.get(key));
  }
  override getMany(keys: readonly Key[]): Promise<Item[]> {
    return this.#slowly(() => super.getMany(keys));
  }
  override query(query: Query): Promise<Page> {
    return this.#slowly(() => super.query(query));
  }
  override put(item: NewItem, expected: Expected): Promise<Item> {
    return this.#slowly(async () => {
      const [tenantId = '', what = ''] = item.pk.split('#');
      this.writes.set(what, (this.writes.get(what) ?? 0) + 1);
      const written = await super.put(item, expected);
      const state = written['state'];
      if (what === 'event' && state !== 'queued') {
        if (state === 'failed') this.failed.push(written);
        this.endedAt.set(`${tenantId} ${item.sk}`, this.#clock.now());
        this.onEnd();
      }
      return written;
    });
  }

  async #slowly<Result>(use: () => Promise<Result>): Promise<Result> {
    await this.#clock.sleep(this.#latency() / 2);
    const result = await use();
    await this.#clock.sleep(this.#latency() / 2);
    return result;
  }
}

/** A standard queue: whoever waits is woken by what comes. */
class Queue implements EventQueue {
  sent = 0;
  readonly #clock: Clock;
  readonly #visible: Pointer[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send(pointers: readonly QueuedPointer[]): Promise<number[]> {
    for (const { delaySeconds = 0, ...pointer } of pointers) {
      this.sent += 1;
      void this.#deliver(pointer, delaySeconds * 1000);
    }
    return Promise.resolve([]);
  }

  async receive(): Promise<Pointer[]> {
    while (this.#visible.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#visible.splice(0, MESSAGES_AT_ONCE);
  }

  async #deliver(pointer: Pointer, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.#clock.sleep(delayMs);
    this.#visible.push(pointer);
    this.#waiting.shift()?.();
  }

  /** What nobody has dealt with comes back after the visibility timeout. */
  comeBack(pointers: readonly Pointer[]): void {
    for (const pointer of pointers) void this.#deliver(pointer, VISIBILITY_TIMEOUT_MS);
  }
}

export class Simulation {
  readonly clock = new VirtualClock();
  readonly simulator: FirefishSimulator;
  readonly table: SlowTable;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly tenantIds: string[];
  readonly #random: () => number;
  readonly #options: Required<SimulationOptions>;
  readonly #config: FirefishConfig;
  readonly #intake: Intake;
  readonly #posts: Promise<unknown>[] = [];
  #accepted = 0;

  constructor(options: SimulationOptions = {}) {
    this.#options = {
      ...{ tenants: 1, workers: 20, skewMs: 0, tableMs: 12, callMs: 250, seed: 1, callTimeoutMs: 20_000 },
      ...{ rateLimits: DEFAULT_LIMITS, tokenLimits: DEFAULT_TOKEN_LIMITS },
      backlogsAtOnce: Math.max(1, (options.workers ?? 20) - 1),
      ...options,
    };
    const { clock } = this;
    const random = seededRandom(this.#options.seed);
    this.#random = random;
    this.table = new SlowTable(clock, () => this.#options.tableMs * (0.5 + random() / 2));
    this.queue = new Queue(clock);
    this.deadLetters = new Queue(clock);
    this.#config = {
      FIREFISH_API_URL: 'https://firefish.test',
      FIREFISH_RATE_LIMITS: parseRateLimits(this.#options.rateLimits),
      FIREFISH_TOKEN_LIMITS: parseRateLimits(this.#options.tokenLimits),
      EGRESS_ID: EGRESS,
      FIREFISH_TIMEOUT_MS: this.#options.callTimeoutMs,
    };
    this.simulator = new FirefishSimulator({
      clock,
      rateLimits: this.#config.FIREFISH_RATE_LIMITS,
      tokenLimits: this.#config.FIREFISH_TOKEN_LIMITS,
    });
    this.tenantIds = Array.from({ length: this.#options.tenants }, (_, n) => `t${String(n + 1)}`);
    for (const clientId of this.tenantIds) this.simulator.addProfile({ clientId, clientSecret: 'secret' });
    this.#intake = new Intake(this.table, this.queue, plainCipher, clock, this.#newId);
    for (let n = 0; n < this.#options.workers; n += 1) void this.#live(this.#makeWorker());
    void this.#sweep();
  }

  /** Pushes events as SourceWhale does, in requests of 500 at once. */
  push(tenantId: string, events: readonly SourceWhaleEvent[]): void {
    this.#accepted += events.length;
    const post = async (): Promise<void> => {
      for (let first = 0; first < events.length; first += EVENTS_PER_POST) {
        await this.#intake.accept(tenantId, events.slice(first, first + EVENTS_PER_POST));
      }
    };
    this.#posts.push(post());
  }

  /** Lets time run until all that was pushed has ended. Answers how long that took, in seconds. */
  async untilAllEnded(): Promise<number> {
    const start = this.clock.now();
    const ended = new Promise<void>((resolve) => {
      this.table.onEnd = () => {
        if (this.table.endedAt.size >= this.#accepted) resolve();
      };
    });
    await this.clock.run(Promise.all([...this.#posts, ended]));
    return (Math.max(...this.table.endedAt.values()) - start) / 1000;
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

  #ids = 0;
  readonly #newId = (): string => `id-${String((this.#ids += 1))}`;

  #makeWorker(): Worker {
    const skew = Math.round((2 * this.#random() - 1) * this.#options.skewMs);
    const clock = skew === 0 ? this.clock : this.clock.skewed(skew);
    const { table, queue, deadLetters } = this;
    const config = this.#config;
    return createWorker({
      ...{ table, queue, deadLetters, clock, cipher: plainCipher, newId: this.#newId, random: this.#random },
      loadTenant: (tenantId) => Promise.resolve(tenantOf(tenantId)),
      firefishOf: firefishClients({
        ...{ config, table, clock, cipher: plainCipher, random: this.#random, fetch: this.#fetch },
      }),
      readGate: (tenantId, now) => readGate(table, tenantId, now),
      callTimeoutMs: config.FIREFISH_TIMEOUT_MS,
      backlogsAtOnce: this.#options.backlogsAtOnce,
    });
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const way = (this.#options.callMs / 2) * (0.5 + this.#random() / 2);
    await this.clock.sleep(way);
    const answer = await this.simulator.handle(request, EGRESS);
    await this.clock.sleep(way);
    return answer;
  };

  async #live(worker: Worker): Promise<never> {
    for (;;) {
      const pointers = await this.queue.receive();
      const { failed } = await worker.handle(pointers);
      this.queue.comeBack(failed.flatMap((position) => pointers[position] ?? []));
    }
  }

  async #sweep(): Promise<never> {
    const { table, queue, deadLetters, clock } = this;
    const sweeper = createSweeper({
      ...{ table, queue, deadLetters, clock },
      readGate: (tenantId, now) => readGate(table, tenantId, now),
    });
    for (let tick = 0; ; tick += 1) {
      await clock.sleep(TICK_MS);
      await (tick % TICKS_PER_SWEEP === 0 ? sweeper.sweep() : sweeper.release());
    }
  }
}

const tenantOf = (tenantId: string): Tenant => ({
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
 * The least time in which so many calls of one endpoint can leave under these limits, the first at 0: each as
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
