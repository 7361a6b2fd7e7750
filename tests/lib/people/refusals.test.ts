/** What Firefish refuses, locks or answers too late, for one person. */
import { innerId } from '../../../lib/events/inner-id.ts';
import { describe, expect, test } from '@jest/globals';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { CONFLICT_FOR_MS } from '../../../lib/times.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const BOTH = {
  candidates: [
    { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true },
  ],
  contacts: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true }],
};

/** @param refuse answers a request with this text, if Firefish does not */
function open(seed: Partial<typeof BOTH> = BOTH, refuse?: (text: string) => Response | undefined) {
  const clock = new VirtualClock();
  const network = async (request: Request): Promise<Response> =>
    refuse?.(await request.clone().text()) ?? harness.simulator.handle(request);
  const harness = openHarness({ clock, network });
  harness.simulator.seed(AGENCY, seed);
  const push = async (...events: SourceWhaleEvent[]): Promise<number> => {
    if (events.length > 0) await clock.run(harness.receive(events));
    return drainTurns(harness, clock);
  };
  return {
    ...{ clock, push, simulator: harness.simulator },
    receive: (event: SourceWhaleEvent) => clock.run(harness.receive([event])),
    outcome: (id: string) => harness.outcome(id),
    replay: (event: SourceWhaleEvent) =>
      clock.run(
        harness.intake.acceptInternal(harness.tenant.tenantId, {
          ...{ type: 'internal.replay' as const, id: innerId('replay-1') },
          ...{ occurredAt: event.occurredAt, eventIds: [innerId(event.id)] },
        }),
      ),
    state: () => harness.simulator.state(AGENCY),
    patched: () =>
      harness.simulator.calls(AGENCY).filter(({ endpoint }) => endpoint.startsWith('PATCH')).length,
  };
}

const optOut = (): SourceWhaleEvent => makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} });

describe('an opt-out that one record refuses', () => {
  test('reaches the other record, fails and names the record, and its replay does only what is left', async () => {
    const { simulator, push, replay, state, outcome, patched } = open();
    simulator.faults.add({ kind: 'status', status: 400, endpoint: 'PATCH /candidates/{ref}', times: 1 });
    const event = optOut();
    await push(event);

    expect(state()).toMatchObject({
      candidates: [{ EmailMarketing: true }],
      contacts: [{ EmailMarketing: false }],
    });
    const failed = await outcome(event.id);
    expect(failed).toMatchObject({
      state: 'failed',
      reason: 'refused PATCH /candidates/{ref} 400: candidate:1',
    });

    const before = patched();
    await replay(event);
    await push();
    expect(state()).toMatchObject({ candidates: [{ EmailMarketing: false }] });
    expect(await outcome(event.id)).toMatchObject({ state: 'synced' });
    expect(patched() - before).toBe(1);
  });

  test('of a person who shares a newly said address: the replay of the event that said it tries that record again', async () => {
    const { simulator, push, replay, state, outcome } = open({ candidates: [] });
    const ben = {
      firstName: 'Ben',
      lastName: 'Moss',
      candidateId: 'sw_ben',
      emails: ['team@client.example'],
    };
    await push(
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('record.created', 2, { record: ann(ben) }),
      makeEvent('marketing.opted_in', 3, { record: ann(ben), marketing: {} }),
      makeEvent('marketing.opted_out', 4, { record: ann(), marketing: {} }),
    );
    simulator.faults.add({ kind: 'status', status: 400, endpoint: 'PATCH /candidates/{ref}', times: 1 });
    const event = makeEvent('record.updated', 5, {
      record: ann({ emails: ['ann@client.example', 'team@client.example'] }),
    });
    await push(event);
    expect(await outcome(event.id)).toMatchObject({ state: 'failed' });

    await replay(event);
    await push();
    expect(await outcome(event.id)).toMatchObject({ state: 'synced' });
    expect(state().candidates.map(({ EmailMarketing }) => EmailMarketing)).toEqual([false, false]);
  });

  test('does not prevent a note on a record that accepts it', async () => {
    const { simulator, push, outcome } = open();
    simulator.faults.add({ kind: 'status', status: 400, endpoint: 'PATCH /candidates/{ref}', times: 99 });
    const update = makeEvent('record.updated', 1, { record: ann({ role: 'CTO' }) });
    const note = makeEvent('note.added', 2, {
      record: ann({ role: undefined }),
      note: { id: 'n1', text: 'Called', channel: 'call' },
    });
    await push(update, note);

    expect(await outcome(update.id)).toMatchObject({ state: 'failed' });
    expect(await outcome(note.id)).toMatchObject({ state: 'synced' });
  });
});

