import { expect, test } from '@jest/globals';
import { settingsSchema } from '../../../lib/tenants/settings.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('settings that change while a search waits for Firefish hold for what follows', async () => {
  const clock = new VirtualClock();
  const changesAt = clock.now() + 1_000;
  const harness = openHarness({
    clock,
    loadTenant: () => {
      const { tenant } = harness;
      const settings = settingsSchema.parse({ addWhen: { candidate: 'never' } });
      return Promise.resolve(clock.now() < changesAt ? tenant : { ...tenant, settings });
    },
    network: async (request) => {
      // Longer than a turn works with what it read of its tenant.
      if (request.url.includes('/search')) await clock.sleep(15_000);
      return harness.simulator.handle(request);
    },
  });
  const event = makeEvent('record.created', 1, { record: ann() });
  await clock.run(harness.receive([event]));
  await drainTurns(harness, clock);

  expect(harness.simulator.state(AGENCY).candidates).toEqual([]);
  expect(await harness.outcome(event.id)).toMatchObject({ state: 'skipped', reason: 'addWhen' });
});
