/**
 * The token requests of one egress address, which Firefish limits and all tenants behind it share: one item, changed by
 * conditional writes. Work waits in an ordered line, the urgent first; a few tokens an hour are left for the urgent.
 * Checks do not wait: they use at most half of each window. Of an hour's half, who has used some leaves the more to
 * others: one agency gets a few, and it takes many at once to leave nothing to the next. For each agency, operators have a
 * share beside its super users', and the last place of each half is theirs. As each request takes its place here, a
 * client id's own limit holds as well.
 */
import type { Clock } from '../clock.ts';
import type { FirefishConfig, RateLimit } from '../config.ts';
import { egressTokensKey } from '../store/sync-keys.ts';
import { update, type Item, type Table } from '../store/table.ts';
import { EGRESS } from '../times.ts';

/**
 * `credentials`: a person has them checked. `check`: calls beside the turn, and tenants whose credentials were refused.
 */
export type TokenUse = 'urgent' | 'work' | 'check' | 'credentials';

interface Request {
  /** Epoch milliseconds. */
  at: number;
  tenantId: string;
  isCheck?: true;
  /** Who had credentials checked, as a hash: counted over all agencies. */
  person?: string;
}

/** What a token request is wanted for, after so many that wait before it. */
interface Asked {
  tenantId: string;
  use: TokenUse;
  person: string | undefined;
  ahead: number;
}

interface Waiting {
  tenantId: string;
  urgent: boolean;
  /** Epoch milliseconds, both. */
  since: number;
  due: number;
}

interface State {
  /** Ascending, of the longest window. */
  requests: Request[];
  line: Waiting[];
  /** Tenants whose request Firefish has answered with 429, and until when. */
  limited: { tenantId: string; until: number }[];
}

export class EgressTokens {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #key: ReturnType<typeof egressTokensKey>;
  readonly #windows: readonly RateLimit[];

