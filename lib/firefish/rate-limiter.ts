/**
 * Firefish's rate limits, kept by one turn for all endpoints: calls wait in line by urgency, and leave as early as every
 * window allows. Between turns the ages of calls are handed on, not instants, since clocks differ.
 */
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';
import { isUrgent, type Urgency, type Work } from '../events/urgency.ts';
import { CLOCK_SKEW_MS, PREVIEW, RESERVE, TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { NotNowError } from './errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** While calls wait, it is looked this often whether one has become urgent. */
const LOOK_AGAIN_MS = 200;
/** Calls of one endpoint that a turn that crashed may have made after its last save, at most. */
const UNSAVED_CALLS = 60;
/** From `memory` until the save is sent. */
const SAVE_TAKES_MS = 1_000;
/** A call that was not answered by then has arrived anyway: it hangs, or its answer is being made. */
const ARRIVES_WITHIN_MS = 600;
/** Instants are cut to whole milliseconds, here and there. */
const ROUNDING_MS = 1;
/** How many calls of others may be under way that are not counted yet. */
const OTHERS_UNDER_WAY = 2;
/** Calls of others arrive within this time after they were announced. */
const OTHERS_ARRIVE_WITHIN_MS = PREVIEW.besideMs + ARRIVES_WITHIN_MS;

/** What a call may use: all of each window, or what is left beside the reserve of the urgent. */
type Share = 'all' | 'bulk';
const shareOf = (urgency: Urgency): Share => (isUrgent(urgency) ? 'all' : 'bulk');

/** The limits as bulk work may use them: without the reserve. */
export const bulkLimits = (limits: readonly RateLimit[]): RateLimit[] =>
  limits.map(({ calls, windowMs }) => {
    const wanted = windowMs >= HOUR_MS ? RESERVE.perHour : windowMs >= MINUTE_MS ? RESERVE.perMinute : 0;
    return { calls: calls - Math.min(wanted, Math.floor(calls / 4)), windowMs };
  });

/** A place in line, which a call that is tried again keeps. */
export interface Ticket {
  work: Work;
  order: number;
}

interface Waiting extends Ticket {
  leave: () => void;
  reject: (error: unknown) => void;
}

interface Line {
  name: string;
  windows: CallWindows;
  waiting: Waiting[];
  running: boolean;
  /** Ends the sleep until the next place. */
  wake: AbortController | undefined;
  /** Until when calls of this share were refused, in the limiter's time. */
  closed: Record<Share, number>;
}

/** What is kept between turns. Instants are the limiter's time; those of calls are kept as gaps, which deflate well. */
export interface LimiterMemory {
  at: number;
  lines: { name: string; blockedUntil: number; gaps: readonly number[] }[];
  /** Of calls beside the turn: which announcement was counted last (epoch ms). */
  othersSeen: number;
}

/** Calls that are made beside the turn: when they were announced (epoch ms, ascending), and how many of an endpoint. */
export type Announcement = [at: number, calls: number, endpoint: string];

/** What the turn before has left; see TenantFirefishDeps. */
interface Before {
  memory: LimiterMemory | undefined;
  elapsedMs: number;
  crashed: boolean;
}

function callsOf(gaps: readonly number[]): number[] {
  let at = 0;
  return gaps.map((gap) => (at += gap));
}

const turnOver = (): TurnOverError => new TurnOverError('the turn is over');

export class RateLimiter {
  readonly #limits: readonly RateLimit[];
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  /** The limiter's time is the clock's less this: it continues from turn to turn, and is never ahead of what has passed. */
  readonly #originMs: number;
  /** Calls of a crashed turn can have arrived until then. */
  readonly #unsavedUntil: number | undefined;
  readonly #over = new AbortController();
  #order = 0;
  #othersUntil = 0;
  #othersSeen: number;

  constructor(limits: readonly RateLimit[], clock: Clock, { memory, elapsedMs, crashed }: Before) {
    this.#limits = limits;
    this.#clock = clock;
    const { at: keptAt, lines, othersSeen } = memory ?? { at: 0, lines: [], othersSeen: 0 };
    this.#othersSeen = othersSeen;
    this.#originMs = clock.now() - keptAt - Math.floor(elapsedMs);
    this.#unsavedUntil = crashed ? keptAt + TURN.callAfterSaveMs + SAVE_TAKES_MS : undefined;
    for (const { name, blockedUntil, gaps } of lines)
      this.#line(name, callsOf(gaps)).windows.blockedUntil = blockedUntil;
  }

  ticket(work: Work): Ticket {
    this.#order += 1;
    return { work, order: this.#order };
  }

  /**
   * Waits for the call's turn and starts it: `start` is run synchronously at the instant at which the call may leave; if
   * it throws, or answers nothing, no place was used.
   * @throws NotNowError('limit') if the wait would be longer than 10 s; TurnOverError once the turn is over
   */
  place<T>(name: string, ticket: Ticket, start: () => Promise<T> | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#over.signal.aborted) throw turnOver();
      const line = this.#line(name);
      const leave = (): void => {
        const sent = start();
        resolve(sent);
        if (sent === undefined) return;
        const answered = line.windows.leave(this.#now());
        const free = (): void => {
          answered(this.#now());
          line.wake?.abort();
        };
        sent.then(free, free);
      };
      line.waiting.push({ ...ticket, leave, reject });
      line.wake?.abort();
      void this.#serve(line);
    });
  }

  /** Firefish has refused a call of this endpoint: none leaves for so long. */
  block(name: string, milliseconds: number): void {
    const { windows } = this.#line(name);
    windows.blockedUntil = Math.max(windows.blockedUntil, this.#now() + milliseconds);
  }

  /** Until when calls of this urgency do not leave (epoch ms), as far as calls have been refused by `place`. */
  waiting(urgency: Urgency): { reason: 'limit'; until: number } | undefined {
    const share = shareOf(urgency);
    const instants = [...this.#lines.values()].map(({ closed }) => closed[share]);
    const far = instants.filter((until) => until - this.#now() >= TURN.waitInsideMs);
    return far.length === 0 ? undefined : { reason: 'limit', until: Math.min(...far) + this.#originMs };
  }

  /** Calls that others make beside the turn, those of the last hour. @param until epoch ms: more may follow */
  others({ announced, until }: { announced: readonly Announcement[]; until: number }): void {
    this.#othersUntil = until - this.#originMs;
    for (const [at, calls, endpoint] of announced) {
      if (at <= this.#othersSeen) continue;
      this.#othersSeen = at;
      const announcedBy = Math.min(this.#now(), at - this.#originMs + CLOCK_SKEW_MS);
      this.#line(endpoint).windows.count(calls, announcedBy + OTHERS_ARRIVE_WITHIN_MS);
    }
  }

  /** What the next turn has to know. */
  memory(): LimiterMemory {
    const at = this.#now();
    const lines = [...this.#lines.values()].map(({ name, windows }) => {
      const calls = windows.kept(at);
      const gaps = calls.map((call, n) => call - (calls[n - 1] ?? 0));
      return { name, blockedUntil: windows.blockedUntil, gaps };
    });
    const known = lines.filter(({ blockedUntil, gaps }) => blockedUntil > at || gaps.length > 0);
    return { at, lines: known, othersSeen: this.#othersSeen };
  }

  /** Rejects everybody who waits. */
  end(): void {
    this.#over.abort();
    for (const line of this.#lines.values()) {
      for (const { reject } of line.waiting.splice(0)) reject(turnOver());
      line.wake?.abort();
    }
  }

  #now(): number {
    return this.#clock.now() - this.#originMs;
  }

  /** @param calls what is known of a line that is new */
  #line(name: string, calls: number[] = []): Line {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const windows = new CallWindows(this.#limits, calls);
    const closed = { all: 0, bulk: 0 };
    const line: Line = { name, windows, waiting: [], running: false, wake: undefined, closed };
    this.#lines.set(name, line);
    const at = this.#unsavedUntil;
    if (at === undefined) return line;
    // What the turn that crashed may have sent counts as sent; the reserve stays.
    windows.count(Math.min(UNSAVED_CALLS, windows.freeForBulk(at, TURN.callAfterSaveMs)), at);
    return line;
  }

  async #serve(line: Line): Promise<void> {
    if (line.running) return;
    line.running = true;
    // Calls that begin together are in line together.
    await Promise.resolve();
    while (!this.#over.signal.aborted) {
      const [next] = line.waiting.sort((a, b) => a.work.urgency - b.work.urgency || a.order - b.order);
      if (next === undefined) break;
      const wait = this.#opensAt(line, shareOf(next.work.urgency)) - this.#now();
      if (wait <= 0) {
        line.waiting.shift();
        try {
          next.leave();
        } catch (error) {
          next.reject(error);
        }
      } else if (wait > TURN.waitInsideMs) this.#refuse(line);
      else {
        line.wake = new AbortController();
        await this.#clock.sleep(Math.min(Math.ceil(wait), LOOK_AGAIN_MS), line.wake.signal);
        line.wake = undefined;
      }
    }
    line.running = false;
  }

  #opensAt({ windows }: Line, share: Share): number {
    const now = this.#now();
    return windows.opensAt(share, now, this.#othersUntil);
  }

  /** Whose place is too far away learns when it is. */
  #refuse(line: Line): void {
    for (const share of ['all', 'bulk'] as const) {
      const until = this.#opensAt(line, share);
      if (until - this.#now() <= TURN.waitInsideMs) continue;
      line.closed[share] = until;
      const refused = line.waiting.filter(({ work }) => shareOf(work.urgency) === share);
      line.waiting = line.waiting.filter((waiting) => !refused.includes(waiting));
      const error = new NotNowError('limit', until + this.#originMs, { endpoint: line.name });
      for (const { reject } of refused) reject(error);
    }
  }
}

/**
 * The sliding windows of one endpoint: pure arithmetic, no clock. A call is kept as the latest instant at which it can
 * have arrived at Firefish, since Firefish counts arrivals. Instants are whole milliseconds of the limiter's own time.
 */
class CallWindows {
  /** Both ascending in length. */
  readonly #limits: Record<Share, readonly RateLimit[]>;
  /** Bulk calls keep this distance, so that the next one's place is never a whole second away for the urgent. */
  readonly #bulkGapMs: number;
  /** Ascending. */
  #calls: number[];
  #lastLeft = -Infinity;
  blockedUntil = 0;

  constructor(limits: readonly RateLimit[], calls: number[]) {
    this.#calls = calls;
    const all = [...limits].sort((a, b) => a.windowMs - b.windowMs);
    this.#limits = { all, bulk: bulkLimits(all) };
    const seconds = all.filter(({ windowMs }) => windowMs <= 1_000);
    this.#bulkGapMs = Math.max(0, ...seconds.map(({ calls, windowMs }) => (0.2 * windowMs) / calls));
  }

  /**
   * The earliest instant from `now` on at which one more call keeps every window.
   * @param othersUntil until then others call: their next calls have a place in each window
   */
  opensAt(share: Share, now: number, othersUntil: number): number {
    const begin = Math.max(now, this.blockedUntil, share === 'bulk' ? this.#lastLeft + this.#bulkGapMs : now);
    return this.#limits[share].reduce((instant, { calls, windowMs }) => {
      const toFollow = Math.floor(Math.min(othersUntil - now, windowMs) / PREVIEW.besideMs);
      const others = othersUntil > now ? OTHERS_UNDER_WAY + toFollow : 0;
      const places = Math.max(1, calls - others);
      const oldest = this.#calls[this.#calls.length - places];
      return oldest === undefined ? instant : Math.max(instant, oldest + windowMs + ROUNDING_MS);
    }, begin);
  }

  /** How many bulk calls can have left in the last `spanMs` before `at`, beside those that are known. */
  freeForBulk(at: number, spanMs: number): number {
    const free = this.#limits.bulk.map(({ calls, windowMs }) => {
      const known = this.#calls.filter((call) => call > at - windowMs).length;
      return calls * Math.max(1, Math.ceil(spanMs / windowMs)) - known;
    });
    return Math.max(0, Math.min(...free));
  }

  /** A call leaves. Answers what to call, with the instant, when its answer is there. */
  leave(now: number): (at: number) => void {
    this.#lastLeft = now;
    const arrivesBy = now + ARRIVES_WITHIN_MS;
    this.count(1, arrivesBy);
    return (at) => {
      const index = this.#calls.lastIndexOf(arrivesBy);
      if (at >= arrivesBy || index === -1) return;
      this.#calls.splice(index, 1);
      this.count(1, at);
    };
  }

  /** Counts calls that left at the latest at that instant. */
  count(calls: number, at: number): void {
    const index = this.#calls.findLastIndex((call) => call <= at) + 1;
    this.#calls.splice(index, 0, ...Array<number>(calls).fill(at));
  }

  /**
   * Forgets what counts no more, and answers the rest for keeping: exact in the last second, and the coarser the older
   * it is, but always rounded to the later side. Round instants are multiples in the limiter's time, so that what was
   * rounded once stays.
   */
  kept(now: number): number[] {
    const longestMs = this.#limits.all.at(-1)?.windowMs ?? 0;
    this.#calls = this.#calls.filter((call) => now - call < longestMs);
    const rounded = this.#calls.map((call) => {
      const grain = grainOf(now - call);
      return Math.ceil(call / grain) * grain;
    });
    return rounded.sort((a, b) => a - b);
  }
}

/** Of a call of that age: rounding does not bring it back into the window of a second, or of a minute. */
const grainOf = (ageMs: number): number =>
  ageMs > MINUTE_MS + 40_000 ? 40_000 : ageMs > 1_000 + 250 ? 250 : 1;

export interface CallsMade {
  endpoint: string;
  /** Of the last hour, ascending: epoch milliseconds, to a second or two, and how many. */
  runs: [at: number, calls: number][];
}

/** The calls that a memory holds, for people. @param savedAt when it was kept (epoch milliseconds) */
export const callsIn = ({ at, lines }: LimiterMemory, savedAt: number): CallsMade[] =>
  lines.map(({ name, gaps }) => ({
    endpoint: name,
    runs: [...Map.groupBy(callsOf(gaps), (call) => savedAt - at + call)].map(([left, { length }]) => [
      left,
      length,
    ]),
  }));
