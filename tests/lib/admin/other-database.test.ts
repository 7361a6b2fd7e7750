/**
 * `firefish-credentials` with another client id: links count again after their records were read and fit (rule 12). The
 * new id can belong to another database, in which a stranger has the number, or only to an edited profile.
 */
import { describe, expect, test } from '@jest/globals';
import { CrashPoint } from '../../support/crash.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { eventOf, type SourceWhaleEvent } from '../../support/former-event.ts';
import { AGENCY, CLIENT_SECRET } from '../../support/harness.ts';
import { openTenant } from '../internal/stage.ts';

const REAL = 'real-database';
const HERS = { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true };
const STRANGER = { ...HERS, FirstName: 'Zoe', Surname: 'Quinn', EmailAddress: 'zoe@elsewhere.example' };
const NEW_ID = { firefishClientId: 'ff-2', firefishClientSecret: CLIENT_SECRET };

type Seed = Record<string, unknown>[];

/** An agency that knows Ann as candidate 1 and Acme as company 1 of its training database. */
async function openTraining() {
  const stage = await openTenant(undefined, { newRecordsOptedOut: false });
  const { simulator } = stage.harness;
  simulator.seed(AGENCY, {
    candidates: [HERS],
    companies: [{ Name: 'Acme' }],
  });
  await stage.push(
    makeEvent('record.updated', 1, { record: ann({ role: 'Tester' }) }),
    makeEvent('company.updated', 1, { company: { id: 'c1', name: 'Acme', phone: '01632 960001' } }),
  );
  return {
    ...stage,
    /** Changes it to a database with these records, in the order of their numbers. */
    pointTo: async (candidates: Seed, companies: Seed = []) => {
      simulator.addProfile({ clientId: 'ff-2', clientSecret: CLIENT_SECRET, agency: REAL });
      simulator.seed(REAL, { candidates, companies });
      await stage.clock.advance(60_000);
      await stage.ask('firefish-credentials', NEW_ID);
      await stage.clock.advance(60_000);
    },
    /** The client id of its profile changes: the database does not. */
    editProfile: async () => {
      simulator.addProfile({ clientId: 'ff-2', clientSecret: CLIENT_SECRET, agency: AGENCY });
      await stage.clock.advance(60_000);
      await stage.ask('firefish-credentials', NEW_ID);
      await stage.clock.advance(60_000);
    },
    real: () => simulator.state(REAL),
    training: () => simulator.state(AGENCY),
    calls: (since: number) => simulator.calls().filter(({ at }) => at >= since),
  };
}

const update = (minute: number, more: object = {}): SourceWhaleEvent =>
  makeEvent('record.updated', minute, { record: ann({ role: 'Lead', ...more }) });
const note = (minute: number): SourceWhaleEvent =>
  makeEvent('note.added', minute, {
    record: { candidateId: 'sw-ann' },
    note: { id: 'n1', text: 'Called her', channel: 'call' },
  });
const optOut = (minute: number): SourceWhaleEvent =>
  makeEvent('marketing.opted_out', minute, { record: ann(), marketing: {} });

