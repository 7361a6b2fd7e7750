import type { Clock } from './clock.ts';

export interface CacheBounds {
  maxAgeMs: number;
  /** How often one entry may be used; default without bound. */
  maxUses?: number;
  /** Beyond this number of entries the oldest is dropped. */
  maxEntries: number;
}

interface Entry<Value> {
  value: Promise<Value>;
  loadedAt: number;
  uses: number;
}

/** Recently loaded values, by name. Callers at the same moment share one load. A failed load is not cached. */
export class ExpiringCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #bounds: CacheBounds;
  readonly #clock: Clock;

  constructor(bounds: CacheBounds, clock: Clock) {
    this.#bounds = bounds;
    this.#clock = clock;
  }

  async get(name: string, load: () => Promise<Value>): Promise<Value> {
    let entry = this.#entries.get(name);
    if (entry === undefined || !this.#usable(entry)) entry = this.#load(name, load);
    entry.uses += 1;
    return entry.value;
  }

  /** The cached value if it can still be used; loads nothing. */
  remembered(name: string): Promise<Value> | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || !this.#usable(entry)) return undefined;
    entry.uses += 1;
    return entry.value;
  }

  /** Loads again, whatever is cached, and caches the result. */
  async refresh(name: string, load: () => Promise<Value>): Promise<Value> {
    return this.#load(name, load).value;
  }

  #usable({ loadedAt, uses }: Entry<Value>): boolean {
    const { maxAgeMs, maxUses = Infinity } = this.#bounds;
    return uses < maxUses && this.#clock.now() - loadedAt < maxAgeMs;
  }

  #load(name: string, load: () => Promise<Value>): Entry<Value> {
    // The age counts from before the load, so a value is never older than it says.
    const entry = { loadedAt: this.#clock.now(), value: load(), uses: 0 };
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    entry.value.catch(() => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    });
    // A map remembers the order of insertion: its first key is the oldest.
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > this.#bounds.maxEntries) this.#entries.delete(oldest);
    return entry;
  }
}