  constructor(
    table: Table,
    clock: Clock,
    { EGRESS_ID, FIREFISH_TOKEN_LIMITS }: Pick<FirefishConfig, 'EGRESS_ID' | 'FIREFISH_TOKEN_LIMITS'>,
  ) {
    this.#table = table;
    this.#clock = clock;
    this.#key = egressTokensKey(EGRESS_ID);
    // Longer for clocks that differ and requests that take their time: tokens are few, so that this costs little.
    this.#windows = FIREFISH_TOKEN_LIMITS.map(({ calls, windowMs }) => ({
      calls,
      windowMs: windowMs + EGRESS.marginMs,
    }));
  }

  /**
   * Takes one token request. Answers `undefined`, or when to come back (epoch ms); work then stands in line.
   * @param person whose checks count over all agencies, as a hash
   */
  take(tenantId: string, use: TokenUse, person?: string): Promise<number | undefined> {
    return this.#ask(tenantId, use, person, true);
  }

  /** What `take` would answer to a check of credentials. */
  dueOfCheck(tenantId: string, person?: string): Promise<number | undefined> {
    return this.#ask(tenantId, 'credentials', person, false);
  }

  async #ask(
    tenantId: string,
    use: TokenUse,
    person: string | undefined,
    takes: boolean,
  ): Promise<number | undefined> {
    const isCheck = use === 'check' || use === 'credentials';
    let due: number | undefined;
    await this.#change((state, now) => {
      const mine = state.line.find((waiting) => waiting.tenantId === tenantId);
      const others = state.line.filter((waiting) => waiting !== mine);
      const urgent = use === 'urgent' || mine?.urgent === true;
      const since = mine?.since ?? now;
      const ahead = others.filter(
        (other) => isCheck || (other.urgent === urgent ? other.since <= since : other.urgent),
      );
      const turn = this.#turn(state, { tenantId, use, person, ahead: ahead.length }, now);
      if (turn <= now) {
        due = undefined;
        if (!takes) return undefined;
        const request: Request = {
          ...{ at: now, tenantId },
          ...(isCheck ? { isCheck } : {}),
          ...(person === undefined ? {} : { person }),
        };
        return {
          ...state,
          requests: [...state.requests, request],
          line: isCheck ? state.line : others,
        };
      }
      due = turn;
      if (isCheck || (mine?.urgent === urgent && mine.due === turn)) return undefined;
      return { ...state, line: [...others, { tenantId, urgent, since, due: turn }] };
    });
    return due;
  }

  /**
   * Firefish has answered this tenant's request with 429: its own limit, or the address's. It is the address's where
   * another tenant hears the same.
   */
  async limited(tenantId: string, until: number): Promise<void> {
    await this.#change((state) => ({
      ...state,
      limited: [...state.limited.filter((other) => other.tenantId !== tenantId), { tenantId, until }],
    }));
  }

  #turn({ requests, limited }: State, { tenantId, use, person, ahead }: Asked, now: number): number {
    const checks = requests.filter(({ isCheck }) => isCheck);
    const isOperator = use === 'credentials' && person === undefined;
    // What super users have used takes nothing from an operator's share of the agency.
    const own = [
      (one: Request) => one.tenantId === tenantId && !(isOperator && one.person !== undefined),
      (one: Request) => person !== undefined && one.person === person,
    ];
    const blocks = limited.filter((one) => limited.length > 1 || one.tenantId === tenantId);
    return this.#windows.reduce(
      (turn, { calls, windowMs }) => {
        const isShort = windowMs <= EGRESS.keptWindowMs;
        const kept = use === 'urgent' || isShort ? 0 : Math.min(EGRESS.keptForUrgent, Math.floor(calls / 4));
        const until = opensAt(requests, Math.max(1, calls - kept - ahead), windowMs);
        if (use === 'urgent' || use === 'work') return Math.max(turn, until);
        const half = Math.max(1, Math.floor(calls / 2));
        const left = isShort ? 0 : EGRESS.leftToOthers[use];
        const shares = own.map((isOwn) => opensWithLeft(checks, isOwn, { half, left, windowMs }));
        // Calls beside the turn leave a third to people who have credentials checked.
        const most = use === 'check' && !isShort ? Math.ceil((half * 2) / 3) : half;
        // The last one is left to operators.
        const places = person === undefined ? most : Math.max(1, most - 1);
        return Math.max(turn, until, opensAt(checks, places, windowMs), ...shares);
      },
      Math.max(now, ...blocks.map(({ until }) => until)),
    );
  }

  async #change(change: (state: State, now: number) => State | undefined): Promise<void> {
    await update(this.#table, this.#key, (current) => {
      const now = this.#clock.now();
      const changed = change(this.#read(current, now), now);
      if (changed === undefined) return undefined;
      return { ...changed, ...this.#key, expiresAt: Math.ceil((now + EGRESS.keptMs) / 1000) };
    });
  }

  /** The item, written here and nowhere else, without what is over. */
  #read(item: Item | undefined, now: number): State {
    const { requests = [], line = [], limited = [] } = (item ?? {}) as Partial<State>;
    const longest = Math.max(...this.#windows.map(({ windowMs }) => windowMs));
    return {
      requests: requests.filter(({ at }) => now - at < longest),
      // Who does not come soon after it is due holds nobody up.
      line: line.filter(({ due }) => now < due + EGRESS.graceMs),
      limited: limited.filter(({ until }) => until > now),
    };
  }
}

/** The instant from which on a window that may hold so many has room for one more. */
function opensAt(requests: readonly Request[], places: number, windowMs: number): number {
  const oldest = requests[requests.length - places];
  return oldest === undefined ? -Infinity : oldest.at + windowMs;
}

/**
 * The instant from which on checks have room for one more, where each own one leaves so many places of the half to
 * others besides.
 */
function opensWithLeft(
  checks: readonly Request[],
  isOwn: (check: Request) => boolean,
  { half, left, windowMs }: { half: number; left: number; windowMs: number },
): number {
  const counts = checks.map((check) => 1 + (isOwn(check) ? left : 0));
  let used = counts.reduce((sum, count) => sum + count, 0);
  let opens = -Infinity;
  for (const [place, { at }] of checks.entries()) {
    if (used < half) break;
    used -= counts[place] ?? 0;
    opens = at + windowMs;
  }
  return opens;
}