describe('after a change to another Firefish database', () => {
  test.each([
    ['a stranger', STRANGER],
    ['a stranger of the same first name', { ...STRANGER, FirstName: 'Ann' }],
    ['a stranger of her surname', { ...STRANGER, Surname: 'Lee' }],
  ])('%s with her number is not changed, and she is found by her address', async (_, stranger) => {
    const stage = await openTraining();
    await stage.pointTo([stranger, HERS]);
    for (const event of [note(2), update(3), optOut(4)]) await stage.push(event);
    const { candidates, actions } = stage.real();
    expect(candidates).toMatchObject([
      stranger,
      { ...HERS, Ref: 2, JobTitle: 'Lead', EmailMarketing: false },
    ]);
    expect(candidates[0]).not.toHaveProperty('JobTitle', 'Lead');
    // The note has no address: she was found by her known ones.
    expect(actions.map(({ Note }) => String(Note))).toEqual([expect.stringContaining('Called her')]);
    expect(JSON.stringify(actions)).not.toContain('"CandidateRef":1,');
    expect(stage.training().candidates).toMatchObject([{ JobTitle: 'Tester' }]);
  });

  test('a person who is not in it is created there, although the number does not exist', async () => {
    const stage = await openTraining();
    await stage.pointTo([STRANGER]);
    const event = update(2);
    await stage.push(event);
    expect(await stage.harness.outcome(event.id)).toMatchObject({
      state: 'synced',
      actions: [{ entity: 'candidate', ref: 2, operation: 'created' }],
    });
    expect(stage.real().candidates).toMatchObject([STRANGER, { Surname: 'Lee', JobTitle: 'Lead' }]);
  });

  test('a person is found by her address if nobody has her number', async () => {
    const stage = await openTraining();
    await stage.pointTo([{ ...HERS, Ref: 7 }]);
    await stage.push(update(2));
    expect(stage.real().candidates).toMatchObject([{ Ref: 7, JobTitle: 'Lead' }]);
  });

  test('an opt-out as the first event does not change the other person with the number', async () => {
    const stage = await openTraining();
    await stage.pointTo([STRANGER, HERS]);
    await stage.push(optOut(2));
    expect(stage.real().candidates.map(({ EmailMarketing }) => EmailMarketing)).toEqual([true, false]);
  });

  test('a copy of her record that still allows marketing is opted out again, and never opted in', async () => {
    const stage = await openTraining();
    await stage.push(optOut(2));
    expect(stage.training().candidates[0]).toMatchObject({ EmailMarketing: false });
    await stage.pointTo([HERS]);
    await stage.push(update(3));
    expect(stage.real().candidates).toMatchObject([{ EmailMarketing: false, JobTitle: 'Lead' }]);

    const other = await openTraining();
    await other.push(makeEvent('marketing.opted_in', 2, { record: ann(), marketing: {} }));
    await other.pointTo([{ ...HERS, EmailMarketing: false }]);
    await other.push(update(3));
    expect(other.real().candidates).toMatchObject([{ EmailMarketing: false, JobTitle: 'Lead' }]);
  });

  test('a contact that is created there gets the company of that name, whatever its number was', async () => {
    const stage = await openTraining();
    await stage.push(
      makeEvent('record.created', 2, {
        record: ann({
          candidateId: 'sw-bo',
          kind: 'contact',
          emails: ['bo@client.example'],
          company: 'Acme',
        }),
      }),
    );
    await stage.pointTo([], [{ Name: 'Zenith' }, { Name: 'Acme' }]);
    await stage.push(
      makeEvent('record.created', 3, {
        record: ann({
          candidateId: 'sw-cy',
          kind: 'contact',
          emails: ['cy@client.example'],
          company: 'Acme',
        }),
      }),
    );
    expect(stage.real().contacts).toMatchObject([{ CompanyRef: 2 }]);
  });

  test('another company with the number is not changed, and the right one is found by name', async () => {
    const stage = await openTraining();
    await stage.pointTo([], [{ Name: 'Zenith' }, { Name: 'ACME' }]);
    const event = makeEvent('company.updated', 2, {
      company: { id: 'c1', name: 'Acme', phone: '01632 960002' },
    });
    await stage.push(event);
    expect(await stage.harness.outcome(event.id)).toMatchObject({
      actions: [{ entity: 'company', ref: 2, operation: 'updated' }],
    });
    const [zenith, acme] = stage.real().companies;
    expect(JSON.stringify(acme)).toContain('960002');
    expect(JSON.stringify(zenith)).not.toContain('960002');
  });

  test('a preview shows what the event then does', async () => {
    const stage = await openTraining();
    await stage.pointTo([STRANGER, HERS], [{ Name: 'Zenith' }, { Name: 'Acme' }]);
    const events = [
      update(2),
      makeEvent('company.updated', 2, { company: { id: 'c1', name: 'Acme', phone: '01632 960002' } }),
    ];
    const tenant = await stage.harness.loadTenant(stage.tenant.tenantId);
    const previewed = await stage.clock.run(stage.harness.preview(tenant!, events.map(eventOf)));
    await stage.push(...events);
    for (const { id } of events) {
      expect(previewed.get(id)?.actions.map(({ entity, ref }) => [entity, ref])).toEqual([
        [expect.any(String), 2],
      ]);
      expect(await stage.harness.outcome(id)).toMatchObject({ actions: [{ ref: 2 }] });
    }
  });

  test.each(['before', 'after'] as const)(
    'no other person is changed if the process ends %s any call',
    async (when) => {
      for (let at = 1, hasDied = true; hasDied; at += 1) {
        const stage = await openTraining();
        await stage.pointTo([STRANGER, HERS]);
        await stage.clock.run(stage.harness.receive([update(2), note(3)]));
        const crash = new CrashPoint(at, when);
        const instance = stage.harness.makeInstance({ passage: crash });
        await stage.clock.run(instance.handle({ tenantId: stage.tenant.tenantId }, 75_000));
        await stage.clock.advance(2 * 60_000);
        await stage.drain();
        const { candidates, actions } = stage.real();
        expect([at, candidates]).toMatchObject([at, [STRANGER, { ...HERS, JobTitle: 'Lead' }]]);
        expect([at, actions.length]).toEqual([at, 1]);
        hasDied = crash.dead;
      }
    },
  );

  test('the same holds if the agency was enabled again with the new client id', async () => {
    const stage = await openTraining();
    stage.harness.simulator.addProfile({ clientId: 'ff-2', clientSecret: CLIENT_SECRET, agency: REAL });
    stage.harness.simulator.seed(REAL, { candidates: [STRANGER, HERS] });
    await stage.ask('disable', {});
    await stage.clock.advance(60_000);
    await stage.ask('enable', NEW_ID);
    await stage.clock.advance(60_000);
    await stage.push(update(2));
    expect(stage.real().candidates).toMatchObject([STRANGER, { ...HERS, JobTitle: 'Lead' }]);
  });
});

