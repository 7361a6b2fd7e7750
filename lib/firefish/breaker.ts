/**
 * The breaker of one tenant, shared by all instances through the gate item. Closed, it costs nothing but a
 * read every two seconds. Repeated failures open it, refused credentials at once; then one call at a time
 * probes, after pauses that grow; the first success closes it.
 */
import type { Clock } from '../clock.ts';
import { breakerKey } from '../store/keys.ts';
import { update, type Table } from '../store/table.ts';
import { NotNowError } from './errors.ts';
import type { Gate, GateItem, GateState, OpenBreaker } from './gate.ts';

/** Failures in a row, of all instances together, that open it. */
const FAILURES_TO_OPEN = 5;
/** Failures that lie further apart than this are not "in a row". */
const FAILURES_WITHIN_MS = 300_000;
/** The first pause and the longest. Refused credentials want a person, and each probe of them costs a token. */
const PAUSES_MS = { outage: [5_000, 600_000], credentials: [60_000, 3_600_000] } as const;
const JITTER = 0.2;
/** How much longer than its call a probe may hold the others back, should its instance die. */
const PROBE_GRACE_MS = 5_000;

/** A tenant's credentials are read anew after so long. */
const STALE_CREDENTIALS_MS = 30_000;

/** A call's leave to go on. Whoever got one says how it ended, or gives it back. */
export interface Permit {
  probe: boolean;
  /** Epoch milliseconds. */
  at: number;
  /** The breaker knows how the call ended. */
  settled: boolean;
}

export class Breaker {
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #timeoutMs: number;
  readonly #credentials: string;

  /** @param deps.credentials the fingerprint of the credentials in use; @param deps.timeoutMs of one call */
  constructor(deps: {
    gate: Gate;
    clock: Clock;
    random: () => number;
    timeoutMs: number;
    credentials: string;
  }) {
    this.#gate = deps.gate;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#timeoutMs = deps.timeoutMs;
    this.#credentials = deps.credentials;
  }

  /** @throws NotNowError while it is open, except for the one call that probes */
  async enter(endpoint: string): Promise<Permit> {
    const at = this.#clock.now();
    if (this.#concerns(await this.#gate.look()) === undefined) return { probe: false, at, settled: false };
    // Open, as far as we remember: whether it still is, and who probes, only the item itself can say.
    let permit: Permit | NotNowError = { probe: false, at, settled: false };
    await this.#gate.change((state) => {
      const open = this.#concerns(state);
      permit = { probe: false, at, settled: false };
      if (open === undefined) return undefined;
      const until = Math.max(open.until, open.probeUntil ?? 0);
      if (at < until) {
        permit = new NotNowError(open.reason, until, { endpoint });
        return undefined;
      }
      permit = { probe: true, at, settled: false };
      return { ...state, open: { ...open, probeUntil: at + this.#timeoutMs + PROBE_GRACE_MS } };
    });
    return this.#orThrow(permit);
  }

  /** Firefish answered sensibly to what left at `at` (epoch milliseconds). */
  async succeeded(permit: Permit, at: number): Promise<void> {
    permit.settled = true;
    const heals = ({ failures, open }: GateState): boolean =>
      (failures !== undefined && open === undefined) || (open !== undefined && at >= open.since);
    if (!heals(await this.#gate.look())) return;
    await this.#gate.change((state) => (heals(state) ? healed(state) : undefined));
  }

  /** Firefish did not answer, or not sensibly. */
  async failed(permit: Permit): Promise<void> {
    permit.settled = true;
    const { probe } = permit;
    await this.#gate.change((state) => {
      const now = this.#clock.now();
      // Calls that had left before it opened say nothing new.
      if (state.open !== undefined && !probe) return undefined;
      const inARow = now - (state.failedAt ?? 0) < FAILURES_WITHIN_MS ? (state.failures ?? 0) : 0;
      const failures = inARow + 1;
      const counted = { ...state, failures, failedAt: now };
      if (!probe && failures < FAILURES_TO_OPEN) return counted;
      return { ...counted, open: this.#opened('outage', state.open, now) };
    });
  }

  /** The credentials were refused: answers the error for whoever wanted to call. */
  async refused(endpoint: string): Promise<NotNowError> {
    const { open, given } = await this.#gate.change((state) => {
      const now = this.#clock.now();
      if (this.#areReplaced(state)) return undefined;
      const before = this.#concerns(state);
      const known = before?.reason === 'credentials' && before.until > now;
      return known ? undefined : { ...state, open: this.#opened('credentials', before, now) };
    });
    // The right ones are known to this instance, too, before long.
    const until = this.#areReplaced({ given }) ? this.#clock.now() + STALE_CREDENTIALS_MS : open?.until;
    return new NotNowError('credentials', until ?? this.#clock.now(), { endpoint });
  }

  #areReplaced({ given }: { given?: string | undefined }): boolean {
    return given !== undefined && given !== this.#credentials;
  }

  /** The call is over. If it was to probe and never came so far, the next one may. */
  async left({ probe, settled }: Permit): Promise<void> {
    if (!probe || settled) return;
    await this.#gate.change((state) => {
      if (state.open === undefined) return undefined;
      const { probeUntil, ...open } = state.open;
      return probeUntil === undefined ? undefined : { ...state, open };
    });
  }

