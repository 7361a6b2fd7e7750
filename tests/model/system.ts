/** The system under test as the model's tests see it, and the one that runs in this process. */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { parseRateLimits, type FirefishConfig } from '../../lib/config.ts';
import type { Cipher } from '../../lib/crypto/cipher.ts';
import { eventSchema, type SourceWhaleEvent } from '../../lib/events/event.ts';
import type { StoredEvent } from '../../lib/events/stored-event.ts';
import { readGate } from '../../lib/firefish/gate.ts';
import { Intake } from '../../lib/intake/accept-events.ts';
import type { EventQueue, Pointer, QueuedPointer } from '../../lib/queue/queue.ts';
import { eventKey } from '../../lib/store/keys.ts';
import { MemoryTable } from '../../lib/store/memory-table.ts';
import type { Table } from '../../lib/store/table.ts';
import { firefishClients } from '../../lib/sync/firefish-clients.ts';
import { previewEvents } from '../../lib/sync/preview.ts';
import type { Previewed } from '../../lib/sync/previewed.ts';
import { createSweeper } from '../../lib/sync/sweeper.ts';
import { createWorker, type Worker } from '../../lib/sync/worker.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import type { Seed } from './ideal.ts';
import type { Passage } from '../support/passage.ts';
import type { Edit } from './model.ts';
import { Turns } from './turns.ts';

export interface SystemUnderTest {
  /** What SourceWhale posts in one request. */
  deliver(batch: SourceWhaleEvent[]): Promise<void>;
  /** Ends when every accepted event has ended. @throws Error where that never happens */
  settle(): Promise<void>;
  outcome(eventId: string): Promise<StoredEvent | undefined>;
  /** What is shown of one event before it is pushed; nothing is done. */
  preview(event: SourceWhaleEvent): Promise<Previewed | undefined>;
  /** What somebody does in Firefish itself, now. */
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

/** What goes wrong meanwhile; nothing by default. */
export interface Trouble {
  /** Puts faults into Firefish, as each batch of events comes. */
  strike(simulator: FirefishSimulator): void;
  /** What all that one worker does passes. Once it is dead, another takes its place. */
  lifeOfWorker(): Passage & { readonly dead: boolean };
}

export type MakeSystem = (options: SystemOptions) => Promise<SystemUnderTest>;

const TENANT_ID = 'tenant';
const AGENCY = 'agency';
const START = Date.parse('2026-11-23T10:00:00.000Z');
/** Firefish's limits have tests of their own; here they would only make everything slow. */
const LIMITS = parseRateLimits('1000000/1s');
const CALL_TIMEOUT_MS = 20_000;
const BATCH = 10;
const VISIBILITY_TIMEOUT_MS = 360_000;
/** Of a hundred deliveries so many are made twice: the queue promises "at least once". */
const DELIVERED_TWICE = 0.04;
const SWEEP_MS = 60_000;
/** Nothing that was accepted waits longer than this. */
const PATIENCE_MS = 3 * 24 * 3_600_000;

const openCipher: Cipher = {
  encrypt: (tenantId, plaintext) => Promise.resolve(new TextEncoder().encode(`${tenantId}\n${plaintext}`)),
  decrypt: (tenantId, ciphertext) =>
    Promise.resolve(new TextDecoder().decode(ciphertext).slice(tenantId.length + 1)),
  isCurrent: () => Promise.resolve(true),
};

/** A table of which every use takes a turn, so that anybody else may come before it. */
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

interface Message {
  pointer: Pointer;
  visibleAt: number;
}

/** A standard queue: at least once, in no order. */
class Queue implements EventQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly messages = new Set<Message>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  send(pointers: readonly QueuedPointer[]): Promise<number[]> {
    for (const { delaySeconds = 0, ...pointer } of pointers) {
      this.messages.add({
        pointer,
        visibleAt: this.#clock.now() + delaySeconds * 1000,
      });
    }
    return Promise.resolve([]);
  }

