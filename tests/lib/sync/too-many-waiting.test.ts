/** What waits for a person who is not in Firefish, when it is more than their item can name. */
import { expect, test } from '@jest/globals';
import { MOST_WAITING } from '../../../lib/sync/plan-outcomes.ts';
import { drain } from '../../support/drain.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, inProcess } from '../../support/in-process.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('more events than can wait for a person fail and are seen; the person and their opt-out come all the same', async () => {
  const clock = new VirtualClock();
  const system = inProcess({ clock, random: () => 0.5 });
  const MORE = 20;
  const notes = Array.from({ length: MOST_WAITING + MORE }, (_, n) => {
    const event = makeEvent('note.added', 10, {
      record: ann(),
      note: { id: `n${String(n)}`, text: 'Called', channel: 'call' },
    });
    // As long as an id may be.
    return { ...event, id: event.id.padEnd(128, 'x') };
  });
  for (let n = 0; n < notes.length; n += 260) {
    await system.receive(notes.slice(n, n + 260));
    await drain(system, clock);
  }
  const ends = await Promise.all(notes.map(async ({ id }) => (await system.outcome(id))!));
  const failed = ends.filter(({ state }) => state === 'failed');
  expect(failed.map(({ reason }) => reason)).toEqual(
    Array.from({ length: MORE }, () => 'too many events wait for this person'),
  );
  expect(ends.filter(({ state }) => state === 'skipped')).toHaveLength(MOST_WAITING);
  const out = makeEvent('marketing.opted_out', 11, { record: ann(), marketing: {} });
  const created = makeEvent('record.created', 0, { record: ann() });
  await system.receive([out]);
  await drain(system, clock);
  // An item of DynamoDB holds 400 kB.
  expect(Math.max(...system.table.all().map((item) => JSON.stringify(item).length))).toBeLessThan(350_000);
  expect(await system.outcome(out.id)).toMatchObject({ state: 'skipped', reason: 'not-in-firefish' });
  await system.receive([created]);
  await drain(system, clock);
  expect(await system.outcome(created.id)).toMatchObject({ state: 'synced' });
  const { candidates } = system.simulator.state(AGENCY);
  expect(candidates).toMatchObject([{ EmailMarketing: false }]);
});
