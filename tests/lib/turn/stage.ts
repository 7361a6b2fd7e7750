/**
 * A turn without people or Firefish: with the test's handlers, a Firefish that only takes time, and table and queue in
 * memory. Everything runs in virtual time.
 */
import type { TenantId, EventId } from '../../../lib/ids.ts';
import type { StoredEvent } from '../../../lib/events/event-item.ts';
import { eventOf, type SourceWhaleEvent } from '../../support/former-event.ts';
import type { Work } from '../../../lib/events/urgency.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import { createIntake } from '../../../lib/intake/accept-batch.ts';
import type { WakeUps } from '../../../lib/queue/wake-ups.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { eventItemKey } from '../../../lib/store/sync-keys.ts';
import type { Table } from '../../../lib/store/table.ts';
import { settingsSchema } from '../../../lib/tenants/settings.ts';
import type { Tenant } from '../../../lib/tenants/tenant.ts';
import type { WorkReport } from '../../../lib/turn/report-work.ts';
import { createSweep } from '../../../lib/turn/sweep.ts';
import { createSync, type Sync } from '../../../lib/turn/sync.ts';
import type { SyncDeps } from '../../../lib/turn/turn.ts';
import type { TenantFirefishDeps, TenantWait } from '../../../lib/firefish/tenant-firefish.ts';
import type {
  EventHandler,
  EventHandlers,
  GroupResult,
  Loaded,
  TurnContext,
} from '../../../lib/turn/turn-context.ts';
import { MemoryQueue, plainCipher } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { MemoryDocumentFiles } from '../../support/memory-document-files.ts';

export const T = 'tenant-1' as TenantId;

export interface Call {
  from: number;
  to: number;
  /** Which opening of Firefish made it: one for each turn. */
  turn: number;
}

/** Calls that pass the turn's guard and take some time. */
export class SlowFirefish {
  readonly calls: Call[] = [];
  readonly openings: TenantFirefishDeps[] = [];
  waits: (urgency: number) => TenantWait | undefined = () => undefined;
  callMs = 100;

  readonly open: SyncDeps['openFirefish'] = (deps) => {
    const turn = this.openings.push(deps);
    const inFlight = new Set<Promise<void>>();
    let isOver = false;
    const call = async (): Promise<never[]> => {
      if (!isOver) deps.mayLeave();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      inFlight.add(promise);
      const record = { from: deps.clock.now(), to: Infinity, turn };
      this.calls.push(record);
      await deps.clock.sleep(this.callMs);
      record.to = deps.clock.now();
      inFlight.delete(promise);
      resolve(undefined);
      return [];
    };
    return {
      // The handlers of these tests only search.
      for: (_work: Work) => ({ searchByEmail: call }) as unknown as Firefish,
      memory: () => ({}),
      waiting: (urgency) => this.waits(urgency),
      others: () => undefined,
      missingScopes: () => [],
      end: async () => {
        isOver = true;
        await Promise.all(inFlight);
      },
    };
  };
}

type WorkOn = (context: TurnContext, work: Work, group: readonly Loaded[]) => Promise<GroupResult>;

/** One call for each group, then each event has ended. */
export const oneCall: WorkOn = async (context, work, group) => {
  await context.firefish(work).searchByEmail('candidate', 'x');
  for (const { item } of group) await context.finish(item, { state: 'synced', actions: [], notes: [] });
  return { kind: 'ended' };
};

/** Events of one `candidateId` are one group. */
export function handlersOf(work: WorkOn, rest: Partial<EventHandler> = {}): EventHandlers {
  const handler: EventHandler = {
    callsFirefish: true,
    names: (_tenant, event) =>
      'record' in event && 'candidateId' in event.record ? [`id:${event.record.candidateId}`] : [],
    work,
    ...rest,
  };
  const internal: EventHandler = { ...handler, callsFirefish: false };
  // Whatever the type of the event, the handler is one of these two.
  return new Proxy({} as EventHandlers, {
    get: (_, type) => (String(type).startsWith('internal.') ? internal : handler),
  });
}

export interface StageOptions {
  work?: WorkOn;
  handlers?: EventHandlers;
  clock?: VirtualClock;
}

export function openStage({
  work = oneCall,
  handlers = handlersOf(work),
  clock = new VirtualClock(),
}: StageOptions = {}) {
  const table = new MemoryTable(clock);
  const queue = new MemoryQueue(clock);
  const firefish = new SlowFirefish();
  const reports: WorkReport[] = [];
  const endedAt = new Map<string, number>();
  let ids = 0;
  const newId = (): string => `id-${String((ids += 1)).padStart(6, '0')}`;
  const tenant: Tenant = {
    tenantId: T,
    domain: 'acme.firefishsoftware.com',
    status: 'enabled',
    settings: settingsSchema.parse({}),
    firefishClientId: 'ff-1',
    firefishClientSecret: 's',
    firefishGivenAt: 1,
    hash: (value) => value,
  };
  const deps: SyncDeps = {
    ...{ table, clock, newId, handlers, cipher: plainCipher, wakeUps: queue },
    documents: new MemoryDocumentFiles(),
    loadTenant: () => Promise.resolve({ ...tenant }),
    config: {
      FIREFISH_API_URL: 'https://firefish.test',
      FIREFISH_RATE_LIMITS: [],
      FIREFISH_TOKEN_LIMITS: [],
      EGRESS_ID: 'default',
      FIREFISH_TIMEOUT_MS: 20_000,
    },
    fetch: () => Promise.reject(new Error('nothing leaves in these tests')),
    openFirefish: firefish.open,
    onEnded: ({ eventId, at }) => endedAt.set(eventId, at),
    onWork: (report) => reports.push(report),
  };
  const makeInstance = (change: Partial<SyncDeps> = {}): Sync => createSync({ ...deps, ...change });
  const intakeOf = (own: Table = table, wakeUps: WakeUps = queue): ReturnType<typeof createIntake> =>
    createIntake({ ...{ table: own, wakeUps, clock, newId }, cipher: plainCipher });
  return {
    ...{ clock, table, queue, firefish, reports, endedAt, tenant, deps, makeInstance, intakeOf },
    sweep: createSweep({ table, wakeUps: queue, clock }),
    post: (events: readonly SourceWhaleEvent[]) =>
      intakeOf().accept(
        T,
        events.map((event) => ({ event: eventOf(event) })),
      ),
    eventOf: async (id: string) =>
      (await table.get(eventItemKey(T, id as EventId))) as StoredEvent | undefined, // stored so
  };
}

export type Stage = ReturnType<typeof openStage>;

/** Delivers wake-ups, at most this many at once, and sweeps each minute, until `milliseconds` have passed. */
export async function live(
  { clock, queue, sweep, makeInstance }: Stage,
  milliseconds: number,
  instance: Sync = makeInstance(),
): Promise<void> {
  const end = clock.now() + milliseconds;
  const poll = async (): Promise<void> => {
    while (clock.now() < end) {
      const [message] = queue.visible();
      if (message === undefined) await clock.sleep(100);
      else {
        queue.hide(message);
        void instance.handle(message.wakeUp, 75_000).then((done) => {
          if (done === 'done') queue.messages.delete(message);
        });
      }
    }
  };
  const sweepEachMinute = async (): Promise<void> => {
    while (clock.now() < end) {
      await clock.sleep(60_000 - (clock.now() % 60_000));
      await sweep.sweep().catch(() => undefined);
    }
  };
  void poll();
  void sweepEachMinute();
  await clock.advance(milliseconds);
}
