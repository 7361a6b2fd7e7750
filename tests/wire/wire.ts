/**
 * The system over the wire: real SDK clients, the embedded SQS and DynamoDB, the Firefish simulator behind HTTP.
 * Opened once, with workers and a sweeper that serve everybody: each history has a tenant and an agency of its own.
 */
import { createHmac } from 'node:crypto';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { makeDynamoClient } from '../../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../../lib/aws/sqs.ts';
import { systemClock } from '../../lib/clock.ts';
import { type FirefishConfig, parseRateLimits } from '../../lib/config.ts';
import { eventSchema, type SourceWhaleEvent } from '../../lib/events/event.ts';
import type { StoredEvent } from '../../lib/events/stored-event.ts';
import { readGate } from '../../lib/firefish/gate.ts';
import { Intake } from '../../lib/intake/accept-events.ts';
import { readPointer } from '../../lib/queue/read-pointer.ts';
import { SqsQueue } from '../../lib/queue/sqs-queue.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { eventKey } from '../../lib/store/keys.ts';
import { firefishClients } from '../../lib/sync/firefish-clients.ts';
import { createSweeper } from '../../lib/sync/sweeper.ts';
import { createWorker, type Worker } from '../../lib/sync/worker.ts';
import { settingsSchema } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { startFirefishSimulator } from '../../local/firefish-simulator/server.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import type { HistorySystem } from '../model/run-history.ts';
import type { SystemOptions } from '../model/system.ts';
import { startAws } from '../support/aws.ts';
import { testCipher } from '../support/cipher.ts';

export interface Wire {
  makeSystem(options: SystemOptions): Promise<HistorySystem>;
  close(): Promise<void>;
}

/** Firefish's limits have tests of their own. */
const LIMITS = parseRateLimits('1000000/1s');
/** Short, so that what waits for a call's end does not wait long. */
const CALL_TIMEOUT_MS = 5_000;
const WORKERS = 4;
const MESSAGES_AT_ONCE = 10;
const VISIBILITY_SECONDS = 60;
const IDLE_MS = 100;
const SWEEP_MS = 2_000;
/** Nothing that was accepted waits longer than this. */
const PATIENCE_MS = 240_000;

export async function openWire(random: () => number): Promise<Wire> {
  const aws = await startAws();
  const simulator = new FirefishSimulator({ clock: systemClock, rateLimits: LIMITS, tokenLimits: LIMITS });
  const firefish = await startFirefishSimulator(simulator);
  const config: FirefishConfig = {
    FIREFISH_API_URL: firefish.url,
    FIREFISH_RATE_LIMITS: LIMITS,
    FIREFISH_TOKEN_LIMITS: LIMITS,
    EGRESS_ID: 'default',
    FIREFISH_TIMEOUT_MS: CALL_TIMEOUT_MS,
  };
  const [dynamo, sqs] = [makeDynamoClient(), makeSqsClient()];
  const table = new DynamoTable(dynamo, 'sync', systemClock);
  const queue = new SqsQueue(sqs, aws.eventsQueueUrl);
  const tenants = new Map<string, Tenant>();
  let ids = 0;
  const shared = {
    ...{ table, queue, deadLetters: queue, clock: systemClock, cipher: testCipher },
    readGate: (tenantId: string, now: number) => readGate(table, tenantId, now),
    newId: () => `id-${String((ids += 1))}`,
  };
  const makeWorker = (): Worker =>
    createWorker({
      ...{ ...shared, random, callTimeoutMs: CALL_TIMEOUT_MS },
      loadTenant: (tenantId) => Promise.resolve(tenants.get(tenantId)),
      // Each worker is an instance of its own: it shares what is in the table, and nothing else.
      firefishOf: firefishClients({
        ...{ config, table, random, fetch },
        cipher: testCipher,
        clock: systemClock,
      }),
    });

  let open = true;
  const drop = async ({ ReceiptHandle }: Message): Promise<void> => {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: aws.eventsQueueUrl, ReceiptHandle }));
  };
  const receive = new ReceiveMessageCommand({
    ...{ QueueUrl: aws.eventsQueueUrl, MaxNumberOfMessages: MESSAGES_AT_ONCE },
    VisibilityTimeout: VISIBILITY_SECONDS,
  });
  const poll = async (worker: Worker): Promise<void> => {
    while (open) {
      const { Messages = [] } = await patiently(() => sqs.send(receive));
      const pointers = Messages.map(({ Body = '' }) => readPointer(Body)).filter((one) => one !== undefined);
      const { failed } = await worker.handle(pointers);
      const done = Messages.filter((_, index) => !failed.includes(index));
      await Promise.all(done.map((message) => patiently(() => drop(message))));
      if (Messages.length === 0) await systemClock.sleep(IDLE_MS);
    }
  };
  const sweeper = createSweeper(shared);
  const sweep = async (): Promise<void> => {
    while (open) {
      await patiently(() => sweeper.sweep());
      await systemClock.sleep(SWEEP_MS);
    }
  };
  const running = Promise.all([sweep(), ...Array.from({ length: WORKERS }, () => poll(makeWorker()))]);

  return {
    makeSystem({ seed, settings }) {
      const tenant = tenantOf(`history-${String(tenants.size + 1)}`, settings);
      const { tenantId } = tenant;
      tenants.set(tenantId, tenant);
      simulator.addProfile({ clientId: tenantId, clientSecret: 'secret', agency: tenantId });
      simulator.seed(tenantId, { ...seed }); // the same shape, less precisely
      const intake = new Intake(table, queue, testCipher, systemClock, shared.newId);
      return Promise.resolve(
        new TenantSystem(table, tenantId, intake, () => simulator.state(tenantId), running),
      );
    },
    async close() {
      open = false;
      await running;
      dynamo.destroy();
      sqs.destroy();
      await Promise.all([firefish.close(), aws.close()]);
    },
  };
}

