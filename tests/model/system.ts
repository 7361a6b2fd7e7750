/** The system under test as the model's tests see it, and the one that runs in this process. */
import type { Clock } from '../../lib/clock.ts';
import { parseRateLimits } from '../../lib/config.ts';
import { eventOf, type SourceWhaleEvent } from '../support/former-event.ts';
import type { StoredEvent } from '../../lib/events/event-item.ts';
import { TIMER } from '../../lib/times.ts';
import type { Previewed } from '../../lib/preview/previewed.ts';
import type { Table } from '../../lib/store/table.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import type { Sync } from '../../lib/turn/sync.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import type { Passage } from '../support/passage.ts';
import { AGENCY, CLIENT_SECRET, type Harness, type Message, openHarness } from '../support/harness.ts';
import type { Edit } from './model.ts';
import type { Seed } from './ideal.ts';
import { Turns } from './turns.ts';

export interface SystemUnderTest {
  /** What SourceWhale posts in one request. */
  deliver(batch: SourceWhaleEvent[]): Promise<void>;
  /** Ends when every accepted event has ended. @throws Error if that never happens */
  settle(): Promise<void>;
  outcome(eventId: string): Promise<StoredEvent | undefined>;
  /** The preview of one event; nothing is done. */
  preview(event: SourceWhaleEvent): Promise<Previewed | undefined>;
  /** An edit in Firefish, now. */
  edit(edit: Edit): void;
  deleteCompany(name: string): void;
  simulatorState(): ReturnType<FirefishSimulator['state']>;
}

export interface SystemOptions {
  seed: Seed;
  settings: Partial<Settings>;
  /** How many workers receive from the queue at once. */
  workers: number;
  /** 0 to 1. */
  random: () => number;
  trouble?: Trouble;
}

/** The faults; none by default. */
export interface Trouble {
  /** Puts faults into Firefish, as each batch of events comes. */
  strike(simulator: FirefishSimulator): void;
  /** Every call of one worker passes it. When the worker has ended, another replaces it. */
  lifeOfWorker(): Passage & { readonly dead: boolean };
}

export type MakeSystem = (options: SystemOptions) => Promise<SystemUnderTest>;

const START = Date.parse('2026-11-23T10:00:00.000Z');
/** Firefish's limits have separate tests; here they would only make everything slow. */
const LIMITS = parseRateLimits('1000000/1s');
/** How many of a hundred deliveries are made twice: the queue promises "at least once". */
const DELIVERED_TWICE = 0.04;
/** Nothing that was accepted waits longer than this. */
const PATIENCE_MS = 3 * 24 * 3_600_000;

/** A table of which every use takes a step, so that others can come before it. */
function inTurns(table: Table, turns: Turns): Table {
  const after = async <Result>(use: () => Promise<Result>): Promise<Result> => {
    await turns.turn();
    return use();
  };
  return {
    get: (key) => after(() => table.get(key)),
    getMany: (keys) => after(() => table.getMany(keys)),
    put: (item, expected) => after(() => table.put(item, expected)),
    delete: (key, expected) => after(() => table.delete(key, expected)),
    query: (query) => after(() => table.query(query)),
  };
}

/** The simulator behind `fetch`, if people also delete records, which its API can't. */
class Agency {
  readonly simulator: FirefishSimulator;
  readonly #clock: Clock;
  readonly #deleted = new Set<string>();

  constructor(clock: Clock, seed: Seed) {
    this.#clock = clock;
    this.simulator = new FirefishSimulator({ clock, rateLimits: LIMITS, tokenLimits: LIMITS });
    this.simulator.addProfile({ clientId: 'ff-1', clientSecret: CLIENT_SECRET, agency: AGENCY });
    this.simulator.seed(AGENCY, { ...seed }); // the same shape, less precisely
  }

  async answer(request: Request): Promise<Response> {
    const [, record] =
      /\/((?:candidates|contacts|companies)\/\d+)(?:\/|$)/.exec(new URL(request.url).pathname) ?? [];
    if (record !== undefined && this.#deleted.has(record)) {
      return Response.json({ Message: 'No such record.' }, { status: 404 });
    }
    return this.simulator.handle(request);
  }

