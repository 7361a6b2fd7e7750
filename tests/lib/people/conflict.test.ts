import { expect, test } from '@jest/globals';
import { ann, say, seededCandidate } from '../../model/cases/case.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test.each(['POST /candidates', 'PATCH /candidates/{ref}'])(
  'after a conflict (409) in %s the person is matched again, and no event fails',
  async (endpoint) => {
    const clock = new VirtualClock();
    const system = openHarness({ clock });
    system.simulator.faults.add({ kind: 'status', status: 409, endpoint, times: 1 });

    await system.receive([say('e1', 1, 'record.created', ann({ role: 'Tester' }))]);
    await drainTurns(system, clock);
    await system.receive([say('e2', 2, 'record.updated', ann({ role: 'Lead' }))]);
    await drainTurns(system, clock);

    expect((await system.outcome('e1'))?.state).toBe('synced');
    expect((await system.outcome('e2'))?.state).toBe('synced');
    expect(system.simulator.state(AGENCY).candidates).toMatchObject([{ JobTitle: 'Lead' }]);
  },
);

test('of two people who have one record one writes a field that only a blank may take', async () => {
  const clock = new VirtualClock();
  const settings = { updatePolicy: { default: 'ifBlank' as const, fields: {} } };
  const system = openHarness({ clock, settings });
  system.simulator.seed(AGENCY, { candidates: [seededCandidate(101, 'ann@x.example; alt@x.example')] });
  const second = { candidateId: 'sw_2', emails: ['alt@x.example'] };
  const push = async (...events: Parameters<typeof system.receive>[0]): Promise<void> => {
    await clock.run(system.receive(events));
    await drainTurns(system, clock);
  };
  await push(say('e1', 1, 'record.updated', ann()));
  await push(say('e2', 2, 'record.updated', ann(second)));
  const before = system.simulator.calls().length;

  await push(
    say('e3', 3, 'record.updated', ann({ role: 'Lead' })),
    say('e4', 4, 'record.updated', ann({ ...second, role: 'Head' })),
  );

  const patches = system.simulator.calls().slice(before);
  expect(patches.filter(({ endpoint }) => endpoint.startsWith('PATCH'))).toHaveLength(1);
  const [record] = system.simulator.state(AGENCY).candidates;
  expect(['Lead', 'Head']).toContain(record?.['JobTitle']);
});
