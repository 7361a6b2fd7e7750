/** Notes that are edited, and campaign notes: each once. */
import { describe, expect, test } from '@jest/globals';
import { CrashPoint } from '../../support/crash.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function open() {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  harness.simulator.seed(AGENCY, {
    candidates: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' }],
  });
  return {
    push: async (...events: SourceWhaleEvent[]): Promise<void> => {
      await clock.run(harness.receive(events));
      await drainTurns(harness, clock);
    },
    simulator: harness.simulator,
    outcome: (id: string) => harness.outcome(id),
    notes: () => harness.simulator.state(AGENCY).actions.map((action) => String(action['Note'])),
  };
}

const note = (minute: number, text: string): SourceWhaleEvent =>
  makeEvent('note.added', minute, { record: ann(), note: { id: 'n1', text, channel: 'call' } });
const campaign = (minute: number, stage: string): SourceWhaleEvent =>
  makeEvent(`campaign.${stage}`, minute, {
    record: ann(),
    campaign: { id: 'c1', name: 'Autumn', step: '2' },
  });

describe('a note with the id of an earlier note', () => {
  test.each([
    ['one after the other', false],
    ['at once', true],
  ])('and another text is written once more, marked as edited (%s)', async (_, isAtOnce) => {
    const { push, notes } = open();
    const events = [note(1, 'Called her'), note(2, 'Called him')];
    if (isAtOnce) await push(...events);
    else for (const event of events) await push(event);
    await push(note(3, ' Called  him '));

    expect(notes()).toHaveLength(2);
    expect(notes()[0]).toMatch(/^Call · .*\nCalled her$/s);
    expect(notes()[1]).toMatch(/^Call \(edited\) · .*\nCalled him$/s);
  });

  test('that is older and arrives late is skipped', async () => {
    const { push, notes, outcome } = open();
    const late = note(1, 'Called her');
    await push(note(2, 'Called him'));
    await push(late);

    expect(notes()).toHaveLength(1);
    expect(await outcome(late.id)).toMatchObject({ state: 'skipped', reason: 'older-version' });
  });
});

describe('campaign notes', () => {
  test('are written once for each campaign, step, stage and time, whatever the id of the event', async () => {
    const { push, notes } = open();
    await push(campaign(1, 'replied'));
    await push(campaign(1, 'replied'), campaign(2, 'replied'), campaign(2, 'interested'));

    expect(notes()).toHaveLength(3);
  });

  test('of an end stage change no field and create no record', async () => {
    const { push, notes, outcome } = open();
    const [end, finished] = [campaign(1, 'not_interested'), campaign(2, 'finished')];
    const stranger = makeEvent('campaign.finished', 1, {
      record: ann({ candidateId: 'sw-x', emails: ['x@y.example'] }),
      campaign: { id: 'c1', name: 'Autumn' },
    });
    await push(end, finished, stranger);

    expect(notes()).toHaveLength(1);
    expect(await outcome(end.id)).toMatchObject({ state: 'synced' });
    expect(await outcome(finished.id)).toMatchObject({ state: 'skipped', reason: 'nothing-to-do' });
    expect(await outcome(stranger.id)).toMatchObject({ state: 'skipped', reason: 'not-in-firefish' });
  });
});

describe('a note on an opt-out of channels that contacts have no field for', () => {
  const REFS = [201, 202];
  async function run(crash: CrashPoint): Promise<{ notes: unknown[]; optedOut: unknown[] }> {
    const clock = new VirtualClock();
    const harness = openHarness({ clock });
    // The one that is taken is not the one that is taken once both were written in the same moment.
    harness.simulator.seed(AGENCY, {
      contacts: REFS.map((Ref) => ({
        ...{ Ref, FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example' },
        ...{ EmailMarketing: true, CreatedDaysAgo: 300 - Ref },
      })),
    });
    await clock.run(harness.receive([makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} })]));
    await drainTurns(harness, clock, {
      instance: harness.makeInstance({ passage: crash }),
      isDead: () => crash.dead,
    });
    const { actions, contacts } = harness.simulator.state(AGENCY);
    return {
      notes: actions.map(({ ContactRef }) => ContactRef).sort(),
      optedOut: contacts.map(({ EmailMarketing }) => EmailMarketing),
    };
  }

  test.each(['before', 'after'] as const)(
    'is on each record once, wherever the process ends (%s an await)',
    async (when) => {
      const counted = new CrashPoint();
      const calm = { notes: REFS, optedOut: [false, false] };
      expect(await run(counted)).toEqual(calm);
      for (let at = 1; at <= counted.calls; at += 1) {
        const crash = new CrashPoint(at, when);
        expect({ at, ...(await run(crash)), died: crash.dead }).toEqual({ at, ...calm, died: true });
      }
    },
    60_000,
  );

  test('is on a record once where several people share its address', async () => {
    const { push, notes, simulator } = open();
    const record = { kind: 'candidate', emails: ['ann@client.example'] };
    simulator.seed(AGENCY, {
      contacts: [{ FirstName: 'Ruth', Surname: 'Dale', EmailAddress: 'ann@client.example' }],
    });
    const bob = { kind: 'candidate', candidateId: '2', firstName: 'Bob', lastName: 'Kane' };
    await push(makeEvent('record.updated', 1, { record: { ...record, firstName: 'Ann', lastName: 'Lee' } }));
    await push(makeEvent('record.updated', 2, { record: bob }));
    await push(makeEvent('marketing.opted_out', 3, { record: { ...bob, ...record }, marketing: {} }));
    expect(notes()).toEqual([expect.stringContaining('Opted out')]);
  });
});
