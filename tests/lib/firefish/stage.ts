/** A Firefish, its agency and as many instances of the client as a test wants, all in simulated time. */
import type { Clock } from '../../../lib/clock.ts';
import { parseRateLimits, type FirefishConfig } from '../../../lib/config.ts';
import type { Cipher } from '../../../lib/crypto/cipher.ts';
import { createFirefish, type FirefishDeps } from '../../../lib/firefish/client.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import type { Expected, Item, Key, NewItem } from '../../../lib/store/table.ts';
import { FirefishSimulator, type SimulatorOptions } from '../../../local/firefish-simulator/simulator.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export const CONFIG: FirefishConfig = {
  FIREFISH_API_URL: 'https://firefish.test',
  FIREFISH_RATE_LIMITS: parseRateLimits('10/1s,200/1m,3000/1h'),
  FIREFISH_TOKEN_LIMITS: parseRateLimits('10/1m,30/1h'),
  EGRESS_ID: 'default',
  FIREFISH_TIMEOUT_MS: 20_000,
};

/** Not a cipher, but as one: bytes that are not the text. */
export const reversing: Cipher = {
  encrypt: (tenantId, plaintext) =>
    Promise.resolve(new TextEncoder().encode(Array.from(`${tenantId} ${plaintext}`).reverse().join(''))),
  decrypt: (tenantId, ciphertext) =>
    Promise.resolve(
      Array.from(new TextDecoder().decode(ciphertext))
        .reverse()
        .join('')
        .slice(tenantId.length + 1),
    ),
  isCurrent: () => Promise.resolve(true),
};

/** Counts what a table is asked for, and takes a little time for it where told. */
export class CountingTable extends MemoryTable {
  gets = 0;
  puts = 0;
  readonly #clock: Clock;
  latencyMs: () => number = () => 0;

  constructor(clock: Clock) {
    super(clock);
    this.#clock = clock;
  }

  override async get(key: Key): Promise<Item | undefined> {
    this.gets += 1;
    await this.#pause();
    const item = await super.get(key);
    await this.#pause();
    return item;
  }

  override async put(item: NewItem, expected: Expected): Promise<Item> {
    this.puts += 1;
    await this.#pause();
    const written = await super.put(item, expected);
    await this.#pause();
    return written;
  }

  async #pause(): Promise<void> {
    const ms = this.latencyMs() / 2;
    if (ms > 0) await this.#clock.sleep(ms);
  }
}

/** The same numbers each time, evenly spread between 0 and 1. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Stage {
  readonly clock = new VirtualClock();
  readonly table = new CountingTable(this.clock);
  readonly simulator: FirefishSimulator;
  readonly config: FirefishConfig;
  /** Milliseconds from leaving to arriving, drawn for each call. */
  latencyMs: () => number = () => 0;
  #instances = 0;

  constructor(config: Partial<FirefishConfig> = {}, options: Partial<SimulatorOptions> = {}) {
    this.config = { ...CONFIG, ...config };
    this.simulator = new FirefishSimulator({
      clock: this.clock,
      rateLimits: this.config.FIREFISH_RATE_LIMITS,
      tokenLimits: this.config.FIREFISH_TOKEN_LIMITS,
      ...options,
    });
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const latency = this.latencyMs();
    if (latency > 0) await this.clock.sleep(latency);
    return this.simulator.handle(request, this.config.EGRESS_ID);
  };

  /** A new instance for a tenant whose profile is made if there is none. */
  instance(tenantId = 'acme', deps: Partial<FirefishDeps> & { skewMs?: number } = {}): Firefish {
    const { skewMs = 0, ...others } = deps;
    this.#instances += 1;
    return createFirefish({
      tenantId,
      clientId: tenantId,
      clientSecret: `${tenantId}-secret`,
      givenAt: 0,
      config: this.config,
      table: this.table,
      cipher: reversing,
      clock: skewMs === 0 ? this.clock : this.clock.skewed(skewMs),
      fetch: this.fetch,
      random: seededRandom(this.#instances),
      ...others,
    });
  }

  addProfile(tenantId = 'acme', scopes?: readonly string[]): void {
    this.simulator.addProfile({
      clientId: tenantId,
      clientSecret: `${tenantId}-secret`,
      ...(scopes === undefined ? {} : { scopes }),
    });
  }

  tokensAsked(): number {
    return this.simulator.calls().filter(({ endpoint }) => endpoint.includes('token')).length;
  }

  refusedByLimit(): number {
    return this.simulator.calls().filter(({ status }) => status === 429).length;
  }
}
