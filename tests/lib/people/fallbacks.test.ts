/** Optional values that Firefish refuses, deleted companies, and contacts without a company. */
import { describe, expect, test } from '@jest/globals';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { refusedFields } from '../../../lib/plan/create.ts';
import { RefusedError } from '../../../lib/firefish/errors.ts';
import type { Settings } from '../../../lib/tenants/settings.ts';
import type { Switches } from '../../../local/firefish-simulator/simulator.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function open(settings: Partial<Settings> = {}, switches: Partial<Switches> = {}) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock, settings });
  harness.simulator.switch(AGENCY, switches);
  return {
    seed: (seed: Parameters<typeof harness.simulator.seed>[1]) => {
      harness.simulator.seed(AGENCY, seed);
    },
    push: async (...events: SourceWhaleEvent[]): Promise<number> => {
      await clock.run(harness.receive(events));
      return drainTurns(harness, clock);
    },
    outcome: (id: string) => harness.outcome(id),
    state: () => harness.simulator.state(AGENCY),
    calls: () => harness.simulator.calls(AGENCY).map(({ endpoint }) => endpoint),
    simulator: harness.simulator,
  };
}

const created = (record: Record<string, unknown> = {}): SourceWhaleEvent =>
  makeEvent('record.created', 1, { record: ann(record) });
const contact = { kind: 'contact', company: 'Acme' };

describe('a creation that Firefish refuses', () => {
  test('because of the owner is looked up, then done without an owner, and the notes say so', async () => {
    const { push, outcome, state, calls } = open({}, { owners: ['someone@agency.example'] });
    const event = created();
    await push(event);

    expect(state().candidates).toMatchObject([{ Surname: 'Lee', OwnerUserEmail: null }]);
    expect(await outcome(event.id)).toMatchObject({
      state: 'synced',
      notes: expect.arrayContaining([expect.stringMatching(/^owner-refused: /)]),
    });
    const [first, last] = [calls().indexOf('POST /candidates'), calls().lastIndexOf('POST /candidates')];
    expect(calls().slice(first, last)).toContain('GET /candidates/search');
  });

  test('because of the source is done with defaultSource', async () => {
    const { push, outcome, state } = open({}, { sources: ['SourceWhale'] });
    const event = created({ source: 'Referral' });
    await push(event);

    expect(state().candidates).toMatchObject([{ Source: 'SourceWhale' }]);
    expect(await outcome(event.id)).toMatchObject({
      state: 'synced',
      notes: expect.arrayContaining([expect.stringMatching(/^source-refused: /)]),
    });
  });

  test.each([{ source: 'Referral' }, {}])(
    'because of defaultSource, too, fails and names the setting (%p)',
    async (said) => {
      const { push, outcome, state } = open({}, { sources: ['Website'], owners: ['x@agency.example'] });
      const event = created(said);
      await push(event);

      expect(state().candidates).toEqual([]);
      expect(await outcome(event.id)).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('defaultSource'),
      });
    },
  );
});

describe('a company that was deleted in Firefish', () => {
  const vanish = async (settings: Partial<Settings>) => {
    const world = open(settings);
    world.seed({ companies: [{ Ref: 301, Name: 'Acme' }] });
    await world.push(created(contact));
    expect(world.state().contacts).toMatchObject([{ CompanyRef: 301 }]);
    world.simulator.delete(AGENCY, 'companies', 301);
    return world;
  };
  const bob = (rest: Record<string, unknown>): SourceWhaleEvent =>
    makeEvent('record.created', 2, {
      record: ann({ candidateId: 'sw-bob', firstName: 'Bob', emails: ['bob@x.example'], ...rest }),
    });

  test('is looked up again at once by name, and created', async () => {
    const { push, state, outcome } = await vanish({});
    const event = bob(contact);
    expect(await push(event)).toBeLessThan(5_000);

    expect(await outcome(event.id)).toMatchObject({ state: 'synced' });
    const [company] = state().companies;
    expect(state().contacts[1]).toMatchObject({ FirstName: 'Bob', CompanyRef: company?.Ref });
  });

  test('prevents the creation of a new contact if createCompanies is off', async () => {
    const { push, outcome } = await vanish({ createCompanies: false });
    const event = bob(contact);
    await push(event);

    expect(await outcome(event.id)).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('CompanyRef'),
    });
  });

  test('does not prevent the update of other fields if createCompanies is off', async () => {
    const world = await vanish({ createCompanies: false });
    world.seed({ contacts: [{ FirstName: 'Bob', Surname: 'Lee', EmailAddress: 'bob@x.example' }] });
    const event = bob({ ...contact, role: 'CTO' });
    await world.push(event);

    expect(world.state().contacts[1]).toMatchObject({ JobTitle: 'CTO', CompanyRef: null });
    expect(await world.outcome(event.id)).toMatchObject({
      state: 'synced',
      notes: expect.arrayContaining([expect.stringMatching(/^company-missing: /)]),
    });
  });
});

describe('several companies with one name', () => {
  test('are reported as ambiguous, and the exact spelling wins', async () => {
    const { seed, push, state, outcome } = open();
    seed({
      companies: [
        { Ref: 301, Name: 'Acme Ltd' },
        { Ref: 302, Name: 'ACME Limited' },
      ],
    });
    const first = created({ ...contact, company: 'Acme Ltd' });
    await push(first);
    await push(
      created({ ...contact, candidateId: 'sw-2', emails: ['c@d.example'], company: 'ACME Limited' }),
    );

    expect(state().contacts).toMatchObject([{ CompanyRef: 301 }, { CompanyRef: 302 }]);
    expect(await outcome(first.id)).toMatchObject({
      notes: expect.arrayContaining(['ambiguous: companies 301, 302; 301 was used']),
    });
  });
});

describe('a contact without a company', () => {
  const event = (): SourceWhaleEvent => created({ kind: 'contact' });

  test('is skipped if contacts need a company', async () => {
    const { push, outcome } = open();
    const one = event();
    await push(one);
    expect(await outcome(one.id)).toMatchObject({ state: 'skipped', reason: 'missing-fields: CompanyRef' });
  });

  test('is created without CompanyRef if contactsNeedCompany is off', async () => {
    const { push, state } = open({ contactsNeedCompany: false }, { contactsNeedCompany: false });
    await push(event());
    expect(state().contacts).toMatchObject([{ Surname: 'Lee', CompanyRef: null }]);
  });
});

test.each([
  ['OwnerUserEmail: ["The OwnerUserEmail was not found."]', ['OwnerUserEmail']],
  ['The owner does not exist.', ['OwnerUserEmail']],
  ['Source: ["unknown"]; OwnerUserEmail: ["unknown"]', ['OwnerUserEmail', 'Source']],
  ['There is no company with the Ref 3.', ['CompanyRef']],
  ['No resource was found.', []],
  ['FirstName: ["required"]', []],
])('%s names %p', (words, fields) => {
  const error = new RefusedError(words, { endpoint: 'POST /contacts', status: 400 });
  expect(refusedFields(error, ['OwnerUserEmail', 'Source', 'CompanyRef', 'FirstName'])).toEqual(fields);
});
