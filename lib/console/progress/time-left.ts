/** How long a push still takes. It includes waits for Firefish's limits, which decide for large pushes. Pure. */
import type { RateLimit } from '../../config.ts';
import { callsSince, type CallsMade } from './calls-made.ts';

export interface TimeLeft {
  seconds: number;
  because: 'rate' | 'minute-limit' | 'hour-limit';
  /** Whose limit it is. */
  endpoint?: string;
  /** In words. */
  text: string;
}

/** Calls that left at one instant (epoch milliseconds). */
export type Run = CallsMade['runs'][number];

export interface Pace {
  open: number;
  /** Ended within the last `windowMs`. */
  ended: number;
  windowMs: number;
}

const HOUR_MS = 3_600_000;
/** With fewer ended events, the time for one event is too uncertain. */
const ENOUGH = 20;
/** A new person takes one call of each of these endpoints. A large push needs no endpoint more often. */
const OF_NEW_PEOPLE = ['GET /candidates/search', 'GET /contacts/search'];
/** Beyond this the exact number of seconds does not matter. */
const MOST_CALLS = 500_000;

/** @returns nothing if nothing is open */
export function timeLeft(
  { open, ended, windowMs }: Pace,
  calls: readonly CallsMade[],
  limits: readonly RateLimit[],
  now: number,
): TimeLeft | undefined {
  if (open === 0) return undefined;
  const known = ended >= ENOUGH;
  const names = new Set([...calls.map(({ endpoint }) => endpoint), ...(known ? [] : OF_NEW_PEOPLE)]);
  const byLimit = [...names].map((endpoint): TimeLeft => {
    const runs = calls.find((one) => one.endpoint === endpoint)?.runs ?? [];
    const perEvent = known
      ? callsSince(runs, now - windowMs) / ended
      : Number(OF_NEW_PEOPLE.includes(endpoint));
    const wanted = Math.min(MOST_CALLS, Math.ceil(open * perEvent));
    const at = instantOfCall(runs, limits, wanted, now);
    // The longest window that is full causes the wait.
    const filled = limits.filter(({ calls, windowMs }) => callsSince(runs, now - windowMs) + wanted > calls);
    const because = filled.some(({ windowMs }) => windowMs >= HOUR_MS) ? 'hour-limit' : 'minute-limit';
    return { seconds: Math.ceil((at - now) / 1000), because, endpoint, text: '' };
  });
  const workedMs = known ? windowMs - keptBackMs(calls, limits, now - windowMs, now) : 0;
  const rate: TimeLeft[] = known
    ? [{ seconds: Math.ceil((open * workedMs) / ended / 1000), because: 'rate', text: '' }]
    : [];
  const [longest] = [...byLimit, ...rate].sort((a, b) => b.seconds - a.seconds);
  return longest && { ...longest, text: describe(longest, limits) };
}

/** Longer than a call can take: nothing was being done. */
const QUIET_MS = 30_000;

/**
 * How long nothing could be done since then: calls waited for limits, on the endpoint that waited longest, or no call
 * was made at all. The pace is computed from the rest of the time; future waits for limits are computed separately.
 */
function keptBackMs(
  calls: readonly CallsMade[],
  limits: readonly RateLimit[],
  from: number,
  now: number,
): number {
  const waits = calls.map(({ runs }) =>
    runs.reduce((sum, [at], index) => {
      const allowed = nextPlace(runs.slice(0, index + 1), limits, at);
      const next = Math.min(allowed, runs[index + 1]?.[0] ?? now, now);
      return sum + Math.max(0, next - Math.max(at, from));
    }, 0),
  );
  const instants = calls.flatMap(({ runs }) => runs.map(([at]) => at)).filter((at) => at > from && at < now);
  // Events ended without any call, so they need none.
  const moments = instants.length === 0 ? [] : [from, ...instants.sort((a, b) => a - b), now];
  const gaps = moments.map((at, index) => at - (moments[index - 1] ?? at));
  const quiet = gaps.reduce((sum, gap) => (gap > QUIET_MS ? sum + gap : sum), 0);
  return Math.min(now - from, Math.max(quiet, ...waits));
}

/** The earliest instant from `from` on at which one more call keeps every limit. */
export const nextPlace = (runs: readonly Run[], limits: readonly RateLimit[], from: number): number =>
  limits.reduce((instant, { calls, windowMs }) => {
    const oldest = nthFromLast(runs, calls);
    return oldest === undefined ? instant : Math.max(instant, oldest + windowMs);
  }, from);

/** The instant of the nth call from the end; undefined if there are fewer. */
function nthFromLast(runs: readonly Run[], n: number): number | undefined {
  let left = n;
  return runs.findLast(([, calls]) => (left -= calls) <= 0)?.[0];
}

/**
 * When the nth call from now on may leave, if each leaves as soon as every window allows: the call that is a window's
 * number of places before it, made already or not, must have left a window's length ago.
 */
export function instantOfCall(
  runs: readonly Run[],
  limits: readonly RateLimit[],
  n: number,
  now: number,
): number {
  const past = runs.flatMap(([at, calls]) => Array.from({ length: calls }, () => at));
  const instants = new Float64Array(n);
  let last = now;
  for (let index = 0; index < n; index += 1) {
    for (const { calls, windowMs } of limits) {
      const before = past.length + index - calls;
      if (before < 0) continue;
      last = Math.max(last, (past[before] ?? instants[before - past.length] ?? now) + windowMs);
    }
    instants[index] = last;
  }
  return last;
}

function describe({ seconds, because, endpoint = '' }: TimeLeft, limits: readonly RateLimit[]): string {
  const about = `About ${inWords(seconds)}`;
  if (because === 'rate') return `${about}, at the pace of the last minutes`;
  const [longest] = [...limits].sort((a, b) => b.windowMs - a.windowMs);
  const limit = because === 'hour-limit' ? longest : limits.find(({ windowMs }) => windowMs === HOUR_MS / 60);
  if (seconds < 5 || limit === undefined) return about;
  const per = because === 'hour-limit' ? 'an hour' : 'a minute';
  return `${about}: Firefish allows ${limit.calls.toLocaleString('en-GB')} calls ${per} to ${endpoint}`;
}

function inWords(seconds: number): string {
  if (seconds < 60) return seconds <= 1 ? 'a second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const full = hours === 1 ? 'an hour' : `${hours} hours`;
  return rest === 0 ? full : `${full} and ${rest === 1 ? 'a minute' : `${rest} minutes`}`;
}
