/**
 * The system in one process: real intake, turn, sweep and Firefish client; table and queue in memory, the Firefish
 * simulator behind `fetch`. Tests control only the clock, randomness and faults.
 */
import type { TenantId, EventId } from '../../lib/ids.ts';
import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { parseRateLimits, type FirefishConfig } from '../../lib/config.ts';
import { type Cipher, DecryptionError } from '../../lib/crypto/cipher.ts';
import { eventOf, type SourceWhaleEvent } from './former-event.ts';
import type { StoredEvent } from '../../lib/events/event-item.ts';
import { createTenantFirefish } from '../../lib/firefish/tenant-firefish.ts';
import { createIntake } from '../../lib/intake/accept-batch.ts';
import { createPreview } from '../../lib/preview/preview-events.ts';
import type { WakeUp, WakeUps } from '../../lib/queue/wake-ups.ts';
import { MemoryTable } from './memory-table.ts';
import { eventItemKey } from '../../lib/store/sync-keys.ts';
import type { Table } from '../../lib/store/table.ts';
import { type Settings, settingsSchema } from '../../lib/tenants/settings.ts';
import type { Tenant } from '../../lib/tenants/tenant.ts';
import { EVENT_HANDLERS } from '../../lib/event-handlers.ts';
import { createSweep } from '../../lib/turn/sweep.ts';
import { createSync, type Sync } from '../../lib/turn/sync.ts';
import type { WorkReport } from '../../lib/turn/report-work.ts';
import { QUEUE } from '../../lib/times.ts';
import { FirefishSimulator } from '../../local/firefish-simulator/simulator.ts';
import type { Passage } from './passage.ts';
import { MemoryDocumentFiles } from './memory-document-files.ts';

export const TENANT_ID = 'tenant-1' as TenantId;
export const AGENCY = 'agency';
export const CLIENT_SECRET = 's';
const UNLIMITED = '1000000/1s';

/** Marks what it "encrypts", so that plaintext in a table is noticed. */
export const plainCipher: Cipher = {
  encrypt: (plaintext, { tenantId }) =>
    Promise.resolve(new TextEncoder().encode(`${tenantId}\n${plaintext}`)),
  decrypt: (ciphertext, { tenantId }) => {
    const text = new TextDecoder().decode(ciphertext);
    return text.startsWith(`${tenantId}\n`)
      ? Promise.resolve(text.slice(tenantId.length + 1))
      : Promise.reject(new DecryptionError('of another tenant'));
  },
  isCurrent: () => Promise.resolve(true),
};

export interface Message {
  wakeUp: WakeUp;
  visibleAt: number;
}

