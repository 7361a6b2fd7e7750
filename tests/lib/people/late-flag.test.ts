/** A flag that arrives before the older event that first had the address. */
import { expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const EMAIL = 'a@x.example';
const created = makeEvent('record.created', 1, {
  record: { candidateId: '1', kind: 'candidate', firstName: 'Ann', lastName: 'Lee', emails: [EMAIL] },
});
const flagged = makeEvent('email.flagged', 2, { record: { candidateId: '1' }, email: EMAIL });
const optedOut = makeEvent('marketing.opted_out', 3, { record: { emails: [EMAIL] } });

test.each([
  [[created, flagged, optedOut]],
  [[flagged, created, optedOut]],
  [[flagged, optedOut, created]],
  [[optedOut, flagged, created]],
  [[optedOut, created, flagged]],
  [[created, optedOut, flagged]],
])(
  'a late flag leaves one record, opted out, in every order of arrival',
  async (events: SourceWhaleEvent[]) => {
    const clock = new VirtualClock();
    const harness = openHarness({ clock });
    harness.simulator.seed(AGENCY, {
      candidates: [{ Ref: 1, FirstName: 'Ann', Surname: 'Lee', EmailAddress: EMAIL, EmailMarketing: true }],
    });
    for (const event of events) {
      await clock.run(harness.receive([event]));
      await drainTurns(harness, clock);
    }
    expect(harness.simulator.state(AGENCY).candidates).toMatchObject([{ Ref: 1, EmailMarketing: false }]);
  },
);
