import { describe, expect, test } from '@jest/globals';
import { type Quirk, QUIRKS } from '../../../local/firefish-simulator/quirks.ts';
import { ALL, ANN, CLIENT, visit, type Visitor } from './visitor.ts';

interface Difference {
  look: (visitor: Visitor) => Promise<unknown>;
  known: unknown;
  quirky: unknown;
}

const SEED = {
  candidates: [
    { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@x.example', JobTitle: 'Buyer' },
    { FirstName: 'Jo', Surname: 'Lee', EmailAddress: 'joann@x.example', IsArchived: true },
  ],
  companies: [{ Name: 'Acme', Website: 'https://acme.example' }],
  contacts: [{ FirstName: 'Bob', Surname: 'Roe', CompanyRef: 1, EmailAddress: 'bob@x.example' }],
};

const status = (method: string, path: string, body?: unknown) => async (visitor: Visitor) =>
  (await visitor.call(method, path, body)).status;
const refs = (path: string) => (visitor: Visitor) => visitor.refs(path);
const has = (path: string, name: string) => async (visitor: Visitor) => {
  const { body } = await visitor.get(path);
  return name in ((Array.isArray(body) ? (body as object[])[0] : body) as object);
};
const after = (method: string, path: string, body: unknown, name: string) => async (visitor: Visitor) => {
  await visitor.call(method, path, body);
  return ((await visitor.get(path)).body as Record<string, unknown>)[name];
};
const EVERYONE = `/candidates/search?${ALL}`;
const NOTES = 'activity/notes';
const BOB = { FirstName: 'Bob', Surname: 'Roe', CompanyRef: 1 };

const DIFFERENCES: Record<Quirk, Difference> = {
  shortTokens: {
    look: async ({ clock, get }) => {
      clock.advance(100_000);
      return (await get('/companies/1')).status;
    },
    known: 200,
    quirky: 401,
  },
  missingScopeIs401: {
    look: async (visitor) =>
      (await visitor.enter({ scope: 'contactsAPI-read' })).get('/companies/1').then((a) => a.status),
    known: 403,
    quirky: 401,
  },
  unknownScopesIgnored: {
    look: async (visitor) => (await visitor.askToken({ scope: 'contactsAPI-read misspelt' })).status,
    known: 400,
    quirky: 200,
  },
  rowsOldestFirst: { look: refs(`${EVERYONE}&include-archived=true`), known: [2, 1], quirky: [1, 2] },
  searchLagsBehind: {
    look: async (visitor) => {
      const ref = await visitor.create('companies', { Name: 'New' });
      return (await visitor.refs('/companies/search')).includes(ref);
    },
    known: true,
    quirky: false,
  },
  queryIsCamelCase: {
    look: status('GET', '/candidates/search?emailAddress=ann@x.example&fromDate=2000-01-01'),
    known: 400,
    quirky: 200,
  },
  noSevenDayDefault: { look: refs('/candidates/search'), known: [], quirky: [1] },
  searchIsExact: { look: refs(`${EVERYONE}&email-address=nn@x`), known: [1], quirky: [] },
  wildcardsAreLiteral: { look: refs(`${EVERYONE}&email-address=a_n`), known: [1], quirky: [] },
  archivedAlwaysIncluded: { look: refs(EVERYONE), known: [1], quirky: [2, 1] },
  pagesFromZero: {
    look: refs(`${EVERYONE}&include-archived=true&page-size=1&page=1`),
    known: [2],
    quirky: [1],
  },
  resultsNamedItems: {
    look: async (visitor) => {
      const { body } = await visitor.get(`/contacts/search?${ALL}&page=1`);
      return Object.keys(body as object)[0];
    },
    known: 'Results',
    quirky: 'Items',
  },
  refIsLowerCase: { look: has(EVERYONE, 'Ref'), known: true, quirky: false },
  contactRowWithoutCompanyRef: {
    look: has(`/contacts/search?${ALL}`, 'CompanyRef'),
    known: true,
    quirky: false,
  },
  companyRowWithoutWebsite: {
    look: has(`/companies/search?${ALL}`, 'Website'),
    known: true,
    quirky: false,
  },
  toDateExcluded: { look: refs('/candidates/search?to-date=2026-10-24'), known: [1], quirky: [] },
  marketingInRows: { look: has(EVERYONE, 'SmsMarketing'), known: false, quirky: true },
  smsReadAsWritten: { look: has('/candidates/1', 'SmsMarketing'), known: true, quirky: false },
  createAnswersId: {
    look: async (visitor) => (await visitor.call('POST', '/companies/', { Name: 'New' })).body,
    known: { Ref: 2 },
    quirky: { Id: 2 },
  },
  legalBasisCapitalised: { look: status('POST', '/candidates/', ANN), known: 201, quirky: 400 },
  patchReplacesWhole: {
    look: after('PATCH', '/candidates/1', { FirstName: 'Anne' }, 'JobTitle'),
    known: 'Buyer',
    quirky: null,
  },
  addressReplacedWhole: {
    look: async (visitor) => {
      await visitor.call('PATCH', '/candidates/1', { Address: { Town: 'Leeds' } });
      const address = await after(
        'PATCH',
        '/candidates/1',
        { Address: { County: 'York' } },
        'Address',
      )(visitor);
      return (address as { Town: string | null }).Town;
    },
    known: 'Leeds',
    quirky: null,
  },
  contactsWithoutEmailMarketing: {
    look: has('/contacts/1', 'EmailMarketing'),
    known: true,
    quirky: false,
  },
  contactsTakeHomeNumber: {
    look: status('PATCH', '/contacts/1', { HomeNumber: '1' }),
    known: 400,
    quirky: 204,
  },
  archivingRefused: {
    look: status('PATCH', '/candidates/1', { IsArchived: true }),
    known: 204,
    quirky: 400,
  },
  candidateUrlMissing: { look: has('/candidates/1', 'CandidateURL'), known: true, quirky: false },
  companiesReadOnly: { look: status('POST', '/companies/', { Name: 'New' }), known: 201, quirky: 405 },
  noteFieldIsText: {
    look: status('POST', `/candidates/1/${NOTES}`, { Note: 'x' }),
    known: 201,
    quirky: 400,
  },
  notesOnlyOnCandidates: {
    look: status('POST', `/contacts/1/${NOTES}`, { Note: 'x' }),
    known: 201,
    quirky: 404,
  },
  createRefusesDuplicate: {
    look: status('POST', '/contacts/', { ...BOB, EmailAddress: 'bob@x.example' }),
    known: 201,
    quirky: 409,
  },
  actionNoteNamedDetails: {
    look: async (visitor) => {
      await visitor.call('POST', `/candidates/1/${NOTES}`, { Note: 'x' });
      return has('/actions/search', 'Note')(visitor);
    },
    known: true,
    quirky: false,
  },
};

/** Bare arrays unless the test is about the shape. */
async function seeded(quirk: Quirk, on: boolean): Promise<Visitor> {
  const visitor = await visit({
    quirks: { [quirk]: on },
    switches: { shape: quirk === 'resultsNamedItems' ? 'seen' : 'array' },
  });
  visitor.simulator.seed(CLIENT, SEED);
  return visitor;
}

describe('a simulator with a quirk', () => {
  test.each(Object.entries(DIFFERENCES) as [Quirk, Difference][])(
    '%s breaks the line that it names, and no line is broken without it',
    async (quirk, { look, known, quirky }) => {
      expect(await look(await seeded(quirk, false))).toEqual(known);
      expect(await look(await seeded(quirk, true))).toEqual(quirky);
    },
  );

  test('each quirk says which line it breaks', () => {
    for (const line of Object.values(QUIRKS)) expect(line.length).toBeGreaterThan(20);
  });

  test('companiesReadOnly refuses all writes to companies, changes included', async () => {
    const visitor = await seeded('companiesReadOnly', true);
    expect((await visitor.call('PATCH', '/companies/1', { Name: 'New' })).status).toBe(405);
  });
});
