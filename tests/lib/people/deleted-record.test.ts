/**
 * A record that was deleted in Firefish is created again by events that can create, even if nothing else would be
 * written.
 */
import { expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const campaign = { id: 'c1', name: 'Autumn' };

test.each([
  ['record.created', {}],
  ['record.synced', {}],
  ['campaign.added', { campaign }],
  ['campaign.messaged', { campaign }],
])('%s creates the deleted person again', async (type, more) => {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  const { simulator } = harness;
  const push = async (...event: Parameters<typeof makeEvent>): Promise<void> => {
    await clock.run(harness.receive([makeEvent(...event)]));
    await drainTurns(harness, clock);
  };
  await push('record.created', 1, { record: ann() });
  const [first] = simulator.state(AGENCY).candidates;
  simulator.delete(AGENCY, 'candidates', first!.Ref);
  await push(type, 2, { record: ann(), ...more });
  expect(simulator.state(AGENCY).candidates.map(({ EmailAddress }) => EmailAddress)).toEqual([
    first!['EmailAddress'],
  ]);
});

test.each([
  ['record.created', {}, 0],
  ['campaign.added', { campaign }, 0],
  ['record.synced', {}, 1],
])(
  'with addWhen never, %s after a push creates the deleted person again only as a push',
  async (type, more, left) => {
    const clock = new VirtualClock();
    const harness = openHarness({
      ...{ clock },
      settings: { addWhen: { candidate: 'never', contact: 'never' } },
    });
    const push = async (...event: Parameters<typeof makeEvent>): Promise<void> => {
      await clock.run(harness.receive([makeEvent(...event)]));
      await drainTurns(harness, clock);
    };
    await push('record.synced', 1, { record: ann() });
    const [first] = harness.simulator.state(AGENCY).candidates;
    harness.simulator.delete(AGENCY, 'candidates', first!.Ref);
    await push(type, 2, { record: ann(), ...more });
    expect(harness.simulator.state(AGENCY).candidates).toHaveLength(left);
  },
);