test('a field that waited for the person and is refused fails alone, and keeps no opt-out from a record', async () => {
  const { push, outcome, state } = open(BOTH, (text) =>
    text.includes('Wrong') ? Response.json({ Message: 'No' }, { status: 400 }) : undefined,
  );
  const waited = makeEvent('record.updated', 2, { record: ann({ emails: [], role: 'Wrong' }) });
  const event = optOut();
  await push(waited);
  await push(event);
  expect(state()).toMatchObject({
    candidates: [{ EmailMarketing: false }],
    contacts: [{ EmailMarketing: false }],
  });
  expect(await outcome(event.id)).toMatchObject({ state: 'synced' });
  expect(await outcome(waited.id)).toMatchObject({ state: 'failed' });
});

test('a field that a new record of the person refuses keeps no opt-out from it', async () => {
  const { push, outcome, state, simulator } = open({ candidates: BOTH.candidates });
  await push(makeEvent('record.updated', 1, { record: ann({ role: 'CTO' }) }));
  simulator.seed(AGENCY, { contacts: BOTH.contacts });
  simulator.faults.add({ kind: 'status', status: 400, endpoint: 'PATCH /contacts/{ref}', times: 1 });
  const event = makeEvent('marketing.opted_out', 2, { record: ann(), marketing: {} });
  await push(event);
  expect(state().contacts).toMatchObject([{ EmailMarketing: false }]);
  expect(await outcome(event.id)).toMatchObject({ state: 'failed' });
});

test('a note that waited for the person and is refused fails alone', async () => {
  const { simulator, push, outcome, state } = open({});
  const notes = 'POST /candidates/{ref}/activity/notes';
  simulator.faults.add({ kind: 'status', status: 400, endpoint: notes, times: 2 });
  const note = makeEvent('note.added', 2, {
    record: ann({ role: undefined }),
    note: { id: 'n1', text: 'Called', channel: 'call' },
  });
  const created = makeEvent('record.created', 1, { record: ann({ role: 'CTO' }) });
  await push(note);
  await push(created);
  expect(await outcome(created.id)).toMatchObject({ state: 'synced' });
  expect(await outcome(note.id)).toMatchObject({
    state: 'failed',
    reason: `refused ${notes} 400: candidate:1`,
  });
  expect(state().candidates).toHaveLength(1);
});

test.each(['before the person is there', 'with the other events'])(
  'a note for which Firefish has an error each time keeps no other event from its end, if it comes %s',
  async (when) => {
    const error = { Message: 'An error has occurred.', ExceptionMessage: 'x' };
    const isWritten = (): boolean => JSON.stringify(state().actions).includes('Good');
    const { push, outcome, state } = open({}, (text) =>
      text.includes('Wrong') && !isWritten() ? Response.json(error, { status: 500 }) : undefined,
    );
    const noteOf = (minute: number, text: string): SourceWhaleEvent =>
      makeEvent('note.added', minute, { record: ann(), note: { id: text, text, channel: 'call' } });
    const created = makeEvent('record.created', 1, { record: ann() });
    const [wrong, good] = [noteOf(2, 'Wrong'), noteOf(3, 'Good')];
    if (when === 'before the person is there') await push(wrong);
    await push(...(when === 'with the other events' ? [created, wrong, good] : [created, good]));
    expect(state().actions).toHaveLength(2);
    for (const event of [created, wrong, good])
      expect(await outcome(event.id)).toMatchObject({ state: 'synced' });
  },
);

test('a note for which Firefish has an error for three hours is tried at growing pauses, and then written once', async () => {
  const error = { Message: 'An error has occurred.', ExceptionMessage: 'x' };
  let tries = 0;
  const { push, outcome, state, clock } = open(BOTH, (text) => {
    if (!text.includes('Called') || clock.now() > until) return undefined;
    tries += 1;
    return Response.json(error, { status: 500 });
  });
  const until = clock.now() + 3 * 3_600_000;
  const note = makeEvent('note.added', 2, {
    record: ann(),
    note: { id: 'n1', text: 'Called', channel: 'call' },
  });

  await push(note);

  expect(await outcome(note.id)).toMatchObject({ state: 'synced' });
  expect(state().actions).toHaveLength(1);
  // Four at a time: after 5 s, 30 s, two minutes, and then every ten.
  expect(tries).toBeLessThanOrEqual(4 * (3 + 18));
});