/** A standard queue: at least once, in no order. */
export class MemoryQueue implements WakeUps {
  readonly messages = new Set<Message>();
  sent = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send(wakeUps: readonly WakeUp[]): Promise<WakeUp[]> {
    for (const { delaySeconds = 0, tenantId } of wakeUps) {
      this.sent += 1;
      this.messages.add({ wakeUp: { tenantId }, visibleAt: this.#clock.now() + delaySeconds * 1000 });
    }
    return Promise.resolve([]);
  }

  visible(): Message[] {
    return [...this.messages].filter(({ visibleAt }) => visibleAt <= this.#clock.now());
  }

  /** Hides a message until the visibility timeout is over. */
  hide(message: Message, milliseconds = QUEUE.visibilityTimeoutSeconds * 1000): void {
    message.visibleAt = this.#clock.now() + milliseconds;
  }

  /** When the next message is visible; `undefined` if there is none. */
  nextAt(): number | undefined {
    const times = [...this.messages].map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

export interface HarnessOptions {
  clock: Clock;
  settings?: Partial<Settings>;
  rateLimits?: string;
  tokenLimits?: string;
  callTimeoutMs?: number;
  /** The sync table, if others use it as well. */
  table?: MemoryTable;
  /** A wrapper for every use of the table, such as latency. */
  wrapTable?: (table: Table) => Table;
  /** Default: a tenant that is always enabled; `loadTenant` can return another state. */
  tenant?: Tenant;
  loadTenant?: (tenantId: TenantId) => Promise<Tenant | undefined>;
  simulator?: FirefishSimulator;
  /** Default: one that leaves everything readable. */
  cipher?: Cipher;
  /** The queue for wake-ups; default a queue in memory that tests deliver from. */
  wakeUps?: WakeUps;
  /** A wrapper between the system and Firefish. */
  network?: (request: Request) => Promise<Response>;
}

export interface InstanceOptions {
  /** Every call of this instance to its ports passes it. */
  passage?: Passage | undefined;
  /** This instance's clock, if it differs from the others'. */
  clock?: Clock;
}

export type Harness = ReturnType<typeof openHarness>;

export function openHarness(options: HarnessOptions) {
  const { clock } = options;
  const cipher = options.cipher ?? plainCipher;
  const rateLimits = parseRateLimits(options.rateLimits ?? UNLIMITED);
  const tokenLimits = parseRateLimits(options.tokenLimits ?? UNLIMITED);
  const simulator = options.simulator ?? new FirefishSimulator({ clock, rateLimits, tokenLimits });
  if (options.simulator === undefined)
    simulator.addProfile({ clientId: 'ff-1', clientSecret: CLIENT_SECRET, agency: AGENCY });
  const memory = options.table ?? new MemoryTable(clock);
  const table: Table = options.wrapTable?.(memory) ?? memory;
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
  const documents = new MemoryDocumentFiles();
  const queue = new MemoryQueue(clock);
  const wakeUps: WakeUps = options.wakeUps ?? queue;
  const reports: WorkReport[] = [];
  let ids = 0;
  const newId = (): string => `id-${String((ids += 1)).padStart(8, '0')}`;
  const answer = options.network ?? ((request: Request) => simulator.handle(request));
  const loadTenant = options.loadTenant ?? (() => Promise.resolve(tenant));

  const makeInstance = ({ passage, clock: own = clock }: InstanceOptions = {}): Sync =>
    createSync({
      ...{ cipher, clock: own, newId, loadTenant, config, handlers: EVENT_HANDLERS },
      table: passage?.table(table) ?? table,
      documents: passage?.documents(documents) ?? documents,
      wakeUps: passage?.wakeUps(wakeUps) ?? wakeUps,
      fetch: (input, init) => answer(new Request(input, init)),
      openFirefish: (deps) => {
        const firefish = createTenantFirefish(deps);
        if (passage === undefined) return firefish;
        return {
          for: (work) => passage.firefish(firefish.for(work)),
          memory: () => firefish.memory(),
          waiting: (urgency) => firefish.waiting(urgency),
          others: (announced) => {
            firefish.others(announced);
          },
          missingScopes: () => firefish.missingScopes(),
          end: () => firefish.end(),
        };
      },
      onWork: (report) => reports.push(report),
    });
  const preview = createPreview({
    ...{ table, cipher, clock, config },
    fetch: (input, init) => answer(new Request(input, init)),
  });
  const sweep = createSweep({ table, wakeUps, clock });
  const intake = createIntake({ table, wakeUps, cipher, clock, newId });
  return {
    ...{
      simulator,
      memory,
      documents,
      table,
      tenant,
      queue,
      sweep,
      intake,
      preview,
      reports,
      makeInstance,
      loadTenant,
      config,
      newId,
    },
    async receive(events: readonly SourceWhaleEvent[]): Promise<void> {
      await intake.accept(
        tenant.tenantId,
        events.map((event) => ({ event: eventOf(event) })),
      );
    },
    async outcome(eventId: string): Promise<StoredEvent | undefined> {
      return (await memory.get(eventItemKey(tenant.tenantId, eventId as EventId))) as StoredEvent | undefined; // what is kept under this key
    },
  };
}
