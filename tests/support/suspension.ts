import { Passage } from './passage.ts';

/**
 * Suspends a process at one call to its ports, before the call or after it took effect and before its answer arrives,
 * until it is told to continue. Other work in the same process continues.
 */
export class Suspension extends Passage {
  calls = 0;
  /** The call at which it was suspended. */
  where = '';
  readonly #at: number;
  readonly #when: 'before' | 'after';
  readonly #held = Promise.withResolvers<undefined>();
  readonly #resumed = Promise.withResolvers<undefined>();

  constructor(at = Infinity, when: 'before' | 'after' = 'before') {
    super();
    this.#at = at;
    this.#when = when;
  }

  /** Ends when the process is suspended. */
  get reached(): Promise<unknown> {
    return this.#held.promise;
  }

  override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
    this.calls += 1;
    const mine = this.calls === this.#at;
    if (mine) this.where = `${this.#when} call ${String(this.#at)}: ${name}`;
    if (mine && this.#when === 'before') await this.#hold();
    const answer = await call();
    if (mine && this.#when === 'after') await this.#hold();
    return answer;
  }

  goOn(): void {
    this.#resumed.resolve(undefined);
  }

  #hold(): Promise<unknown> {
    this.#held.resolve(undefined);
    return this.#resumed.promise;
  }
}
