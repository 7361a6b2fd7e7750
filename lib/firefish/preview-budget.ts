/**
 * Calls beside the turn: previews, the probe and checks of scopes announce theirs in `T#preview` before they leave, one
 * run at a time for each tenant. The turn reads the item and counts them. About one call a second of
 * each endpoint leaves beside an open turn. While no turn is open, most of Firefish's limits can be used.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';
import { previewKey } from '../store/sync-keys.ts';
import { update, type Item, type Table } from '../store/table.ts';
import { PREVIEW } from '../times.ts';
import type { Announcement } from './rate-limiter.ts';
import type { Pace } from './tenant-calls.ts';
import { type OtherCalls, otherCallsIn } from './tenant-firefish.ts';

/** Another run makes calls now. */
export class PreviewBusyError extends Error {
  override name = 'PreviewBusyError';
  /** Epoch milliseconds. */
  readonly retryAt: number;
  constructor(retryAt: number) {
    super('another preview of this tenant is running');
    this.retryAt = retryAt;
  }
}

export interface PreviewBudget {
  /** What earlier runs have announced in the last hour. */
  before: OtherCalls;
  /** Waits until a call of this endpoint may leave. @throws PreviewBusyError when time is up */
  pace: Pace;
  /** Lets the next run begin, and use this token (encrypted). */
  end: (token?: Uint8Array) => Promise<unknown>;
}

interface BudgetDeps {
  table: Table;
  tenantId: TenantId;
  clock: Clock;
  limits: readonly RateLimit[];
  /**
   * Whether no turn makes calls, nor has made some that this run does not know of. A turn that begins after this reads
   * what was announced before it makes any.
   */
  isAlone: () => Promise<boolean>;
}

/**
 * Announces a run; answers once a turn that is open has seen it.
 * @throws PreviewBusyError
 */
export async function announceCalls(
  { table, tenantId, clock, limits, isAlone }: BudgetDeps,
  { lastsMs, callsAtOnce }: { lastsMs: number; callsAtOnce: number } = PREVIEW,
): Promise<PreviewBudget> {
  const key = previewKey(tenantId);
  const change = (changed: (before: OtherCalls) => OtherCalls): Promise<Item | undefined> =>
    update(table, key, (item) => ({
      ...{ ...key, ...changed(otherCallsIn(item)) },
      expiresAt: Math.ceil((clock.now() + PREVIEW.keptMs) / 1000),
    }));
  const endsAt = clock.now() + lastsMs;
  let before: OtherCalls = { announced: [], until: 0 };
  await change((found) => {
    if (found.until > clock.now()) throw new PreviewBusyError(found.until);
    before = { ...found, until: 0 };
    return { ...found, until: endsAt };
  });
  if (!(await isAlone())) await clock.sleep(PREVIEW.seenWithinMs);

  /** By endpoint, the announcement whose calls leave now: until when, how many more may join the line, how many were sent. */
  const open = new Map<string, { at: number; until: number; more: number; sent: number }>();
  /** Without the calls that can't leave any more. */
  const usedOf = (announced: readonly Announcement[], now: number): Announcement[] =>
    announced.map(([at, calls, endpoint]) => {
      const mine = open.get(endpoint);
      return [at, mine?.at === at && mine.until <= now ? mine.sent : calls, endpoint];
    });
  const announce = async (calls: number, endpoint: string): Promise<number> => {
    let at = 0;
    await change(({ announced, ...others }) => {
      at = Math.max(clock.now(), (announced.at(-1)?.[0] ?? 0) + 1);
      const used = recent(usedOf(announced, at), at);
      return { ...others, announced: [...used, [at, calls, endpoint]], until: endsAt };
    });
    return at;
  };
  const take = async (endpoint: string): ReturnType<Pace> => {
    if (clock.now() >= endsAt) throw new PreviewBusyError(clock.now());
    let mine = open.get(endpoint);
    if (mine === undefined || mine.more === 0 || clock.now() >= mine.until) {
      const wait = (mine?.until ?? 0) - clock.now();
      if (wait > 0) await clock.sleep(wait);
      let more = (await isAlone()) ? Math.max(callsAtOnce, callsAlone(limits)) : callsAtOnce;
      const began = clock.now();
      const at = await announce(more, endpoint);
      // A turn that has begun meanwhile may not have seen it.
      if (more > callsAtOnce && !(await isAlone())) more = callsAtOnce;
      mine = { at, until: began + (more > callsAtOnce ? PREVIEW.aloneMs : PREVIEW.besideMs), more, sent: 0 };
      open.set(endpoint, mine);
    }
    mine.more -= 1;
    const announcement = mine;
    return () => {
      const mayLeave = clock.now() < announcement.until;
      if (mayLeave) announcement.sent += 1;
      return mayLeave;
    };
  };
  const lines = new Map<string, Promise<unknown>>();
  return {
    before,
    pace(endpoint) {
      const mine = (lines.get(endpoint) ?? Promise.resolve()).then(() => take(endpoint));
      lines.set(
        endpoint,
        mine.catch(() => undefined),
      );
      return mine;
    },
    end: (token) =>
      change(({ announced, ...others }) => ({
        ...{ ...others, announced: usedOf(announced, Infinity), until: clock.now() },
        ...(token !== undefined && { token }),
      })),
  };
}

/** How many calls of one endpoint leave within a second while no turn is open. */
const callsAlone = (limits: readonly RateLimit[]): number =>
  Math.min(PREVIEW.callsAlone, ...limits.map(({ calls }) => Math.floor(calls * PREVIEW.shareAlone)));

const MINUTE_MS = 60_000;
const stepOf = (at: number): number => Math.floor(at / PREVIEW.stepMs);

/** Those of the last hour. Older ones are gathered under the last instant of each step, so that the item stays small. */
function recent(announced: readonly Announcement[], now: number): Announcement[] {
  let kept: Announcement[] = [];
  for (const [at, calls, endpoint] of announced) {
    if (calls === 0 || at <= now - PREVIEW.keptMs) continue;
    const same =
      at > now - MINUTE_MS
        ? undefined
        : kept.find((one) => one[2] === endpoint && stepOf(one[0]) === stepOf(at));
    kept = kept.filter((one) => one !== same);
    kept.push([at, calls + (same?.[1] ?? 0), endpoint]);
  }
  return kept;
}