  edit({ kind, address, change }: Edit): void {
    const collection = `${kind}s` as const;
    const record = this.state()[collection].find((one) => one['EmailAddress'] === address);
    if (record === undefined) throw new Error(`the edit finds no ${kind} with ${address}`);
    const { Address, ...rest } = change === 'delete' ? { EmailAddress: null } : change;
    const address2 = Address === undefined ? {} : { Address: Address as Record<string, string> }; // cases name parts only
    const changed = { ...record, ...(rest as Record<string, string>), ...address2 }; // cases set texts
    const Updated = new Date(this.#clock.now()).toISOString();
    this.simulator.restore(AGENCY, { collection, record: { ...changed, Updated } });
    if (change === 'delete') this.#deleted.add(`${collection}/${String(record.Ref)}`);
  }

  deleteCompany(name: string): void {
    const record = this.state().companies.find((one) => one.Name === name);
    if (record === undefined) throw new Error(`there is no company ${name} to delete`);
    // No search finds it any more.
    this.simulator.restore(AGENCY, { collection: 'companies', record: { ...record, Name: '' } });
    this.#deleted.add(`companies/${String(record.Ref)}`);
  }

  state(): ReturnType<FirefishSimulator['state']> {
    const { candidates, contacts, companies, ...rest } = this.simulator.state(AGENCY);
    return {
      ...rest,
      candidates: candidates.filter(({ Ref }) => !this.#deleted.has(`candidates/${String(Ref)}`)),
      contacts: contacts.filter(({ Ref }) => !this.#deleted.has(`contacts/${String(Ref)}`)),
      companies: companies.filter(({ Ref }) => !this.#deleted.has(`companies/${String(Ref)}`)),
    };
  }
}

interface Mortal {
  sync: Sync;
  isDead: () => boolean;
}

class InProcessSystem implements SystemUnderTest {
  readonly #turns: Turns;
  readonly #agency: Agency;
  readonly #harness: Harness;
  readonly #workers: Mortal[];
  readonly #random: () => number;
  readonly #trouble: Trouble | undefined;
  /** Accepted, and not seen to have ended. */
  readonly #open = new Set<string>();

  constructor({ seed, settings, workers, random, trouble }: SystemOptions) {
    const turns = new Turns(START, random);
    this.#turns = turns;
    this.#random = random;
    this.#agency = new Agency(turns, seed);
    this.#harness = openHarness({
      ...{ clock: turns, settings, simulator: this.#agency.simulator },
      wrapTable: (table) => inTurns(table, turns),
      network: async (request) => {
        await turns.turn();
        const response = await this.#agency.answer(request);
        await turns.turn();
        return response;
      },
    });
    this.#trouble = trouble;
    this.#workers = Array.from({ length: workers }, () => this.#makeWorker());
  }

  #makeWorker(): Mortal {
    const life = this.#trouble?.lifeOfWorker();
    return { sync: this.#harness.makeInstance({ passage: life }), isDead: () => life?.dead === true };
  }

  async deliver(batch: SourceWhaleEvent[]): Promise<void> {
    for (const { id } of batch) this.#open.add(id);
    this.#trouble?.strike(this.#agency.simulator);
    await this.#turns.until(this.#harness.receive(batch));
  }

  async settle(): Promise<void> {
    const end = this.#turns.now() + PATIENCE_MS;
    const work = Promise.all([
      this.#sweepAtTimes(end),
      ...this.#workers.map((_, place) => this.#receive(place, end)),
    ]);
    await this.#turns.until(work);
    if (!(await this.#allEnded())) throw new Error(`never ended: ${[...this.#open].join(', ')}`);
  }

  outcome(eventId: string): Promise<StoredEvent | undefined> {
    return this.#harness.outcome(eventId);
  }

  async preview(event: SourceWhaleEvent): Promise<Previewed | undefined> {
    const parsed = eventOf(event);
    const previews = this.#harness.preview(this.#harness.tenant, [parsed]);
    await this.#turns.until(previews);
    return (await previews).get(event.id);
  }

  edit(edit: Edit): void {
    this.#agency.edit(edit);
  }

  deleteCompany(name: string): void {
    this.#agency.deleteCompany(name);
  }

  simulatorState(): ReturnType<FirefishSimulator['state']> {
    return this.#agency.state();
  }

  /** One instance: receives a wake-up, works on the tenant, deletes the message, and waits if there is none. */
  async #receive(place: number, end: number): Promise<void> {
    while (this.#turns.now() < end) {
      const message = this.#take();
      if (message !== undefined) {
        await this.#turns.turn();
        await this.#work(place, message);
        continue;
      }
      if (await this.#allEnded()) return;
      await this.#turns.sleep(1000);
    }
  }

  #take(): Message | undefined {
    const { queue } = this.#harness;
    const visible = queue.visible();
    const message = visible[Math.floor(this.#random() * visible.length)];
    if (message === undefined) return undefined;
    if (this.#random() < DELIVERED_TWICE) queue.hide(message, 1);
    else queue.hide(message);
    return message;
  }

  async #sweepAtTimes(end: number): Promise<void> {
    let sweepAt = this.#turns.now() + TIMER.sweepEveryMs;
    while (this.#turns.now() < end && !(await this.#allEnded())) {
      await this.#turns.sleep(1000);
      if (this.#turns.now() < sweepAt) continue;
      sweepAt = this.#turns.now() + TIMER.sweepEveryMs;
      await this.#harness.sweep.sweep();
    }
  }

  async #work(place: number, message: Message): Promise<void> {
    const { sync, isDead } = this.#workers[place] ?? this.#makeWorker();
    const done = await sync.handle(message.wakeUp, 75_000);
    if (isDead()) {
      // It answers nothing: its message comes back after the visibility timeout, to another worker.
      this.#workers[place] = this.#makeWorker();
      return;
    }
    if (done === 'done') this.#harness.queue.messages.delete(message);
  }

  async #allEnded(): Promise<boolean> {
    for (const id of this.#open) {
      if ((await this.outcome(id))?.state === 'queued') return false;
      this.#open.delete(id);
    }
    return true;
  }
}

export const makeInProcessSystem: MakeSystem = (options) => Promise.resolve(new InProcessSystem(options));