/** On a busy machine an embedded service may answer too late for the SDK's time limit: asked again, it answers. */
async function patiently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > until) throw error;
      await systemClock.sleep(IDLE_MS);
    }
  }
}

function tenantOf(tenantId: string, settings: SystemOptions['settings']): Tenant {
  return {
    tenantId,
    domain: `${tenantId}.firefishsoftware.com`,
    status: 'enabled',
    settings: settingsSchema.parse(settings),
    firefishClientId: tenantId,
    firefishClientSecret: 'secret',
    firefishGivenAt: 0,
    hash: (value) => createHmac('sha256', 'key').update(value).digest('base64url').slice(0, 22),
  };
}

/** What one history sees of it all. */
class TenantSystem implements HistorySystem {
  readonly #table: DynamoTable;
  readonly #tenantId: string;
  readonly #intake: Intake;
  readonly #running: Promise<unknown>;
  readonly simulatorState: HistorySystem['simulatorState'];
  readonly #accepted = new Set<string>();

  /** @param running ends where a worker or the sweeper fails */
  constructor(
    table: DynamoTable,
    tenantId: string,
    intake: Intake,
    state: HistorySystem['simulatorState'],
    running: Promise<unknown>,
  ) {
    this.#table = table;
    this.#tenantId = tenantId;
    this.#intake = intake;
    this.simulatorState = state;
    this.#running = running;
  }

  async deliver(batch: SourceWhaleEvent[]): Promise<void> {
    const events = batch.map((event) => eventSchema.parse(event));
    for (const { id } of events) this.#accepted.add(id);
    // What was not stored SourceWhale sends again; of what was, the repeat is nothing.
    await patiently(async () => {
      const { stored } = await this.#intake.accept(this.#tenantId, events);
      if (!stored.every(Boolean)) throw new Error('not all was stored');
    });
  }

  async settle(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const keys = [...this.#accepted].map((id) => eventKey(this.#tenantId, id));
      const items = (await patiently(() => this.#table.getMany(keys))) as StoredEvent[]; // what is kept under these keys
      const open = items.filter(({ state }) => state === 'queued').map(({ sk }) => sk);
      if (open.length === 0) return;
      if (Date.now() > until) throw new Error(`never ended: ${open.join(', ')}`);
      await Promise.race([systemClock.sleep(IDLE_MS), this.#running]);
    }
  }

  async outcome(eventId: string): Promise<StoredEvent | undefined> {
    const item = await patiently(() => this.#table.get(eventKey(this.#tenantId, eventId)));
    return item as StoredEvent | undefined; // what is kept under this key
  }
}
