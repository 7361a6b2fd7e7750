/** An opt-in counts for the person who says it, and for no other person who has the address. */
import { expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SHARED = 'office@client.example';
const OTHER = 'ann.moor@client.example';

/** Whether the one record is opted in once these have come, each after the other has ended. */
async function isOptedIn(events: readonly SourceWhaleEvent[]): Promise<unknown> {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  harness.simulator.seed(AGENCY, {
    candidates: [{ Ref: 1, FirstName: 'Ann', Surname: 'Moor', EmailAddress: SHARED, EmailMarketing: true }],
  });
  for (const event of events) {
    await clock.run(harness.receive([event]));
    await drainTurns(harness, clock);
  }
  const [record] = harness.simulator.state(AGENCY).candidates;
  return record?.['EmailMarketing'];
}

const said = (type: string, minute: number, record: Record<string, unknown>): SourceWhaleEvent =>
  makeEvent(type, minute, { record: { kind: 'candidate', ...record }, marketing: {} });

const ann = { firstName: 'Ann', lastName: 'Moor' };
const ben = { candidateId: 'ben', firstName: 'Ben', lastName: 'Pike' };

test.each([
  ['first', (older: SourceWhaleEvent, newer: SourceWhaleEvent) => [older, newer]],
  ['last', (older: SourceWhaleEvent, newer: SourceWhaleEvent) => [newer, older]],
])('of a person without an id the newer opt-in wins where the opt-out comes %s', async (_, inOrder) => {
  const older = said('marketing.opted_out', 1, { ...ann, emails: [OTHER, SHARED] });
  const newer = said('marketing.opted_in', 5, { ...ann, emails: [SHARED] });

  expect(await isOptedIn(inOrder(older, newer))).toBe(true);
});

const optedOut = { emails: [SHARED] };
const annsId = { ...ann, candidateId: 'ann', emails: [SHARED] };
const nameless = { candidateId: 'ben', emails: [SHARED] };

test.each([
  ['nobody that SourceWhale knows', optedOut],
  ['a person of SourceWhale', annsId],
])(
  'an opt-in by an id without a name does not stay once the name contradicts that of %s',
  async (_, first) => {
    const events = [
      said('marketing.opted_out', 1, first),
      said('marketing.opted_in', 2, nameless),
      makeEvent('record.updated', 3, { record: { kind: 'candidate', ...ben, emails: [SHARED] } }),
    ] as const;
    const [out, into, named] = events;

    expect(await isOptedIn([out, into])).toBe(true);
    expect(await isOptedIn([out, into, named])).toBe(false);
    expect(await isOptedIn([out, named, into])).toBe(false);
  },
);
