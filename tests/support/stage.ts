/** A stage for races and crashes: the system in one process, its administration, and hands that can be held up. */
import { runVerb } from '../../lib/admin/run-verb.ts';
import { Intake } from '../../lib/intake/accept-events.ts';
import { MemoryTable } from '../../lib/store/memory-table.ts';
import { readGate } from '../../lib/firefish/gate.ts';
import { createSweeper, type Sweeper } from '../../lib/sync/sweeper.ts';
import type { SourceWhaleEvent } from '../../lib/events/event.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import { tenantLoader } from '../../lib/tenants/load-tenant.ts';
import { TenantStore } from '../../lib/tenants/tenant-store.ts';
import { makeAdmin } from './admin.ts';
import { AGENCY, CLIENT_SECRET, inProcess, plainCipher } from './in-process.ts';
import type { Passage } from './passage.ts';
import { VirtualClock } from './virtual-clock.ts';
import { seedOf } from '../model/cases/case.ts';
import type { Seed } from '../model/ideal.ts';

export const DOMAIN = 'acme.firefishsoftware.com';

/** What somebody acts with; where they can be held up, or die, through a passage. */
export interface Hands {
  /** Works on the next messages of the queue, as many as there are; what it answers as failed comes back. */
  work: () => Promise<void>;
  /** An administrative verb. */
  admin: (payload: Record<string, unknown>) => Promise<unknown>;
  /** The door: stores and queues. */
  receive: (events: readonly SourceWhaleEvent[]) => Promise<void>;
  sweeper: Sweeper;
  /** Lets time pass. */
  wait: (milliseconds: number) => Promise<void>;
}

export interface StageOptions {
  seed?: Partial<Seed>;
  settings?: Partial<Settings>;
}

export interface Stage {
  clock: VirtualClock;
  system: ReturnType<typeof inProcess>;
  /** @param passage what these hands do passes through it */
  hands(passage?: Passage, network?: (request: Request) => Promise<Response>): Hands;
}

const MESSAGES_AT_ONCE = 10;
const UNFINISHED_MS = 360_000;

export async function openStage({ seed, settings }: StageOptions = {}): Promise<Stage> {
  const clock = new VirtualClock();
  const [credentials, sync, audit] = [new MemoryTable(clock), new MemoryTable(clock), new MemoryTable(clock)];
  const admin = makeAdmin({ credentials, sync, audit }, plainCipher, clock);
  // The same ids and hashes each time, so that a race can be run again.
  admin.services.random = (size) => Buffer.alloc(size, 7);
  const issued = await admin.enable(DOMAIN, {
    firefishClientSecret: CLIENT_SECRET,
    ...(settings === undefined ? {} : { settings }),
  });
  const tenant = await admin.services.loadTenant(issued.tenantId);
  if (tenant === undefined) throw new Error('the tenant that was just enabled is not there');
  // Workers are instances of their own: they see a change of the tenant when their cache has run out.
  const loadTenant = tenantLoader(new TenantStore(credentials, clock), plainCipher);
  let passage: Passage | undefined;
  let network: ((request: Request) => Promise<Response>) | undefined;
  const system = inProcess({
    ...{ clock, tenant, loadTenant, table: sync, random: () => 0.5 },
    wrap: () => passage,
    network: () => network,
  });
  system.simulator.seed(AGENCY, { ...seedOf(seed) }); // the same shape, less precisely

  const hands = (held?: Passage, line?: (request: Request) => Promise<Response>): Hands => {
    [passage, network] = [held, line];
    const worker = system.makeWorker();
    [passage, network] = [undefined, undefined];
    const table = held?.table(sync) ?? sync;
    const queue = held?.queue(system.queue) ?? system.queue;
    const services = { ...admin.services, sync: table, queue };
    let ids = 0;
    return {
      async work() {
        const messages = system.queue.take(MESSAGES_AT_ONCE);
        const { failed } = await worker.handle(messages);
        const again = failed.flatMap((position) => messages[position] ?? []);
        await system.queue.send(
          again.map(({ visibleAt: _, ...pointer }) => ({ ...pointer, delaySeconds: UNFINISHED_MS / 1000 })),
        );
      },
      admin: (payload) =>
        runVerb(
          services,
          { domain: DOMAIN, ...payload },
          {
            by: 'a race',
            requestId: `request-${String((ids += 1))}`,
          },
        ),
      async receive(events) {
        const intake = new Intake(table, queue, plainCipher, clock, () => `batch-${String((ids += 1))}`);
        await intake.accept(tenant.tenantId, events);
      },
      wait: (milliseconds) => clock.sleep(milliseconds),
      sweeper: createSweeper({
        ...{ table, queue, deadLetters: system.deadLetters, clock },
        readGate: (tenantId, now) => readGate(table, tenantId, now),
      }),
    };
  };
  return { clock, system, hands };
}
