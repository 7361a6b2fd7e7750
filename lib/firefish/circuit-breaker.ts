/**
 * The circuit breaker of one tenant, for one turn. It opens on a run of failures without a success, at once on refused
 * credentials; then one call at a time probes, after pauses that grow; the first success closes it. Urgent and bulk alike.
 */
import type { Clock } from '../clock.ts';
import { BREAKER, TURN } from '../times.ts';
import { NotNowError } from './errors.ts';

type Reason = 'outage' | 'credentials';

/** Plain data. Instants are epoch milliseconds: two seconds more or less do not matter here. */
export interface BreakerMemory {
  /** Failures since the last success, and the first of them. */
  failures?: { count: number; firstAt: number };
  /** The next probe may leave at `until`, after so many pauses. */
  open?: { reason: Reason; until: number; pauses: number };
}

/** Permission for one call; where that probes, others wait for its abortion, which says that it is decided. */
export type Permit = AbortController | undefined;

const JITTER = 0.2;
const PAUSES = { outage: BREAKER.outagePausesMs, credentials: BREAKER.credentialsPausesMs };

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #over: AbortSignal;
  #state: BreakerMemory;
  #probe: Permit;

  /** @param over aborted when the turn is over: nobody waits any more */
  constructor(clock: Clock, random: () => number, over: AbortSignal, memory: BreakerMemory = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#over = over;
    this.#state = memory;
  }

  memory(): BreakerMemory {
    return this.#state;
  }

  /** Why nothing leaves, and until when (epoch ms). */
  waiting(): { reason: Reason; until: number } | undefined {
    const { open } = this.#state;
    return open === undefined || open.until - this.#clock.now() < TURN.waitInsideMs ? undefined : open;
  }

  /**
   * Waits while it is open, up to 10 s; one call of those that wait goes on as the probe.
   * @throws NotNowError
   */
  async enter(endpoint: string): Promise<Permit> {
    const patience = this.#clock.now() + TURN.waitInsideMs;
    for (;;) {
      const { open } = this.#state;
      if (open === undefined || this.#over.aborted) return undefined;
      const now = this.#clock.now();
      const until = Math.max(open.until, now);
      if (until > patience) throw new NotNowError(open.reason, until, { endpoint });
      if (open.until > now) {
        await this.#clock.sleep(open.until - now, this.#over);
      } else if (this.#probe === undefined) {
        this.#probe = new AbortController();
        return this.#probe;
      } else if (now >= patience) {
        // A probe that hangs: nobody knows for how long.
        throw new NotNowError(open.reason, now + PAUSES[open.reason].first, { endpoint });
      } else {
        await this.#clock.sleep(patience - now, AbortSignal.any([this.#over, this.#probe.signal]));
      }
    }
  }

  /** Firefish answered in its own form. */
  succeeded(permit: Permit): void {
    // What left before it opened may be answered late: only a probe closes it.
    if (this.#state.open === undefined || permit !== undefined) this.#state = {};
    this.left(permit);
  }

  /** No answer, or none in Firefish's own form. */
  failed(permit: Permit): void {
    const now = this.#clock.now();
    const { open, failures = { count: 0, firstAt: now } } = this.#state;
    const count = failures.count + 1;
    if (open === undefined) this.#state = { failures: { ...failures, count } };
    const isLong = count >= BREAKER.failures && now - failures.firstAt >= BREAKER.withoutSuccessMs;
    if (open === undefined ? isLong : permit !== undefined) this.#open('outage');
    this.left(permit);
  }

  /** Firefish has refused the credentials: answers the error for the caller. */
  refused(permit: Permit, endpoint: string): NotNowError {
    const now = this.#clock.now();
    const { open } = this.#state;
    const isKnown = open?.reason === 'credentials' && open.until > now;
    const until = isKnown ? open.until : this.#open('credentials');
    this.left(permit);
    return new NotNowError('credentials', until, { endpoint });
  }

  /** The call is over. If it was the probe, the next one may be. */
  left(permit: Permit): void {
    permit?.abort();
    if (this.#probe === permit) this.#probe = undefined;
  }

  #open(reason: Reason): number {
    const { open } = this.#state;
    const pauses = (open?.reason === reason ? open.pauses : 0) + 1;
    const { first, longest } = PAUSES[reason];
    const pause = Math.min(first * 2 ** (pauses - 1), longest) * (1 + JITTER * (2 * this.#random() - 1));
    const until = Math.round(this.#clock.now() + pause);
    this.#state = { open: { reason, until, pauses } };
    return until;
  }
}
