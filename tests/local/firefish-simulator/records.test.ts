import { describe, expect, test } from '@jest/globals';
import { ANN, CLIENT, visit, type Visitor } from './visitor.ts';

const BOB = { FirstName: 'Bob', Surname: 'Roe', CompanyRef: 1 };

async function withCompany(options?: Parameters<typeof visit>[0]): Promise<Visitor> {
  const visitor = await visit(options);
  visitor.simulator.seed(CLIENT, { companies: [{ Name: 'Acme' }] });
  return visitor;
}

const modelState = (body: unknown) => (body as { ModelState?: Record<string, string[]> }).ModelState ?? {};

const withoutField = (fields: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));

describe('`POST /api/v1.0/candidates/` → `{"Ref":n}`', () => {
  test('the answer is the Ref of what was stored', async () => {
    const visitor = await visit();
    const { status, body } = await visitor.call('POST', '/candidates/', {
      ...ANN,
      OwnerUserEmail: 'owner@acme.example',
      Address: { Town: 'Leeds' },
      Skills: 'Buying, Selling',
    });
    expect([status, body]).toEqual([201, { Ref: 1 }]);
    expect(visitor.simulator.state(CLIENT).candidates).toMatchObject([
      {
        ...ANN,
        Ref: 1,
        OwnerUserEmail: 'owner@acme.example',
        Address: { Town: 'Leeds', County: null },
        Skills: 'Buying, Selling',
        CreatedBy: CLIENT,
        Created: '2026-11-23T10:00:00.000Z',
        Updated: '2026-11-23T10:00:00.000Z',
      },
    ]);
  });

  test.each(['FirstName', 'Surname', 'Source', 'EmailAddress', 'LegalBasis'])(
    'Required: `FirstName`, `Surname`, `Source`, `EmailAddress`, `LegalBasis`: without %s',
    async (name) => {
      const visitor = await visit();
      const { status, body } = await visitor.call('POST', '/candidates/', withoutField(ANN, name));
      expect([status, body]).toEqual([
        400,
        { Message: expect.any(String), ModelState: { [name]: [`The ${name} field is required.`] } },
      ]);
      expect((await visitor.call('POST', '/candidates/', { ...ANN, [name]: ' ' })).status).toBe(400);
      expect(visitor.simulator.state(CLIENT).candidates).toEqual([]);
    },
  );

  test.each([
    ['consent-request', 201],
    ['consent-provided', 201],
    ['legitimate-interest', 201],
    ['not-applicable-at-this-stage', 201],
    ['legitimate interest', 400],
  ])('`LegalBasis` is one of …: %s → %i', async (LegalBasis, status) => {
    const visitor = await visit();
    expect((await visitor.call('POST', '/candidates/', { ...ANN, LegalBasis })).status).toBe(status);
  });

  test('Creating never refuses a duplicate e-mail address', async () => {
    const visitor = await withCompany();
    expect([await visitor.create('candidates', ANN), await visitor.create('candidates', ANN)]).toEqual([
      1, 2,
    ]);
    const contact = { ...BOB, EmailAddress: ANN.EmailAddress };
    expect([await visitor.create('contacts', contact), await visitor.create('contacts', contact)]).toEqual([
      1, 2,
    ]);
  });

  test('an unknown field is refused, and named', async () => {
    const visitor = await visit();
    const { status, body } = await visitor.call('POST', '/candidates/', {
      ...ANN,
      Mobile: '1',
      Address: { City: 'Leeds' },
    });
    expect(status).toBe(400);
    expect(Object.keys(modelState(body))).toEqual(['Mobile', 'Address.City']);
  });

  test.each([
    ['FirstName', 7],
    ['EmailMarketing', 'false'],
    ['IsArchived', null],
    ['Address', 'Leeds'],
    ['Skills', [1]],
  ])('%s refuses %p', async (name, value) => {
    const visitor = await visit();
    const { status, body } = await visitor.call('POST', '/candidates/', { ...ANN, [name]: value });
    expect([status, Object.keys(modelState(body))]).toEqual([400, [name]]);
  });

  test.each(['{', '[]', '"text"', ''])('a body that is not a JSON object is refused: %s', async (text) => {
    const { status, body } = await (await visit()).call('POST', '/candidates/', text);
    expect([status, body]).toEqual([400, { Message: expect.any(String) }]);
  });
});

