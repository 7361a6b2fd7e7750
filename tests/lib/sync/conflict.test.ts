import { expect, test } from '@jest/globals';
import { ann, say } from '../../model/cases/case.ts';
import { drain } from '../../support/drain.ts';
import { AGENCY } from '../../support/in-process.ts';
import { openStage } from '../../support/stage.ts';

test.each(['POST /candidates', 'PATCH /candidates/{ref}'])(
  'a conflict (409) of %s is matched anew, and no event is parked for it',
  async (endpoint) => {
    const { system, clock } = await openStage();
    system.simulator.faults.add({ kind: 'status', status: 409, endpoint, times: 1 });

    await system.receive([say('e1', 1, 'record.created', ann({ role: 'Tester' }))]);
    await drain(system, clock);
    await system.receive([say('e2', 2, 'record.updated', ann({ role: 'Lead' }))]);
    await drain(system, clock);

    expect((await system.outcome('e1'))?.state).toBe('synced');
    expect((await system.outcome('e2'))?.state).toBe('synced');
    expect(system.simulator.state(AGENCY).candidates).toMatchObject([{ JobTitle: 'Lead' }]);
  },
);