  /** The open breaker, unless it opened on other credentials than ours: they have been replaced since. */
  #concerns({ open }: GateState): OpenBreaker | undefined {
    const replaced = open?.refused !== undefined && open.refused !== this.#credentials;
    return replaced ? undefined : open;
  }

  #opened(reason: OpenBreaker['reason'], before: OpenBreaker | undefined, now: number): OpenBreaker {
    const same = before?.reason === reason ? before : undefined;
    const pauses = (same?.pauses ?? 0) + 1;
    const [first, longest] = PAUSES_MS[reason];
    const jitter = 1 + JITTER * (2 * this.#random() - 1);
    const pause = Math.min(first * 2 ** (pauses - 1), longest) * jitter;
    return {
      reason,
      since: same?.since ?? now,
      until: Math.round(now + pause),
      pauses,
      ...(reason === 'credentials' ? { refused: this.#credentials } : {}),
    };
  }

  #orThrow(permit: Permit | NotNowError): Permit {
    if (permit instanceof NotNowError) throw permit;
    return permit;
  }
}

function healed(state: GateState): GateState {
  const { limitUntil, tokenUntil, given } = state;
  return {
    ...(given === undefined ? {} : { given }),
    ...(limitUntil === undefined ? {} : { limitUntil }),
    ...(tokenUntil === undefined ? {} : { tokenUntil }),
  };
}

/**
 * New credentials: what kept the tenant back because of the old ones is over.
 * @param given the new ones' fingerprint
 */
export async function resetBreaker(table: Table, tenantId: string, given: string): Promise<void> {
  const key = breakerKey(tenantId);
  await update(table, key, (current) => {
    const { limitUntil, expiresAt } = (current ?? {}) as GateItem; // written by Gate and nowhere else
    return {
      ...{ ...key, given },
      ...(limitUntil === undefined ? {} : { limitUntil }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  });
}

/** What the breaker knows, for `GET /v1/connection` and `show`: one read, never a call. Instants in epoch milliseconds. */
export async function readBreaker(
  table: Table,
  tenantId: string,
  clock: Clock,
): Promise<{
  state: 'closed' | 'open' | 'half-open';
  reason?: 'outage' | 'credentials';
  since?: number;
  until?: number;
}> {
  const item = (await table.get(breakerKey(tenantId))) as GateItem | undefined; // written by Gate and nowhere else
  if (item?.open === undefined) return { state: 'closed' };
  const { reason, since, until } = item.open;
  return { state: clock.now() < until ? 'open' : 'half-open', reason, since, until };
}