describe('`GET /api/v1.0/candidates/{ref}`', () => {
  test("the profile: the row's fields and `Title`, `KnownAs`, …, `CandidateURL`", async () => {
    const visitor = await visit();
    await visitor.create('candidates', ANN);
    const row = ((await visitor.get('/candidates/search')).body as object[])[0];
    const { status, body } = await visitor.get('/candidates/1');
    expect(status).toBe(200);
    expect(body).toEqual({
      ...row,
      Title: null,
      KnownAs: null,
      Source: 'SourceWhale',
      Status: null,
      PermanentStatus: null,
      ContractStatus: null,
      HasPreferenceJobAlert: null,
      Gender: null,
      OwnerUserEmail: null,
      CurrentCompanyName: null,
      EmailMarketing: true,
      SmsMarketing: true,
      PostalMarketing: true,
      HasCv: false,
      Skills: null,
      LinkedIn: null,
      RecruiterSummary: null,
      CandidateSummary: null,
      CandidateURL: 'https://ff-acme.firefishsoftware.com/candidates/1',
    });
  });

  test('Written as `SMSMarketing`, read as `SmsMarketing`', async () => {
    const visitor = await visit();
    await visitor.create('candidates', { ...ANN, SMSMarketing: false });
    expect((await visitor.get('/candidates/1')).body).toMatchObject({ SmsMarketing: false });
  });

  test('names in bodies are not case-sensitive', async () => {
    const visitor = await visit();
    const lower = Object.entries(ANN).map(([name, value]) => [name.toLowerCase(), value]);
    expect(await visitor.create('candidates', Object.fromEntries(lower) as Record<string, unknown>)).toBe(1);
    expect(visitor.simulator.state(CLIENT).candidates).toMatchObject([ANN]);
  });

  test('`HasPreferenceJobAlerts` (read back as `…Alert`), `PermanentStatus`, `ContractStatus`', async () => {
    const visitor = await visit();
    const status = { PermanentStatus: 'Available', ContractStatus: 'Placed' };
    await visitor.create('candidates', { ...ANN, ...status, HasPreferenceJobAlerts: true });
    const { body } = await visitor.get('/candidates/1');
    expect(body).toMatchObject({ ...status, HasPreferenceJobAlert: true });
    expect(body).not.toHaveProperty('HasPreferenceJobAlerts');
  });

  test('The profile may hold `Gender`, which no call writes', async () => {
    const visitor = await visit();
    visitor.simulator.seed(CLIENT, { candidates: [{ FirstName: 'Ann', Gender: 'f', HasCv: true }] });
    expect((await visitor.get('/candidates/1')).body).toMatchObject({ Gender: 'f', HasCv: true });
    expect((await visitor.call('PATCH', '/candidates/1', { Gender: 'm' })).status).toBe(400);
  });

  test.each(['candidates', 'contacts', 'companies'])('`404` for an unknown ref: %s', async (collection) => {
    const visitor = await visit();
    for (const ref of ['1', '0', 'abc', '99999999999']) {
      const { status, body } = await visitor.get(`/${collection}/${ref}`);
      expect([status, body]).toEqual([404, { Message: expect.any(String) }]);
    }
    expect((await visitor.call('PATCH', `/${collection}/1`, {})).status).toBe(404);
    expect((await visitor.call('POST', `/${collection}/1/activity/notes`, { Note: 'x' })).status).toBe(404);
  });
});