  /** Up to ten messages that nobody else sees until the visibility timeout is over. */
  receive(): Message[] {
    const visible = [...this.messages].filter(({ visibleAt }) => visibleAt <= this.#clock.now());
    const taken: Message[] = [];
    while (taken.length < BATCH && visible.length > 0) {
      taken.push(...visible.splice(Math.floor(this.#random() * visible.length), 1));
    }
    for (const message of taken) {
      const twice = this.#random() < DELIVERED_TWICE;
      message.visibleAt = this.#clock.now() + (twice ? 1 : VISIBILITY_TIMEOUT_MS);
    }
    return taken;
  }
}

/** The simulator behind `fetch`, where people also delete records, which its API can't. */
class Agency {
  readonly simulator: FirefishSimulator;
  readonly #clock: Clock;
  readonly #deleted = new Set<string>();

  constructor(clock: Clock, seed: Seed) {
    this.#clock = clock;
    this.simulator = new FirefishSimulator({ clock, rateLimits: LIMITS, tokenLimits: LIMITS });
    this.simulator.addProfile({ clientId: 'ff', clientSecret: 'secret', agency: AGENCY });
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
  worker: Worker;
  isDead: () => boolean;
}

class InProcessSystem implements SystemUnderTest {
  readonly #turns: Turns;
  readonly #table: MemoryTable;
  readonly #agency: Agency;
  readonly #queue: Queue;
  readonly #workers: Mortal[];
  readonly #makeWorker: () => Mortal;
  readonly #trouble: Trouble | undefined;
  readonly #sweep: () => Promise<unknown>;
  readonly #intake: Intake;
  readonly #preview: (event: SourceWhaleEvent) => Promise<Map<string, Previewed>>;
  /** Accepted, and not seen to have ended. */
  readonly #open = new Set<string>();

  constructor({ seed, settings, workers, random, trouble }: SystemOptions) {
    const turns = new Turns(START, random);
    const config: FirefishConfig = {
      FIREFISH_API_URL: 'http://firefish.test',
      FIREFISH_RATE_LIMITS: LIMITS,
      FIREFISH_TOKEN_LIMITS: LIMITS,
      EGRESS_ID: 'default',
      FIREFISH_TIMEOUT_MS: CALL_TIMEOUT_MS,
    };
    const tenant: Tenant = {
      tenantId: TENANT_ID,
      domain: 'acme.firefishsoftware.com',
      status: 'enabled',
      settings: { ...DEFAULT_SETTINGS, ...settings },
      firefishClientId: 'ff',
      firefishClientSecret: 'secret',
      firefishGivenAt: 0,
      hash: (value) => createHmac('sha256', 'key').update(value).digest('base64url').slice(0, 22),
    };
    let ids = 0;
    const newId = (): string => `id-${String((ids += 1))}`;
    this.#turns = turns;
    this.#agency = new Agency(turns, seed);
    this.#table = new MemoryTable(turns);
    const table = inTurns(this.#table, turns);
    this.#queue = new Queue(turns, random);
    const shared = {
      ...{ table, queue: this.#queue, deadLetters: new Queue(turns, random), clock: turns },
      readGate: (tenantId: string, now: number) => readGate(table, tenantId, now),
    };
    this.#trouble = trouble;
    this.#makeWorker = () => {
      const life = trouble?.lifeOfWorker();
      const used = life?.table(table) ?? table;
      // Each worker is an instance of its own: it shares what is in the table, and nothing else.
      const clients = firefishClients({
        ...{ config, table: used, cipher: openCipher, clock: turns, random, fetch: this.#fetch },
      });
      const worker = createWorker({
        ...shared,
        ...{ table: used, cipher: openCipher, newId, random, callTimeoutMs: CALL_TIMEOUT_MS },
        ...(life === undefined
          ? {}
          : { queue: life.queue(shared.queue), deadLetters: life.queue(shared.deadLetters) }),
        readGate: (tenantId, now) => readGate(used, tenantId, now),
        loadTenant: () => Promise.resolve(tenant),
        firefishOf: (one) => life?.firefish(clients(one)) ?? clients(one),
      });
      return { worker, isDead: () => life?.dead === true };
    };
    this.#workers = Array.from({ length: workers }, this.#makeWorker);
    const firefish = firefishClients({
      ...{ config, table, cipher: openCipher, clock: turns, random, fetch: this.#fetch },
    })(tenant);
    this.#preview = (event) =>
      previewEvents({ tenant, table, cipher: openCipher, clock: turns, firefish, newId }, [event]);
    const sweeper = createSweeper(shared);
    this.#sweep = () => sweeper.sweep();
    this.#intake = new Intake(table, this.#queue, openCipher, turns, newId);
  }

  readonly #fetch = async (...call: Parameters<typeof fetch>): Promise<Response> => {
    const request = new Request(...call);
    await this.#turns.turn();
    const response = await this.#agency.answer(request);
    await this.#turns.turn();
    return response;
  };

  async deliver(batch: SourceWhaleEvent[]): Promise<void> {
    const events = batch.map((event) => eventSchema.parse(event));
    for (const { id } of events) this.#open.add(id);
    this.#trouble?.strike(this.#agency.simulator);
    await this.#turns.until(this.#intake.accept(TENANT_ID, events));
  }

  async settle(): Promise<void> {
    const end = this.#turns.now() + PATIENCE_MS;
    const work = Promise.all(this.#workers.map((_, place) => this.#receive(place, end)));
    await this.#turns.until(work);
    if (!(await this.#allEnded())) throw new Error(`never ended: ${[...this.#open].join(', ')}`);
  }

  async outcome(eventId: string): Promise<StoredEvent | undefined> {
    return (await this.#table.get(eventKey(TENANT_ID, eventId))) as StoredEvent | undefined; // what is kept under this key
  }

  async preview(event: SourceWhaleEvent): Promise<Previewed | undefined> {
    const previews = await this.#turns.until(this.#preview(eventSchema.parse(event)));
    return previews.get(event.id);
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

  /** One worker's life: receives, works, deletes what was done, waits where there is nothing, sweeps at times. */
  async #receive(place: number, end: number): Promise<void> {
    let sweepAt = this.#turns.now() + SWEEP_MS;
    while (this.#turns.now() < end) {
      const messages = this.#queue.receive();
      if (messages.length > 0) {
        await this.#turns.turn();
        await this.#work(place, messages);
        continue;
      }
      if (await this.#allEnded()) return;
      if (place === 0 && this.#turns.now() >= sweepAt) {
        sweepAt = this.#turns.now() + SWEEP_MS;
        await this.#sweep();
      }
      await this.#turns.sleep(1000);
    }
  }

  async #work(place: number, messages: Message[]): Promise<void> {
    const { worker, isDead } = this.#workers[place] ?? this.#makeWorker();
    const { failed } = await worker.handle(messages.map(({ pointer }) => pointer));
    if (isDead()) {
      // It answers nothing: what it had comes back after the visibility timeout, to another.
      this.#workers[place] = this.#makeWorker();
      return;
    }
    messages.forEach((message, position) => {
      if (!failed.includes(position)) this.#queue.messages.delete(message);
      else if (!this.#queue.messages.has(message)) this.#queue.messages.add(message);
    });
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
