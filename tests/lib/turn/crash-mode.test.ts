import { expect, test } from '@jest/globals';
import type { StoredEvent } from '../../../lib/events/event-item.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { CrashPoint } from '../../support/crash.ts';
import { oneCall, openStage, T } from './stage.ts';

const update = (candidateId: string) => makeEvent('record.updated', 0, { record: ann({ candidateId }) });

/** A process that ends when the poisoned event is worked on. */
test('an event that ends the process each time fails after three crashes, and does not delay other events for long', async () => {
  const tried: number[] = [];
  let life = new CrashPoint();
  const stage = openStage({
    work: async (context, work, group) => {
      if (group.some(({ item }) => item.pk.endsWith(poison.id))) {
        tried.push(context.clock.now());
        life.die();
      }
      return oneCall(context, work, group);
    },
  });
  const poison = update('sw-5');
  const others = Array.from({ length: 40 }, (_, n) => update(`sw-other-${String(n)}`));
  await stage.clock.run(stage.post([...others.slice(0, 20), poison, ...others.slice(20)]));
  const start = stage.clock.now();
  const ended = async (id: string): Promise<StoredEvent['state'] | undefined> =>
    (await stage.eventOf(id))?.state;
  for (let tries = 0; tries < 40 && (await ended(poison.id)) !== 'failed'; tries += 1) {
    life = new CrashPoint();
    const instance = stage.makeInstance({
      table: life.table(stage.table),
      wakeUps: life.wakeUps(stage.queue),
    });
    await stage.clock.run(instance.handle({ tenantId: T }, 75_000));
    if (tries === 2) for (const { id } of others) expect(await ended(id)).toBe('synced');
    await stage.clock.advance(90_000);
  }
  expect(await stage.eventOf(poison.id)).toMatchObject({
    state: 'failed',
    reason: 'crashed',
  });
  expect(tried).toHaveLength(3);
  // The third try came after ten minutes.
  expect(tried[2]! - tried[1]!).toBeGreaterThanOrEqual(600_000);
  expect(tried[1]! - start).toBeLessThan(200_000);
});
