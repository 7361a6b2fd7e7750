import { expect, test } from '@jest/globals';
import { ann, say } from '../../model/cases/case.ts';
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
