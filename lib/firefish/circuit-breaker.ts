/**
 * The circuit breaker of one tenant, for one turn. It opens on a run of failures without a success, at once on refused
 * credentials; then one call at a time probes, after pauses that grow; the first success closes it. Urgent and bulk alike.
 */
import type { Clock } from '../clock.ts';
import { BREAKER, TURN } from '../times.ts';
import { NotNowError } from './errors.ts';

/** Plain data. Instants are epoch milliseconds: two seconds more or less do not matter here. */
export interface BreakerMemory {
  /** Failures since the last success, and the first of them. */
  failures?: { count: number; firstAt: number };
  open?: OpenBreaker;
}

interface OpenBreaker {
  reason: 'outage' | 'credentials';
  /** When it opened. */
  since: number;
  /** The next probe may leave then. */
  until: number;
  /** So far, for the length of the next one. */
  pauses: number;
}

/** Permission for one call. It is `settle`d once its outcome is known, and `leave`s in any case. */
export interface Permit {
  isProbe: boolean;
  settled: boolean;
}

const JITTER = 0.2;
const PAUSES = { outage: BREAKER.outagePausesMs, credentials: BREAKER.credentialsPausesMs };

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #over: AbortSignal;
  #state: BreakerMemory;
  /** While a call probes: aborted once that is decided. */
  #probe: AbortController | undefined;

  /** @param deps.over aborted when the turn is over: nobody waits any more */
  constructor(deps: {
    clock: Clock;
    random: () => number;
    over: AbortSignal;
    memory: BreakerMemory | undefined;
  }) {
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#over = deps.over;
    this.#state = deps.memory ?? {};
  }

  memory(): BreakerMemory {
    return this.#state;
  }

  /** Why nothing leaves, and until when (epoch ms). */
  waiting(): { reason: OpenBreaker['reason']; until: number } | undefined {
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
      if (open === undefined || this.#over.aborted) return { isProbe: false, settled: false };
      const now = this.#clock.now();
      const until = Math.max(open.until, now);
      if (until > patience) throw new NotNowError(open.reason, until, { endpoint });
      if (open.until > now) {
        await this.#clock.sleep(open.until - now, this.#over);
      } else if (this.#probe === undefined) {
        this.#probe = new AbortController();
        return { isProbe: true, settled: false };
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
    permit.settled = true;
    // What left before it opened may be answered late: only a probe closes it.
    if (this.#state.open === undefined || permit.isProbe) this.#state = {};
    this.#decided(permit);
  }

  /** No answer, or none in Firefish's own form. */
  failed(permit: Permit): void {
    permit.settled = true;
    const { open, failures = { count: 0, firstAt: this.#clock.now() } } = this.#state;
    if (open !== undefined) {
      if (permit.isProbe) this.#open('outage');
    } else {
      const count = failures.count + 1;
      this.#state = { failures: { ...failures, count } };
      const isLong = this.#clock.now() - failures.firstAt >= BREAKER.withoutSuccessMs;
      if (count >= BREAKER.failures && isLong) this.#open('outage');
    }
    this.#decided(permit);
  }

  /** Firefish has refused the credentials: answers the error for the caller. */
  refused(permit: Permit, endpoint: string): NotNowError {
    const { open } = this.#state;
    const isKnown = open?.reason === 'credentials' && open.until > this.#clock.now();
    if (!isKnown) this.#open('credentials');
    permit.settled = true;
    this.#decided(permit);
    return new NotNowError('credentials', this.#state.open?.until ?? this.#clock.now(), { endpoint });
  }

  /** The call is over. If it was the probe and nothing came of it, the next one may be. */
  left(permit: Permit): void {
    if (!permit.settled) this.#decided(permit);
  }

  #decided({ isProbe }: Permit): void {
    if (!isProbe) return;
    this.#probe?.abort();
    this.#probe = undefined;
  }

  #open(reason: OpenBreaker['reason']): void {
    const now = this.#clock.now();
    const same = this.#state.open?.reason === reason ? this.#state.open : undefined;
    const pauses = (same?.pauses ?? 0) + 1;
    const { first, longest } = PAUSES[reason];
    const pause = Math.min(first * 2 ** (pauses - 1), longest) * (1 + JITTER * (2 * this.#random() - 1));
    this.#state = { open: { reason, since: same?.since ?? now, until: Math.round(now + pause), pauses } };
  }
}
