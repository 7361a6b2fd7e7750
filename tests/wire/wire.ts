/**
 * The system over the wire: real SDK clients, the embedded SQS and DynamoDB, the Firefish simulator behind HTTP. Opened
 * once, with workers and a sweeper for all histories: each history has its own tenant and agency.
 */
import type { TenantId, EventId } from '../../lib/ids.ts';
import { createHmac } from 'node:crypto';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { makeDynamoClient } from '../../lib/aws/dynamodb.ts';
import { makeSqsClient } from '../../lib/aws/sqs.ts';
import { systemClock } from '../../lib/clock.ts';
import { type FirefishConfig, parseRateLimits } from '../../lib/config.ts';
import { eventOf, type SourceWhaleEvent } from '../support/former-event.ts';
import type { StoredEvent } from '../../lib/events/event-item.ts';
import { createTenantFirefish } from '../../lib/firefish/tenant-firefish.ts';
import { createIntake, type Intake } from '../../lib/intake/accept-batch.ts';
import { readWakeUp } from '../../lib/queue/read-wake-up.ts';
import { SqsWakeUps } from '../../lib/queue/sqs-wake-ups.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { eventItemKey } from '../../lib/store/sync-keys.ts';
import { settingsSchema } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { EVENT_HANDLERS } from '../../lib/event-handlers.ts';
import { createSweep } from '../../lib/turn/sweep.ts';
import { createSync, type Sync } from '../../lib/turn/sync.ts';
import { startFirefishSimulator } from '../../local/firefish-simulator/server.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import type { HistorySystem } from '../model/run-history.ts';
import type { SystemOptions } from '../model/system.ts';
import { startAws } from '../support/aws.ts';
import { testCipher } from '../support/cipher.ts';
import { MemoryDocumentFiles } from '../support/memory-document-files.ts';

export interface Wire {
  makeSystem(options: SystemOptions): Promise<HistorySystem>;
  close(): Promise<void>;
}

/** Firefish's limits have their own tests. */
const LIMITS = parseRateLimits('1000000/1s');
/** Short, so that what waits for a call's end does not wait long. */
const CALL_TIMEOUT_MS = 5_000;
const WORKERS = 12;
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
  const wakeUps = new SqsWakeUps(sqs, aws.eventsQueueUrl);
  const tenants = new Map<string, Tenant>();
  let ids = 0;
  const shared = {
    ...{ table, wakeUps, clock: systemClock, cipher: testCipher },
    newId: () => `id-${String((ids += 1)).padStart(8, '0')}`,
  };
  // Each instance shares what is in the table, and nothing else.
  const makeInstance = (): Sync =>
    createSync({
      documents: new MemoryDocumentFiles(),
      ...{ ...shared, random, config, fetch, handlers: EVENT_HANDLERS, openFirefish: createTenantFirefish },
      loadTenant: (tenantId) => Promise.resolve(tenants.get(tenantId)),
    });

  let open = true;
  const drop = async ({ ReceiptHandle }: Message): Promise<void> => {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: aws.eventsQueueUrl, ReceiptHandle }));
  };
  const receive = new ReceiveMessageCommand({
    ...{ QueueUrl: aws.eventsQueueUrl, MaxNumberOfMessages: 1 },
    VisibilityTimeout: VISIBILITY_SECONDS,
  });
  const poll = async (instance: Sync): Promise<void> => {
    while (open) {
      const { Messages: [message] = [] } = await patiently(() => sqs.send(receive));
      const wakeUp = message === undefined ? undefined : readWakeUp(message.Body ?? '');
      if (message === undefined || wakeUp === undefined) await systemClock.sleep(IDLE_MS);
      else if ((await instance.handle(wakeUp, 75_000)) === 'done') await patiently(() => drop(message));
    }
  };
  const sweeper = createSweep(shared);
  const sweep = async (): Promise<void> => {
    while (open) {
      await patiently(() => sweeper.sweep());
      await systemClock.sleep(SWEEP_MS);
    }
  };
  const running = Promise.all([sweep(), ...Array.from({ length: WORKERS }, () => poll(makeInstance()))]);

  return {
    makeSystem({ seed, settings }) {
      const tenant = tenantOf(`history-${String(tenants.size + 1)}` as TenantId, settings);
      const { tenantId } = tenant;
      tenants.set(tenantId, tenant);
      simulator.addProfile({ clientId: tenantId, clientSecret: 'secret', agency: tenantId });
      simulator.seed(tenantId, { ...seed }); // the same shape, less precisely
      return Promise.resolve(
        new TenantSystem(table, tenantId, createIntake(shared), () => simulator.state(tenantId), running),
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

/** On a busy machine an embedded service can answer too late for the SDK's time limit; then the call is repeated. */
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

function tenantOf(tenantId: TenantId, settings: SystemOptions['settings']): Tenant {
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

/** The system as one history sees it. */
class TenantSystem implements HistorySystem {
  readonly #table: DynamoTable;
  readonly #tenantId: TenantId;
  readonly #intake: Intake;
  readonly #running: Promise<unknown>;
  readonly simulatorState: HistorySystem['simulatorState'];
  readonly #accepted = new Set<string>();

  /** @param running ends if a worker or the sweeper fails */
  constructor(
    table: DynamoTable,
    tenantId: TenantId,
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
    const events = batch.map((event) => eventOf(event));
    for (const { id } of events) this.#accepted.add(id);
    // SourceWhale sends again what was not stored; repeats of stored events do nothing.
    await patiently(async () => {
      const incoming = events.map((event) => ({ event }));
      const { results } = await this.#intake.accept(this.#tenantId, incoming);
      if (results.includes('retry')) throw new Error('not all was stored');
    });
  }

  async settle(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const keys = [...this.#accepted].map((id) => eventItemKey(this.#tenantId, id as EventId));
      const items = (await patiently(() => this.#table.getMany(keys))) as StoredEvent[]; // what is kept under these keys
      const open = items.filter(({ state }) => state === 'queued').map(({ pk }) => pk);
      if (open.length === 0) return;
      if (Date.now() > until) throw new Error(`never ended: ${open.join(', ')}`);
      await Promise.race([systemClock.sleep(IDLE_MS), this.#running]);
    }
  }

  async outcome(eventId: string): Promise<StoredEvent | undefined> {
    const item = await patiently(() => this.#table.get(eventItemKey(this.#tenantId, eventId as EventId)));
    return item as StoredEvent | undefined; // what is kept under this key
  }
}
