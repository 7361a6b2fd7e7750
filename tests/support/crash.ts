import type { Firefish } from '../../lib/firefish/port.ts';
import type { Table } from '../../lib/store/table.ts';

/** The process is gone: whatever it would still have done is not done. */
export class CrashError extends Error {
  override name = 'CrashError';
}

/**
 * Counts what the sync awaits of its ports, and dies at one of them: before the call is made, or after it took
 * effect and before its answer is heard. From then on every call fails, as nobody makes it any more.
 */
export class CrashPoint {
  calls = 0;
  readonly #at: number;
  readonly #when: 'before' | 'after';
  #dead = false;

  constructor(at = Infinity, when: 'before' | 'after' = 'before') {
    this.#at = at;
    this.#when = when;
  }

  get dead(): boolean {
    return this.#dead;
  }

  async pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new CrashError();
    this.calls += 1;
    const mine = this.calls === this.#at;
    if (mine && this.#when === 'before') this.#die();
    const answer = await call();
    if (mine) this.#die();
    // Another call may have been the last one meanwhile.
    if (this.dead) throw new CrashError();
    return answer;
  }

  #die(): never {
    this.#dead = true;
    throw new CrashError();
  }

  table(inner: Table): Table {
    return {
      get: (key) => this.pass(() => inner.get(key)),
      getMany: (keys) => this.pass(() => inner.getMany(keys)),
      put: (item, expected) => this.pass(() => inner.put(item, expected)),
      delete: (key, expected) => this.pass(() => inner.delete(key, expected)),
      query: (query) => this.pass(() => inner.query(query)),
    };
  }

  firefish(inner: Firefish): Firefish {
    return {
      searchByEmail: (...args) => this.pass(() => inner.searchByEmail(...args)),
      searchByDomain: (...args) => this.pass(() => inner.searchByDomain(...args)),
      read: (...args) => this.pass(() => inner.read(...args)),
      create: (...args) => this.pass(() => inner.create(...args)),
      update: (...args) => this.pass(() => inner.update(...args)),
      addNote: (...args) => this.pass(() => inner.addNote(...args)),
      hasNote: (...args) => this.pass(() => inner.hasNote(...args)),
      searchCompanies: (...args) => this.pass(() => inner.searchCompanies(...args)),
      readCompany: (...args) => this.pass(() => inner.readCompany(...args)),
      createCompany: (...args) => this.pass(() => inner.createCompany(...args)),
      updateCompany: (...args) => this.pass(() => inner.updateCompany(...args)),
    };
  }
}
