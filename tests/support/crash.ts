import { Passage } from './passage.ts';

/** The process has ended: it does nothing more. */
export class CrashError extends Error {
  override name = 'CrashError';
}

/**
 * Counts the calls of a process to its ports, and ends the process at one of them: before the call, or after it took
 * effect and before its answer arrives. From then on every call fails, because the process no longer exists.
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
      // An error does not arrive either.
      if (mine) this.die();
      // Another call can have been the last one in between.
      // eslint-disable-next-line no-unsafe-finally -- the process has ended: its answers are lost
      if (this.dead) throw new CrashError();
    }
  }

  /** The process ends here. */
  die(): never {
    this.#dead = true;
    throw new CrashError();
  }
}
