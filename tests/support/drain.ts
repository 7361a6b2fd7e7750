import { openEventsPartition } from '../../lib/store/keys.ts';
import type { inProcess } from './in-process.ts';
import type { VirtualClock } from './virtual-clock.ts';

type System = ReturnType<typeof inProcess>;

/** How long a message that a dead worker held stays invisible: SQS's visibility timeout. */
const VISIBILITY_MS = 360_000;

/** How often the sweeper looks after what waits. */
const SWEEP_MS = 2_000;

async function hasOpenEvents({ table, tenant }: System): Promise<boolean> {
  const { items } = await table.query({ pk: openEventsPartition(tenant.tenantId), index: true, limit: 1 });
  return items.length > 0;
}

/**
 * Delivers until nothing is left, moving the clock to the next message. A worker that answers `failed`, or is
 * dead, has its messages delivered again, to a worker made anew.
 */
export async function drain(
  system: System,
  clock: VirtualClock,
  {
    worker = system.makeWorker(),
    isDead = () => false,
  }: { worker?: ReturnType<System['makeWorker']>; isDead?: () => boolean } = {},
): Promise<void> {
  let current = worker;
  let seenDead = false;
  for (let turn = 0; turn < 500; turn += 1) {
    const next = system.queue.nextAt();
    if (next === undefined) {
      if ((await system.sweeper.sweep()) > 0) continue;
      if (!(await hasOpenEvents(system))) return;
      // Parked, or its message is lost: the sweeper looks again in a moment.
      await clock.advance(SWEEP_MS);
      continue;
    }
    if (next > clock.now()) await clock.advance(next - clock.now());
    const messages = system.queue.take(10);
    const { failed } = await clock
      .run(current.handle(messages))
      .catch(() => ({ failed: messages.map((_, index) => index) }));
    const again = isDead() && !seenDead ? messages : failed.map((index) => messages[index]!);
    if (again.length > 0)
      await system.queue.send(
        again.map(({ visibleAt: _, ...pointer }) => ({ ...pointer, delaySeconds: VISIBILITY_MS / 1000 })),
      );
    if (isDead() && !seenDead) {
      seenDead = true;
      current = system.makeWorker();
    }
  }
  throw new Error('the queue does not come to rest');
}
