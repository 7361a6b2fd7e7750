/** A case about companies that holds only for one order of arrival, so it is not among the hand-made cases. */
import { expect, test } from '@jest/globals';
import { company, seedOf } from './cases/case.ts';
import { makeInProcessSystem } from './system.ts';
import { chanceOf } from './turns.ts';

test('events about one company in one batch find it by the first name, and rename it', async () => {
  const seed = seedOf({ companies: [{ Ref: 301, CreatedDaysAgo: 400, Name: 'Acme  Ltd' }] });
  const system = await makeInProcessSystem({ seed, settings: {}, workers: 1, random: chanceOf(7) });

  await system.deliver([
    company('e2', 2, 'company.updated', { id: 'c1', name: 'Nova' }),
    company('e1', 1, 'company.created', { id: 'c1', name: ' acme ltd' }),
  ]);
  await system.settle();

  expect(system.simulatorState().companies).toEqual([expect.objectContaining({ Ref: 301, Name: 'Nova' })]);
});