describe('a search that Firefish refuses', () => {
  test('makes only its own event fail, with the text of Firefish’s refusal; other events of the person continue', async () => {
    const { simulator, push, outcome, clock } = open();
    const body = { Message: 'The scope candidatesAPI-read is missing' };
    simulator.faults.add({
      kind: 'status',
      status: 403,
      body,
      endpoint: 'GET /candidates/search',
      times: 99,
    });
    const [first, second] = [makeEvent('record.updated', 1, { record: ann() }), optOut()];
    const before = clock.now();
    await push(first, second);

    const reason = 'refused GET /candidates/search 403';
    for (const { id } of [first, second]) {
      expect(await outcome(id)).toMatchObject({ state: 'failed', reason });
    }
    expect(clock.now() - before).toBeLessThan(20_000);
  });
});

describe('a record that another user has locked', () => {
  test('is tried again until it is unlocked', async () => {
    const { simulator, push, state, outcome } = open();
    simulator.faults.add({ kind: 'status', status: 409, endpoint: 'PATCH /candidates/{ref}', times: 3 });
    const event = optOut();
    const took = await push(event);

    expect(await outcome(event.id)).toMatchObject({ state: 'synced' });
    expect(state().candidates).toMatchObject([{ EmailMarketing: false }]);
    expect(took).toBeLessThan(60_000);
  });

  test('fails after ten minutes, with the other record updated', async () => {
    const { simulator, push, state, outcome } = open();
    simulator.faults.add({ kind: 'status', status: 409, endpoint: 'PATCH /candidates/{ref}', times: 9_999 });
    const event = optOut();
    const took = await push(event);

    expect(await outcome(event.id)).toMatchObject({ state: 'failed' });
    expect(state().contacts).toMatchObject([{ EmailMarketing: false }]);
    expect(took).toBeGreaterThanOrEqual(CONFLICT_FOR_MS);
    expect(took).toBeLessThan(CONFLICT_FOR_MS + 120_000);
  });
});

describe('a creation', () => {
  const created = (): SourceWhaleEvent => makeEvent('record.created', 1, { record: ann() });

  test('that definitely failed is retried within seconds', async () => {
    const { simulator, push, state } = open({ candidates: [], contacts: [] });
    simulator.faults.add({ kind: 'status', status: 500, endpoint: 'POST /candidates', times: 2 });
    expect(await push(created())).toBeLessThan(5_000);
    expect(state().candidates).toHaveLength(1);
  });

  test.each(['drop', 'hang', 'garbage'] as const)(
    'whose answer was lost (%s) is looked up, and only that person’s events wait',
    async (kind) => {
      const { simulator, push, state, outcome, receive } = open({ candidates: [], contacts: [] });
      simulator.faults.add({ kind, applied: true, endpoint: 'POST /candidates', times: 1 });
      const event = created();
      await receive(event);
      const other = makeEvent('record.created', 1, {
        record: ann({ candidateId: 'sw-bob', emails: ['bob@other.example'] }),
      });
      await push(other);

      expect(state().candidates).toHaveLength(2);
      const [ended, first] = (await Promise.all([outcome(other.id), outcome(event.id)])) as {
        finishedAt: number;
      }[];
      expect(ended!.finishedAt).toBeLessThan(first!.finishedAt);
      expect(await outcome(event.id)).toMatchObject({ state: 'synced', actions: [{ operation: 'created' }] });
    },
  );
});

test('an opt-out from before the creation still writes its note on the record', async () => {
  const clock = new VirtualClock();
  const harness = openHarness({ clock, settings: { optOutAsNote: true } });
  const push = async (event: SourceWhaleEvent): Promise<void> => {
    await clock.run(harness.receive([event]));
    await drainTurns(harness, clock);
  };
  await push(makeEvent('record.created', 2, { record: ann() }));
  const event = optOut();
  await push(event);

  const { candidates, actions } = harness.simulator.state(AGENCY);
  expect(candidates).toMatchObject([{ EmailMarketing: false }]);
  expect(actions.map(({ Note }) => Note)).toEqual([expect.stringContaining('Opted out of marketing')]);
  const patches = harness.simulator.calls(AGENCY).filter(({ endpoint }) => endpoint.startsWith('PATCH'));
  expect(patches).toHaveLength(1);
  const ended = await harness.outcome(event.id);
  expect(ended).toMatchObject({
    state: 'synced',
    actions: [{ operation: 'opted_out' }, { operation: 'noted' }],
  });
});