describe('`PATCH /api/v1.0/candidates/{ref}`', () => {
  test('only the fields sent change', async () => {
    const visitor = await visit();
    await visitor.create('candidates', {
      ...ANN,
      EmailMarketing: false,
      Address: { Address1: '1 High St', Town: 'York' },
    });
    const before = visitor.simulator.state(CLIENT).candidates[0]!;
    visitor.clock.advance(1000);
    const patch = { JobTitle: 'Buyer', Address: { Town: 'Leeds' } };
    expect((await visitor.call('PATCH', '/candidates/1', patch)).status).toBe(204);
    expect(visitor.simulator.state(CLIENT).candidates[0]).toEqual({
      ...before,
      JobTitle: 'Buyer',
      Address: { ...(before['Address'] as object), Town: 'Leeds' },
      Updated: '2026-11-23T10:00:01.000Z',
    });
  });

  test('an empty text and `null` clear a field', async () => {
    const visitor = await visit();
    await visitor.create('candidates', {
      ...ANN,
      JobTitle: 'Buyer',
      LinkedIn: 'x',
      Address: { Town: 'York' },
    });
    await visitor.call('PATCH', '/candidates/1', { JobTitle: '', LinkedIn: null, Address: { Town: '' } });
    const { body } = await visitor.get('/candidates/1');
    expect(body).toMatchObject({ JobTitle: null, LinkedIn: null, Address: { Town: null } });
  });

  test("a candidate's e-mail address cannot be cleared, a contact's can", async () => {
    const visitor = await withCompany();
    await visitor.create('candidates', ANN);
    await visitor.create('contacts', { ...BOB, EmailAddress: 'bob@x.example' });
    for (const EmailAddress of ['', null]) {
      const { status, body } = await visitor.call('PATCH', '/candidates/1', { EmailAddress });
      expect([status, Object.keys(modelState(body))]).toEqual([400, ['EmailAddress']]);
    }
    expect((await visitor.call('PATCH', '/contacts/1', { EmailAddress: '' })).status).toBe(204);
    expect((await visitor.get('/contacts/1')).body).toMatchObject({ EmailAddress: null });
  });

  test('Archiving has no separate call: `PATCH` with `IsArchived`', async () => {
    const visitor = await withCompany();
    await visitor.create('candidates', ANN);
    await visitor.create('contacts', BOB);
    for (const collection of ['candidates', 'contacts', 'companies']) {
      expect((await visitor.call('PATCH', `/${collection}/1`, { IsArchived: true })).status).toBe(204);
      expect((await visitor.get(`/${collection}/1`)).body).toMatchObject({ IsArchived: true });
      expect((await visitor.call('DELETE', `/${collection}/1`)).status).toBe(405);
    }
  });

  test.each(['Ref', 'Created', 'HasCv', 'CandidateURL'])('%s cannot be written', async (name) => {
    const visitor = await visit();
    await visitor.create('candidates', ANN);
    const { status, body } = await visitor.call('PATCH', '/candidates/1', { [name]: 'x' });
    expect([status, modelState(body)]).toEqual([400, { [name]: [`The field ${name} cannot be written.`] }]);
  });
});

describe('`PUT` with the whole record works too', () => {
  test('a record that is sent as it was read does not change', async () => {
    const visitor = await visit();
    await visitor.create('candidates', { ...ANN, SMSMarketing: false, JobTitle: 'Buyer' });
    const before = visitor.simulator.state(CLIENT).candidates[0];
    const { body: read } = await visitor.get('/candidates/1');
    expect((await visitor.call('PUT', '/candidates/1', read)).status).toBe(204);
    expect(visitor.simulator.state(CLIENT).candidates[0]).toEqual(before);
  });

  test('a field that is not sent is as in a new record', async () => {
    const visitor = await visit();
    await visitor.create('candidates', { ...ANN, EmailMarketing: false, JobTitle: 'Buyer' });
    await visitor.call('POST', '/candidates/1/activity/notes', { Note: 'x' });
    expect((await visitor.call('PUT', '/candidates/1', withoutField(ANN, 'LegalBasis'))).status).toBe(204);
    expect(visitor.simulator.state(CLIENT).candidates[0]).toMatchObject({
      EmailMarketing: true,
      JobTitle: null,
      LegalBasis: 'legitimate-interest',
      LastActionRef: 1,
    });
    expect((await visitor.call('PUT', '/candidates/1', { FirstName: 'Ann' })).status).toBe(400);
  });

  test('contacts: `GET/PATCH/PUT /api/v1.0/contacts/{ref}`', async () => {
    const visitor = await withCompany();
    await visitor.create('contacts', { ...BOB, EmailMarketing: false, JobTitle: 'Buyer' });
    const { body: read } = await visitor.get('/contacts/1');
    const put = { ...(read as object), Surname: 'Poe' };
    expect((await visitor.call('PUT', '/contacts/1', put)).status).toBe(204);
    expect((await visitor.get('/contacts/1')).body).toEqual({ ...(read as object), Surname: 'Poe' });
  });
});

