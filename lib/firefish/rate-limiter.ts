/**
 * Firefish's rate limits, kept by one turn for all endpoints: calls wait in line by urgency, and leave as early as every
 * window allows. Between turns the ages of calls are handed on, not instants, since clocks differ.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Clock } from '../clock.ts';
import type { RateLimit } from '../config.ts';
import { isUrgent, type Urgency, type Work } from '../events/urgency.ts';
import { TURN } from '../times.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { CallWindows, type Share } from './call-windows.ts';
import { NotNowError } from './errors.ts';

/** While calls wait, it is looked this often whether one has become urgent. */
const LOOK_AGAIN_MS = 200;
/** Calls of one endpoint that a turn that crashed may have made after its last save, at most. */
const UNSAVED_CALLS = 60;
/** From `memory` until the save is sent. */
const SAVE_TAKES_MS = 1_000;

/** A place in line, which a call that is tried again keeps. */
export interface Ticket {
  work: Work;
  order: number;
}

interface Waiting extends Ticket {
  start: () => void;
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

/** What is kept between turns, before it is packed. Instants are the limiter's time; runs are gaps and calls by turns. */
interface Kept {
  at: number;
  lines: [name: string, blockedForMs: number, ...runs: number[]][];
}

interface RateLimiterDeps {
  limits: readonly RateLimit[];
  clock: Clock;
  memory: string | undefined;
  elapsedMs: number;
  crashed: boolean;
}

const turnOver = (): TurnOverError => new TurnOverError('the turn is over');

const shareOf = (urgency: Urgency): Share => (isUrgent(urgency) ? 'all' : 'bulk');

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
  #othersUntil = -Infinity;
  #othersSeen = 0;

  constructor({ limits, clock, memory, elapsedMs, crashed }: RateLimiterDeps) {
    this.#limits = limits;
    this.#clock = clock;
    const { at: keptAt, lines } = unpack(memory);
    this.#originMs = clock.now() - keptAt - Math.floor(elapsedMs);
    this.#unsavedUntil = crashed ? keptAt + TURN.callAfterSaveMs + SAVE_TAKES_MS : undefined;
    for (const [name, blockedForMs, ...runs] of lines) {
      const { windows } = this.#line(name, runsIn(runs, 0));
      if (blockedForMs > 0) windows.block(keptAt + blockedForMs);
    }
  }

  ticket(work: Work): Ticket {
    this.#order += 1;
    return { work, order: this.#order };
  }

  /**
   * Waits for the call's turn and starts it: `start` is run synchronously at the instant at which the call may leave; if
   * it throws, or answers nothing, no place was used.
   * @throws NotNowError('limit') where the wait would be longer than 10 s; TurnOverError once the turn is over
   */
  place<T>(name: string, ticket: Ticket, start: () => Promise<T> | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#over.signal.aborted) throw turnOver();
      const line = this.#line(name);
      const begin = (): void => {
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
      line.waiting.push({ ...ticket, start: begin, reject });
      line.wake?.abort();
      void this.#serve(line);
    });
  }

  /** Firefish has refused a call of this endpoint: none leaves for so long. */
  block(name: string, milliseconds: number): void {
    this.#line(name).windows.block(this.#now() + milliseconds);
  }

