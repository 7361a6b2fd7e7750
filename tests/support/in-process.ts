/** The sync in one process: tables and queue in memory, the Firefish simulator behind `fetch`. */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { parseRateLimits, type FirefishConfig } from '../../lib/config.ts';
import type { Cipher } from '../../lib/crypto/cipher.ts';
import type { SourceWhaleEvent } from '../../lib/events/event.ts';
import type { StoredEvent } from '../../lib/events/stored-event.ts';
import { readGate } from '../../lib/firefish/gate.ts';
import { Intake } from '../../lib/intake/accept-events.ts';
import type { EventQueue, QueuedPointer } from '../../lib/queue/queue.ts';
import { eventKey } from '../../lib/store/keys.ts';
import { MemoryTable } from '../../lib/store/memory-table.ts';
import { firefishClients } from '../../lib/sync/firefish-clients.ts';
import { createSweeper } from '../../lib/sync/sweeper.ts';
import { createWorker, type Worker, type WorkReport } from '../../lib/sync/worker.ts';
import { type Settings, settingsSchema } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import type { Passage } from './passage.ts';

export const TENANT_ID = 'tenant-1';
export const AGENCY = 'agency';
export const CLIENT_SECRET = 's';
const UNLIMITED = '1000000/1s';

/** Marks what it "encrypts", so that plaintext in a table shows. */
export const plainCipher: Cipher = {
  encrypt: (tenantId, plaintext) => Promise.resolve(new TextEncoder().encode(`${tenantId}\n${plaintext}`)),
  decrypt: (tenantId, ciphertext) =>
    Promise.resolve(new TextDecoder().decode(ciphertext).slice(tenantId.length + 1)),
  isCurrent: () => Promise.resolve(true),
};

type Message = QueuedPointer & { visibleAt: number };

export class MemoryQueue implements EventQueue {
  readonly messages: Message[] = [];
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  send(pointers: readonly QueuedPointer[]): Promise<number[]> {
    for (const pointer of pointers) {
      this.messages.push({ ...pointer, visibleAt: this.#clock.now() + (pointer.delaySeconds ?? 0) * 1000 });
    }
    return Promise.resolve([]);
  }
  /** Takes up to `count` visible messages off the queue. */
  take(count: number): Message[] {
    const taken = this.messages.filter(({ visibleAt }) => visibleAt <= this.#clock.now()).slice(0, count);
    for (const message of taken) this.messages.splice(this.messages.indexOf(message), 1);
    return taken;
  }
  /** When the next message shows itself; `undefined` where there is none. */
  nextAt(): number | undefined {
    const times = this.messages.map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

export interface InProcessOptions {
  clock: Clock;
  settings?: Partial<Settings>;
  rateLimits?: string;
  tokenLimits?: string;
  /** Asked once per worker: puts faults before or after what it calls. */
  wrap?: () => Passage | undefined;
  /** Asked once per worker: what stands between it and Firefish. */
  network?: () => ((request: Request) => Promise<Response>) | undefined;
  /** The sync table, where others use it as well. */
  table?: MemoryTable;
  /** Default: one that is always enabled; `loadTenant` then says how it stands. */
  tenant?: Tenant;
  loadTenant?: (tenantId: string) => Promise<Tenant | undefined>;
  simulator?: FirefishSimulator;
  callTimeoutMs?: number;
  random?: () => number;
}

export function inProcess(options: InProcessOptions) {
  const { clock } = options;
  const rateLimits = parseRateLimits(options.rateLimits ?? UNLIMITED);
  const tokenLimits = parseRateLimits(options.tokenLimits ?? UNLIMITED);
  const simulator = options.simulator ?? new FirefishSimulator({ clock, rateLimits, tokenLimits });
  if (options.simulator === undefined)
    simulator.addProfile({ clientId: 'ff-1', clientSecret: CLIENT_SECRET, agency: AGENCY });
  const table = options.table ?? new MemoryTable(clock);
  const config: FirefishConfig = {
    FIREFISH_API_URL: 'http://firefish.test',
    FIREFISH_RATE_LIMITS: rateLimits,
    FIREFISH_TOKEN_LIMITS: tokenLimits,
    EGRESS_ID: 'default',
    FIREFISH_TIMEOUT_MS: options.callTimeoutMs ?? 20_000,
  };
  const tenant: Tenant = options.tenant ?? {
    tenantId: TENANT_ID,
    domain: 'acme.firefishsoftware.com',
    status: 'enabled',
    settings: settingsSchema.parse(options.settings ?? {}),
    firefishClientId: 'ff-1',
    firefishClientSecret: CLIENT_SECRET,
    firefishGivenAt: 0,
    hash: (value) => createHmac('sha256', 'key').update(value).digest('base64url').slice(0, 22),
  };
  const queue = new MemoryQueue(clock);
  const deadLetters = new MemoryQueue(clock);
  const reports: WorkReport[] = [];
  let ids = 0;
  const newId = (): string => `id-${String((ids += 1))}`;
  const random = options.random ?? Math.random;
  const makeWorker = (): Worker => {
    const wrap = options.wrap?.();
    const workerTable = wrap?.table(table) ?? table;
    const answer = options.network?.() ?? ((request) => simulator.handle(request));
    const clients = firefishClients({
      config,
      table: workerTable,
      cipher: plainCipher,
      clock,
      fetch: (input, init) => answer(new Request(input, init)),
      random,
    });
    return createWorker({
      table: workerTable,
      queue: wrap?.queue(queue) ?? queue,
      deadLetters: wrap?.queue(deadLetters) ?? deadLetters,
      cipher: plainCipher,
      clock,
      loadTenant: options.loadTenant ?? (() => Promise.resolve(tenant)),
      firefishOf: (one) => wrap?.firefish(clients(one)) ?? clients(one),
      readGate: (tenantId, now) => readGate(workerTable, tenantId, now),
      newId,
      random,
      callTimeoutMs: config.FIREFISH_TIMEOUT_MS,
      onWork: (report) => reports.push(report),
    });
  };
  const sweeper = createSweeper({
    table,
    queue,
    deadLetters,
    clock,
    readGate: (tenantId, now) => readGate(table, tenantId, now),
  });
  const intake = new Intake(table, queue, plainCipher, clock, newId);
  return {
    ...{ simulator, table, tenant, queue, deadLetters, sweeper, reports, makeWorker, config, random },
    async receive(events: readonly SourceWhaleEvent[]): Promise<void> {
      await intake.accept(tenant.tenantId, events);
    },
    async outcome(eventId: string): Promise<StoredEvent | undefined> {
      return (await table.get(eventKey(tenant.tenantId, eventId))) as StoredEvent | undefined;
    },
  };
}