describe('contacts', () => {
  test('the record itself: the row and `EmailMarketing`; a page for people is not known', async () => {
    const visitor = await withCompany();
    await visitor.create('contacts', BOB);
    const [row] = (await visitor.get('/contacts/search')).body as object[];
    expect((await visitor.get('/contacts/1')).body).toEqual({ ...row, EmailMarketing: true });
  });

  test.each(['FirstName', 'Surname', 'CompanyRef'])(
    'A new contact requires `FirstName`, `Surname`, `CompanyRef`: without %s',
    async (name) => {
      const visitor = await withCompany();
      const { status, body } = await visitor.call('POST', '/contacts/', withoutField(BOB, name));
      expect([status, Object.keys(modelState(body))]).toEqual([400, [name]]);
    },
  );

  test('an unknown company is refused', async () => {
    const visitor = await withCompany();
    const { status, body } = await visitor.call('POST', '/contacts/', { ...BOB, CompanyRef: 2 });
    expect([status, Object.keys(modelState(body))]).toEqual([400, ['CompanyRef']]);
    await visitor.create('contacts', BOB);
    expect((await visitor.call('PATCH', '/contacts/1', { CompanyRef: 2 })).status).toBe(400);
  });

  test('`EmailMarketing` exists on contacts, no other marketing field does', async () => {
    const visitor = await withCompany();
    await visitor.create('contacts', { ...BOB, EmailMarketing: false });
    const { body } = await visitor.get('/contacts/1');
    expect(body).toMatchObject({ EmailMarketing: false, CompanyName: 'Acme' });
    expect(body).not.toHaveProperty('SmsMarketing');
    for (const name of ['SMSMarketing', 'PostalMarketing']) {
      expect((await visitor.call('PATCH', '/contacts/1', { [name]: false })).status).toBe(400);
    }
  });

  test.each(['HomeNumber', 'Address', 'Skills', 'LinkedIn'])(
    'A contact has no `HomeNumber`, `Address` or `Skills` field in the API, and none by default for LinkedIn: %s is refused',
    async (name) => {
      const visitor = await withCompany();
      const value = name === 'Address' ? { Town: 'Leeds' } : 'x';
      const { status, body } = await visitor.call('POST', '/contacts/', { ...BOB, [name]: value });
      expect([status, Object.keys(modelState(body))]).toEqual([400, [name]]);
    },
  );

  test('a contact without a company, as in old data, can be changed', async () => {
    const visitor = await visit();
    visitor.simulator.seed(CLIENT, { contacts: [{ FirstName: 'Old', Surname: 'One' }] });
    expect((await visitor.call('PATCH', '/contacts/1', { JobTitle: 'Buyer' })).status).toBe(204);
    expect((await visitor.get('/contacts/1')).body).toMatchObject({ CompanyRef: null, CompanyName: null });
  });
});

describe('Companies: `GET/PATCH /api/v1.0/companies/{ref}`, `POST /api/v1.0/companies/` with `Name` → `{"Ref":n}`', () => {
  test('a company can be created, changed and read', async () => {
    const visitor = await visit();
    const ref = await visitor.create('companies', { Name: 'Acme', Phone: '1' });
    await visitor.call('PATCH', `/companies/${ref}`, { Name: 'Acme Ltd', Address: { Town: 'Leeds' } });
    expect((await visitor.get(`/companies/${ref}`)).body).toMatchObject({
      Ref: ref,
      Name: 'Acme Ltd',
      Phone: '1',
      Website: null,
      Address: { Town: 'Leeds' },
    });
  });

  test('the record has the fields of its row: a page for people is not known', async () => {
    const visitor = await withCompany();
    const [row] = (await visitor.get(`/companies/search?from-date=2000-01-01`)).body as object[];
    expect((await visitor.get('/companies/1')).body).toEqual(row);
  });

  test('without a name it is refused', async () => {
    const visitor = await withCompany();
    expect((await visitor.call('POST', '/companies/', { Phone: '1' })).status).toBe(400);
    expect((await visitor.call('PATCH', '/companies/1', { Name: '' })).status).toBe(400);
  });

  test("a contact's row has the current name of its company", async () => {
    const visitor = await withCompany();
    await visitor.create('contacts', BOB);
    await visitor.call('PATCH', '/companies/1', { Name: 'Acme Group' });
    expect((await visitor.get('/contacts/search')).body).toMatchObject([{ CompanyName: 'Acme Group' }]);
    expect(visitor.simulator.state(CLIENT).contacts).toMatchObject([{ CompanyName: 'Acme Group' }]);
  });
});

describe('There are no webhooks and no idempotency keys', () => {
  test('a creation that is sent twice creates two records', async () => {
    const visitor = await visit();
    const sent = { ...ANN, OwnerUserEmail: 'owner@acme.example' };
    expect([await visitor.create('candidates', sent), await visitor.create('candidates', sent)]).toEqual([
      1, 2,
    ]);
  });
});

describe('paths', () => {
  test('an unknown path is 404', async () => {
    const visitor = await visit();
    for (const path of ['/jobs/search', '/candidates/1/cv', '/candidates/1/activity']) {
      expect((await visitor.get(path)).status).toBe(404);
    }
  });

  test('a state that a test has read does not change', async () => {
    const visitor = await visit();
    await visitor.create('candidates', ANN);
    const before = visitor.simulator.state(CLIENT);
    const copy = structuredClone(before);
    await visitor.call('PATCH', '/candidates/1', { JobTitle: 'Buyer' });
    await visitor.call('POST', '/candidates/1/activity/notes', { Note: 'x' });
    expect(before).toEqual(copy);
  });
});
