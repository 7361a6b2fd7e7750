import { Passage } from './passage.ts';

/** The process is gone: whatever it would still have done is not done. */
export class CrashError extends Error {
  override name = 'CrashError';
}

/**
 * Counts what a process awaits of its ports, and dies at one of them: before the call is made, or after it took
 * effect and before its answer is heard. From then on every call fails, as nobody makes it any more.
 */
export class CrashPoint extends Passage {
  calls = 0;
  readonly #at: number;
  readonly #when: 'before' | 'after';
  #dead = false;

  constructor(at = Infinity, when: 'before' | 'after' = 'before') {
    super();
    this.#at = at;
    this.#when = when;
  }

  get dead(): boolean {
    return this.#dead;
  }

  override async pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new CrashError();
    this.calls += 1;
    const mine = this.calls === this.#at;
    if (mine && this.#when === 'before') this.die();
    try {
      return await call();
    } finally {
      // An answer that is an error is not heard either.
      if (mine) this.die();
      // Another call may have been the last one meanwhile.
      // eslint-disable-next-line no-unsafe-finally -- the process is gone: what was answered is not heard
      if (this.dead) throw new CrashError();
    }
  }

  /** The process ends here. */
  die(): never {
    this.#dead = true;
    throw new CrashError();
  }
}
