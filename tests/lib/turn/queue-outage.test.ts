/**
 * The queue is down while events arrive, or the table's answer is lost: a wake-up that is known to be unsent is due at
 * once.
 */
import { expect, test } from '@jest/globals';
import type { WakeUps } from '../../../lib/queue/wake-ups.ts';
import { createSweep } from '../../../lib/turn/sweep.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { eventOf } from '../../support/former-event.ts';
import { Passage } from '../../support/passage.ts';
import { live, openStage, T } from './stage.ts';

const OUTAGE_MS = 15_000;

// The instants around a full minute, at which the sweep runs.
test.each([0, 20_000, 44_000, 46_000, 59_000])(
  'five events that arrive in a queue outage of 15 s, which begins %i ms after a sweep, end within 60 s after it',
  async (beginsAt) => {
    const stage = openStage();
    await stage.clock.advance(60_000 - (stage.clock.now() % 60_000) + beginsAt);
    const end = stage.clock.now() + OUTAGE_MS;
    const wakeUps: WakeUps = {
      send: (some) =>
        stage.clock.now() < end ? stage.clock.sleep(1_000).then(() => [...some]) : stage.queue.send(some),
    };
    stage.sweep = createSweep({ table: stage.table, wakeUps, clock: stage.clock });
    const intake = stage.intakeOf(stage.table, wakeUps);
    const events = Array.from({ length: 5 }, (_, n) =>
      makeEvent('record.updated', n, { record: ann({ candidateId: `sw-${String(n)}` }) }),
    );
    const sent = (async () => {
      for (const event of events) {
        await intake.accept(T, [{ event: eventOf(event) }]);
        await stage.clock.sleep(1_000);
      }
    })();
    await live(stage, OUTAGE_MS + 70_000, stage.makeInstance({ wakeUps }));
    await sent;
    const last = Math.max(...events.map(({ id }) => stage.endedAt.get(id) ?? Infinity));
    expect(last).toBeLessThanOrEqual(end + 60_000);
  },
);

/** Loses the answer to the first write of the turn's record: it took effect. */
class LostLease extends Passage {
  writes = 0;
  override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
    const answer = await call();
    if (name === 'put turn turn' && (this.writes += 1) === 1) throw new Error('socket hang up');
    return answer;
  }
}

test('a lease that was taken although the answer was lost costs no time', async () => {
  const stage = openStage();
  const lost = new LostLease();
  const event = makeEvent('record.updated', 1, { record: ann() });
  await stage.clock.run(stage.post([event]));
  const start = stage.clock.now();
  await live(stage, 10_000, stage.makeInstance({ table: lost.table(stage.table) }));
  expect(lost.writes).toBeGreaterThan(1);
  expect((stage.endedAt.get(event.id) ?? Infinity) - start).toBeLessThan(1_000);
});
