import { TIMER } from '../../lib/times.ts';
import type { Sync } from '../../lib/turn/sync.ts';
import type { Harness } from './harness.ts';
import type { VirtualClock } from './virtual-clock.ts';

const hasOpenEvents = ({ memory }: Harness): boolean => memory.all().some(({ state }) => state === 'queued');

/** Nothing that was accepted takes longer in a test without an outage. */
const PATIENCE_MS = 3 * 24 * 3_600_000;

/**
 * Delivers wake-ups until every accepted event has ended, and sweeps each minute. An ended instance answers nothing:
 * its message is visible again after the visibility timeout, for a new instance.
 * @returns how long that took, in milliseconds of the test's clock
 */
export async function drainTurns(
  harness: Harness,
  clock: VirtualClock,
  {
    instance = harness.makeInstance(),
    isDead = () => false,
  }: { instance?: Sync; isDead?: () => boolean } = {},
): Promise<number> {
  const start = clock.now();
  let current = instance;
  let seenDead = false;
  let sweepAt = start + TIMER.sweepEveryMs;
  while (clock.now() - start < PATIENCE_MS) {
    const [message] = harness.queue.visible();
    if (message !== undefined) {
      harness.queue.hide(message);
      const done = await clock.run(current.handle(message.wakeUp, 75_000));
      if (isDead() && !seenDead) {
        seenDead = true;
        current = harness.makeInstance();
      } else if (done === 'done') harness.queue.messages.delete(message);
      continue;
    }
    if (!hasOpenEvents(harness)) return clock.now() - start;
    const next = Math.min(harness.queue.nextAt() ?? Infinity, sweepAt);
    await clock.advance(Math.max(0, next - clock.now()));
    if (clock.now() < sweepAt) continue;
    sweepAt += TIMER.sweepEveryMs;
    await clock.run(harness.sweep.sweep());
  }
  throw new Error('some events never ended');
}