  /** Until when calls of this urgency do not leave (epoch ms), as far as calls have been refused by `place`. */
  waiting(urgency: Urgency): { reason: 'limit'; until: number } | undefined {
    const share = shareOf(urgency);
    const instants = [...this.#lines.values()].map(({ closed }) => closed[share]);
    const far = instants.filter((until) => until - this.#now() >= TURN.waitInsideMs);
    return far.length === 0 ? undefined : { reason: 'limit', until: Math.min(...far) + this.#originMs };
  }

  /**
   * Calls that others make beside the turn, of any endpoint.
   * @param seconds in which they have made calls since they began, one of each endpoint; @param until epoch ms
   */
  others(seconds: number, until: number): void {
    // A smaller number: they began again.
    const added = seconds >= this.#othersSeen ? seconds - this.#othersSeen : seconds;
    this.#othersSeen = seconds;
    this.#othersUntil = until - this.#originMs;
    for (const { windows } of this.#lines.values()) windows.count(added, this.#now());
  }

  /** What the next turn has to know, packed. */
  memory(): string {
    const now = this.#now();
    const lines: Kept['lines'] = [];
    for (const { name, windows } of this.#lines.values()) {
      const blockedForMs = Math.max(0, Math.ceil(windows.blockedUntil - now));
      const runs = windows.runs(now);
      if (runs.length === 0 && blockedForMs === 0) continue;
      const gaps = runs.flatMap(([at, calls], n) => [at - (runs[n - 1]?.[0] ?? 0), calls]);
      lines.push([name, blockedForMs, ...gaps]);
    }
    return deflateRawSync(JSON.stringify({ at: now, lines } satisfies Kept)).toString('base64');
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

  /** @param runs what is known of a line that is new */
  #line(name: string, runs: CallsMade['runs'] = []): Line {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const windows = new CallWindows(this.#limits);
    const closed = { all: 0, bulk: 0 };
    const line: Line = { name, windows, waiting: [], running: false, wake: undefined, closed };
    this.#lines.set(name, line);
    windows.count(this.#othersSeen, this.#now());
    for (const [at, calls] of runs) windows.count(calls, at);
    const at = this.#unsavedUntil;
    if (at === undefined) return line;
    // What the turn that crashed may have sent counts as sent; the reserve stays.
    windows.count(Math.min(UNSAVED_CALLS, windows.freeForBulk(at, TURN.callAfterSaveMs)), at);
    return line;
  }

  async #serve(line: Line): Promise<void> {
    if (line.running) return;
    line.running = true;
    try {
      // Calls that begin together are in line together.
      await Promise.resolve();
      while (!this.#over.signal.aborted) {
        const next = first(line.waiting);
        if (next === undefined) return;
        const wait = this.#opensAt(line, shareOf(next.work.urgency)) - this.#now();
        if (wait <= 0) start(line, next);
        else if (wait > TURN.waitInsideMs) this.#refuse(line);
        else await this.#sleep(line, Math.min(Math.ceil(wait), LOOK_AGAIN_MS));
      }
    } finally {
      line.running = false;
    }
  }

  #opensAt({ windows }: Line, share: Share): number {
    const now = this.#now();
    return windows.opensAt(share, now, now < this.#othersUntil);
  }

  async #sleep(line: Line, milliseconds: number): Promise<void> {
    line.wake = new AbortController();
    await this.#clock.sleep(milliseconds, line.wake.signal);
    line.wake = undefined;
  }

  /** Whose place is too far away learns when it is. */
  #refuse(line: Line): void {
    for (const share of ['all', 'bulk'] as const) {
      const until = this.#opensAt(line, share);
      if (until - this.#now() <= TURN.waitInsideMs) continue;
      line.closed[share] = until;
      const refused = line.waiting.filter(({ work }) => shareOf(work.urgency) === share);
      line.waiting = line.waiting.filter((waiting) => !refused.includes(waiting));
      for (const { reject } of refused) {
        reject(new NotNowError('limit', until + this.#originMs, { endpoint: line.name }));
      }
    }
  }
}

const first = (waiting: readonly Waiting[]): Waiting | undefined =>
  waiting.reduce<Waiting | undefined>(
    (best, other) => (best === undefined || isBefore(other, best) ? other : best),
    undefined,
  );

const isBefore = (a: Ticket, b: Ticket): boolean =>
  a.work.urgency !== b.work.urgency ? a.work.urgency < b.work.urgency : a.order < b.order;

function start(line: Line, next: Waiting): void {
  line.waiting = line.waiting.filter((waiting) => waiting !== next);
  try {
    next.start();
  } catch (error) {
    next.reject(error);
  }
}

/** Written by `memory` above and nowhere else; a turn record without one is a tenant's first. */
const unpack = (memory: string | undefined): Kept =>
  memory === undefined
    ? { at: 0, lines: [] }
    : (JSON.parse(inflateRawSync(Buffer.from(memory, 'base64')).toString()) as Kept);

/** @param from the instant that the first gap counts from */
function runsIn(gapsAndCalls: readonly number[], from: number): CallsMade['runs'] {
  const runs: CallsMade['runs'] = [];
  let at = from;
  for (let place = 0; place + 1 < gapsAndCalls.length; place += 2) {
    at += gapsAndCalls[place] ?? 0;
    runs.push([at, gapsAndCalls[place + 1] ?? 0]);
  }
  return runs;
}

export interface CallsMade {
  endpoint: string;
  /** Of the last hour, ascending: epoch milliseconds, to a second or two, and how many. */
  runs: [at: number, calls: number][];
}

/** The calls that a packed memory holds, for people. @param savedAt when it was kept (epoch milliseconds) */
export function callsIn(memory: string | undefined, savedAt: number): CallsMade[] {
  const { at, lines } = unpack(memory);
  return lines.map(([endpoint, , ...runs]) => ({ endpoint, runs: runsIn(runs, savedAt - at) }));
}
