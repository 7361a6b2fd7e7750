/** Answers whose body contradicts the status, and temporary problems (rule 13), from an event to its end. */
import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../local/firefish-simulator/simulator.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const HERS = { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true };
const PATCH = 'PATCH /candidates/{ref}';

function open(...faults: Fault[]) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  harness.simulator.seed(AGENCY, { candidates: [HERS] });
  for (const fault of faults) harness.simulator.faults.add(fault);
  return {
    push: async (...events: SourceWhaleEvent[]): Promise<number> => {
      await clock.run(harness.receive(events));
      return drainTurns(harness, clock);
    },
    outcomes: (events: readonly SourceWhaleEvent[]) =>
      Promise.all(events.map(({ id }) => harness.outcome(id))),
    state: () => harness.simulator.state(AGENCY),
    calls: () => harness.simulator.calls().map(({ endpoint }) => endpoint),
  };
}

const optOut = (): SourceWhaleEvent => makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} });
const update = (): SourceWhaleEvent => makeEvent('record.updated', 1, { record: ann({ role: 'Lead' }) });
const synced = (count: number): unknown[] =>
  Array.from({ length: count }, () => expect.objectContaining({ state: 'synced' }));

test('an opt-out that is answered 200 with a refusal in the body fails and names the record', async () => {
  const body = { Message: 'The request is invalid.' };
  const { push, outcomes, state } = open({ kind: 'status', status: 200, body, endpoint: PATCH, times: 9 });
  const event = optOut();
  await push(event);
  expect(state().candidates).toMatchObject([{ EmailMarketing: true }]);
  expect(await outcomes([event])).toMatchObject([
    { state: 'failed', reason: `refused ${PATCH} 200: candidate:1` },
  ]);
});

test.each([403, 404, 502])(
  'an HTML page with status %i on every call for four seconds costs only seconds',
  async (status) => {
    const { push, outcomes, state } = open(
      { kind: 'html', status, forMs: 4_000 },
      // Of the token as well.
      { kind: 'html', status, endpoint: /token/ },
    );
    const people = Array.from({ length: 10 }, (_, n) =>
      makeEvent('record.created', 1, {
        record: ann({ candidateId: `sw-${String(n)}`, emails: [`p${String(n)}@other.example`] }),
      }),
    );
    const events = [...people, optOut()];
    expect(await push(...events)).toBeLessThan(60_000);
    expect(await outcomes(events)).toEqual(synced(11));
    expect(state().candidates).toHaveLength(11);
    expect(state().candidates[0]).toMatchObject({ EmailMarketing: false });
  },
);

test('a load balancer’s 404 on a write does not lead to a second record', async () => {
  const { push, outcomes, state } = open({ kind: 'html', status: 404, endpoint: PATCH });
  const event = update();
  await push(event);
  expect(await outcomes([event])).toEqual(synced(1));
  expect(state().candidates).toMatchObject([{ ...HERS, JobTitle: 'Lead' }]);
});

const NOTES = 'POST /candidates/{ref}/activity/notes';
const noted = (): SourceWhaleEvent =>
  makeEvent('note.added', 1, { record: ann(), note: { id: 'n-1', text: 'Called', channel: 'call' } });
const bob = (): SourceWhaleEvent =>
  makeEvent('record.created', 1, { record: ann({ candidateId: 'sw-bob', emails: ['bob@other.example'] }) });

describe.each([
  ['a firewall’s 403 page', { kind: 'html', status: 403 }],
  ['a 404 page', { kind: 'html', status: 404 }],
  ['a load balancer’s JSON', { kind: 'status', status: 403, body: { message: 'Forbidden' } }],
  ['a 404 without a body', { kind: 'status', status: 404, body: '' }],
  ['a 429 page', { kind: 'html', status: 429 }],
  ['a 401 page', { kind: 'html', status: 401 }],
  ['a conflict in a load balancer’s JSON', { kind: 'status', status: 409, body: { message: 'Conflict' } }],
] as const)('a write that takes effect six seconds after %s', (_, fault) => {
  test('is done once if it is a creation, a note or the creation of a company', async () => {
    for (const [endpoint, event, of] of [
      ['POST /candidates', bob(), 'candidates'],
      [NOTES, noted(), 'actions'],
      [
        'POST /companies',
        makeEvent('company.created', 1, { company: { id: 'c-1', name: 'Acme' } }),
        'companies',
      ],
    ] as const) {
      const { push, outcomes, state } = open({ ...fault, endpoint, applied: 6_000 });
      const before = state()[of].length;
      expect(await push(event)).toBeGreaterThanOrEqual(20_000);
      expect(await outcomes([event])).toEqual(synced(1));
      expect(state()[of]).toHaveLength(before + 1);
    }
  });

  test('does not undo a newer one if it is an update', async () => {
    const { push, state } = open({ ...fault, endpoint: PATCH, applied: 6_000 });
    await push(update(), makeEvent('record.synced', 2, { record: ann({ role: 'Director' }) }));
    expect(state().candidates).toMatchObject([{ JobTitle: 'Director' }]);
  });
});

test.each([
  ['in the form of Firefish', { kind: 'rate-limit', retryAfter: '1' }],
  ['as a page', { kind: 'html', status: 429 }],
] as const)(
  'after a 429 %s a creation and a note are looked up before they are tried again',
  async (_, fault) => {
    for (const [endpoint, event, look, of] of [
      ['POST /candidates', bob(), 'GET /candidates/search', 'candidates'],
      [NOTES, noted(), 'GET /actions/search', 'actions'],
    ] as const) {
      const { push, outcomes, state, calls } = open({ ...fault, endpoint, applied: true });
      const before = state()[of].length;
      await push(event);
      expect(await outcomes([event])).toEqual(synced(1));
      expect(state()[of]).toHaveLength(before + 1);
      expect(calls().slice(calls().indexOf(endpoint))).toContain(look);
    }
  },
);

describe('a record that Firefish says is gone', () => {
  test.each([
    ['410', { kind: 'status', status: 410, body: '' }],
    ['404 in the form of Firefish', { kind: 'status', status: 404, body: { Message: 'No such record.' } }],
    ['400 that says so', { kind: 'status', status: 400, body: { Message: 'The record does not exist.' } }],
    [
      '400 that says so of the field ref',
      {
        kind: 'status',
        status: 400,
        body: {
          Message: 'The request is invalid.',
          ModelState: { ref: ['No candidate with this ref exists'] },
        },
      },
    ],
  ] as const)('by %s is matched again, and the event does not fail', async (_, fault) => {
    const { push, outcomes, state } = open({ ...fault, endpoint: PATCH });
    const events = [update(), makeEvent('record.synced', 2, { record: ann({ role: 'Director' }) })];
    for (const event of events) await push(event);
    expect(await outcomes(events)).toEqual(synced(2));
    expect(state().candidates).toMatchObject([{ ...HERS, JobTitle: 'Director' }]);
  });
});

test.each(['86400', '99999999999', 'Sun, 29 Nov 2099 12:00:10 GMT'])(
  'after a Retry-After of %s Firefish is asked again after fifteen minutes',
  async (retryAfter) => {
    const { push, outcomes } = open({ kind: 'rate-limit', retryAfter, endpoint: PATCH });
    const event = update();
    const took = await push(event);
    expect(took).toBeGreaterThanOrEqual(890_000);
    expect(took).toBeLessThan(17 * 60_000);
    expect(await outcomes([event])).toEqual(synced(1));
  },
);
