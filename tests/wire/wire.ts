/**
 * The system over the wire: real SDK clients, the embedded SQS and DynamoDB, the Firefish simulator behind HTTP.
 * Opened once; each history has a tenant, a queue and an agency of its own, so that many can run at once.
 */
import { createHmac } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { makeDynamoClient } from '../../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../../lib/aws/sqs.ts';
import { systemClock } from '../../lib/clock.ts';
import { type FirefishConfig, parseRateLimits } from '../../lib/config.ts';
import { eventSchema, type SourceWhaleEvent } from '../../lib/events/event.ts';
import type { StoredEvent } from '../../lib/events/stored-event.ts';
import { readGate } from '../../lib/firefish/gate.ts';
import { Intake } from '../../lib/intake/accept-events.ts';
import type { EventQueue, QueuedPointer } from '../../lib/queue/queue.ts';
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
import type { SystemOptions, SystemUnderTest } from '../model/system.ts';
import { startAws } from '../support/aws.ts';
import { testCipher } from '../support/cipher.ts';

export interface Wire {
  makeSystem(options: SystemOptions): Promise<HistorySystem>;
  close(): Promise<void>;
}

/** Nobody edits records by hand in a history. */
export type HistorySystem = Omit<SystemUnderTest, 'edit'>;

/** Firefish's limits have tests of their own. */
const LIMITS = parseRateLimits('1000000/1s');
/** Short, so that what waits for a call's end does not wait long. */
const CALL_TIMEOUT_MS = 5_000;
const VISIBILITY_SECONDS = 60;
const MESSAGES_AT_ONCE = 10;
/** How long who finds nothing waits before asking again. */
const IDLE_MS = 50;
const RELEASE_MS = 2_000;
/** Nothing that was accepted waits longer than this. */
const PATIENCE_MS = 240_000;

export async function openWire(): Promise<Wire> {
  const aws = await startAws();
  const simulator = new FirefishSimulator({ clock: systemClock, rateLimits: LIMITS, tokenLimits: LIMITS });
  const firefish = await startFirefishSimulator(simulator);
  const [dynamo, sqs] = [makeDynamoClient(), makeSqsClient()];
  const table = new DynamoTable(dynamo, 'sync', systemClock);
  const config: FirefishConfig = {
    FIREFISH_API_URL: firefish.url,
    FIREFISH_RATE_LIMITS: LIMITS,
    FIREFISH_TOKEN_LIMITS: LIMITS,
    EGRESS_ID: 'default',
    FIREFISH_TIMEOUT_MS: CALL_TIMEOUT_MS,
  };
  let count = 0;
  return {
    async makeSystem(options) {
      count += 1;
      const name = `history-${String(count)}`;
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      if (QueueUrl === undefined) throw new Error('the queue has no URL');
      return new WireSystem({ ...{ simulator, table, sqs, config, name }, queueUrl: QueueUrl }, options);
    },
    async close() {
      dynamo.destroy();
      sqs.destroy();
      await Promise.all([firefish.close(), aws.close()]);
    },
  };
}

interface Line {
  simulator: FirefishSimulator;
  table: DynamoTable;
  sqs: SQSClient;
  config: FirefishConfig;
  /** Of the tenant, its agency and its client id. */
  name: string;
  queueUrl: string;
}

class WireSystem implements HistorySystem {
  readonly #line: Line;
  readonly #tenant: Tenant;
  readonly #workers: Worker[];
  readonly #intake: Intake;
  readonly #sweep: () => Promise<unknown>;
  readonly #accepted = new Set<string>();

  constructor(line: Line, { seed, settings, workers, random }: SystemOptions) {
    const { simulator, table, sqs, config, name, queueUrl } = line;
    const clock = systemClock;
    this.#line = line;
    simulator.addProfile({ clientId: name, clientSecret: 'secret', agency: name });
    simulator.seed(name, { ...seed }); // the same shape, less precisely
    this.#tenant = {
      tenantId: name,
      domain: `${name}.firefishsoftware.com`,
      status: 'enabled',
      settings: settingsSchema.parse(settings),
      firefishClientId: name,
      firefishClientSecret: 'secret',
      hash: (value) => createHmac('sha256', 'key').update(value).digest('base64url').slice(0, 22),
    };
    let ids = 0;
    const newId = (): string => `id-${String((ids += 1))}`;
    const queue = new SqsQueue(sqs, queueUrl);
    const shared = {
      ...{ table, queue, deadLetters: queue, clock, cipher: testCipher },
      readGate: (tenantId: string, now: number) => readGate(table, tenantId, now),
    };
    this.#workers = Array.from({ length: workers }, () =>
      createWorker({
        ...{ ...shared, newId, random, callTimeoutMs: CALL_TIMEOUT_MS },
        loadTenant: () => Promise.resolve(this.#tenant),
        firefishOf: firefishClients({ config, table, cipher: testCipher, clock, random, fetch }),
      }),
    );
    const sweeper = createSweeper(shared);
    this.#sweep = () => sweeper.sweep();
    this.#intake = new Intake(table, queue, testCipher, clock, newId);
  }

  async deliver(batch: SourceWhaleEvent[]): Promise<void> {
    const events = batch.map((event) => eventSchema.parse(event));
    for (const { id } of events) this.#accepted.add(id);
    await this.#intake.accept(this.#tenant.tenantId, events);
  }

  async settle(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    let open = [...this.#accepted];
    const refresh = async (): Promise<void> => {
      const keys = open.map((id) => eventKey(this.#tenant.tenantId, id));
      const items = (await this.#line.table.getMany(keys)) as StoredEvent[]; // what is kept under these keys
      open = items.filter(({ state }) => state === 'queued').map(({ sk }) => sk);
    };
    await refresh();
    await Promise.all([
      ...this.#workers.map(async (worker) => {
        while (open.length > 0 && Date.now() < until) {
          if (!(await this.#receive(worker))) await refresh();
        }
      }),
      this.#release(() => open.length > 0 && Date.now() < until),
    ]);
    if (open.length > 0) throw new Error(`never ended: ${open.join(', ')}`);
  }

  async outcome(eventId: string): Promise<{ state: string; reason?: string } | undefined> {
    return (await this.#line.table.get(eventKey(this.#tenant.tenantId, eventId))) as StoredEvent | undefined; // what is kept under this key
  }

  simulatorState(): ReturnType<FirefishSimulator['state']> {
    return this.#line.simulator.state(this.#line.name);
  }

  /** Receives once, works, deletes what was done. Answers false where there was nothing. */
  async #receive(worker: Worker): Promise<boolean> {
    const { sqs, queueUrl } = this.#line;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_AT_ONCE,
        VisibilityTimeout: VISIBILITY_SECONDS,
      }),
    );
    if (Messages.length === 0) {
      await systemClock.sleep(IDLE_MS);
      return false;
    }
    const pointers = Messages.map(({ Body = '' }) => readPointer(Body)).filter((one) => one !== undefined);
    const { failed } = await worker.handle(pointers);
    await Promise.all(
      Messages.map((message, index) => (failed.includes(index) ? undefined : this.#drop(message))),
    );
    return true;
  }

  async #drop({ ReceiptHandle }: Message): Promise<void> {
    const { sqs, queueUrl } = this.#line;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }

  /** What Firefish's shared state makes wait comes back as the sweeper sends it. */
  async #release(isOpen: () => boolean): Promise<void> {
    let due = Date.now() + RELEASE_MS;
    while (isOpen()) {
      await systemClock.sleep(IDLE_MS);
      if (Date.now() < due) continue;
      due = Date.now() + RELEASE_MS;
      await this.#sweep();
    }
  }
}