describe('a Firefish profile that was only edited', () => {
  test('keeps its links: records are read once, and earlier values are not sent again', async () => {
    const stage = await openTraining();
    // A recruiter changes a value from SourceWhale, and her address.
    const [hers] = stage.training().candidates;
    stage.harness.simulator.restore(AGENCY, {
      collection: 'candidates',
      record: { ...hers!, JobTitle: 'Head of testing', EmailAddress: 'ann@private.example' },
    });
    await stage.editProfile();
    const since = stage.clock.now();
    for (const minute of [2, 3]) await stage.push(update(minute, { role: 'Tester' }));
    await stage.push(
      makeEvent('company.updated', 2, { company: { id: 'c1', name: 'Acme', phone: '01632 960001' } }),
      makeEvent('company.updated', 3, { company: { id: 'c1', name: 'Acme', phone: '01632 960001' } }),
    );
    expect(stage.training().candidates).toMatchObject([
      { Ref: 1, JobTitle: 'Head of testing', EmailAddress: 'ann@private.example' },
    ]);
    const endpoints = stage.calls(since).map(({ endpoint }) => endpoint);
    expect(endpoints.filter((one) => one === 'GET /candidates/{ref}')).toHaveLength(1);
    expect(endpoints.filter((one) => one === 'GET /companies/{ref}')).toHaveLength(1);
    expect(endpoints.filter((one) => /^(POST|PATCH)/.test(one) && !one.includes('token'))).toEqual([]);
  });

  test('costs no call if it is given again with the same id', async () => {
    const stage = await openTraining();
    await stage.ask('firefish-credentials', {
      firefishClientId: 'ff-1',
      firefishClientSecret: CLIENT_SECRET,
    });
    await stage.clock.advance(60_000);
    const since = stage.clock.now();
    await stage.push(update(2, { role: 'Tester' }));
    expect(stage.calls(since).filter(({ endpoint }) => endpoint.startsWith('GET'))).toEqual([]);
  });
});
