import { describe, expect, test } from '@jest/globals';
import type { FirefishSeed } from '../../../local/firefish-simulator/simulator.ts';
import { ALL, BASE, CLIENT, visit, type Visitor } from './visitor.ts';

const person = (EmailAddress: string | null, more: Record<string, unknown> = {}) => ({
  FirstName: 'Ann',
  Surname: 'Lee',
  EmailAddress,
  ...more,
});

async function seeded(seed: FirefishSeed, options?: Parameters<typeof visit>[0]): Promise<Visitor> {
  const visitor = await visit(options);
  visitor.simulator.seed(CLIENT, seed);
  return visitor;
}

describe('query parameters', () => {
  test('Query parameters are kebab-case: an unknown one is refused, and named', async () => {
    const visitor = await visit();
    const { status, body } = await visitor.get(`/candidates/search?emailAddress=ann@x.com`);
    expect([status, body]).toEqual([400, { Message: 'The parameter emailAddress is not known.' }]);
  });

  test('Parameter and path names are not case-sensitive', async () => {
    const visitor = await seeded({ candidates: [person('a@x.example')] });
    const url = `${BASE}/API/V1.0/Candidates/Search?From-Date=2000-01-01&EMAIL-ADDRESS=a@x&Page-Size=1`;
    const { headers } = visitor.request('GET', '/');
    const answer = await visitor.simulator.handle(new Request(url, { headers }));
    expect(await answer.json()).toEqual([expect.objectContaining({ Ref: 1 })]);
  });

  test('contacts also `company-ref`', async () => {
    const visitor = await seeded({
      companies: [{ Name: 'One' }, { Name: 'Two' }],
      contacts: [person('a@x.example', { CompanyRef: 1 }), person('b@x.example', { CompanyRef: 2 })],
    });
    expect(await visitor.refs(`/contacts/search?${ALL}&company-ref=2`)).toEqual([2]);
    expect((await visitor.get(`/candidates/search?company-ref=2`)).status).toBe(400);
  });

  test("`name` is the whole name of a person, or a company's", async () => {
    const visitor = await seeded({ contacts: [person(null)], companies: [{ Name: 'Acme Ltd' }] });
    expect(await visitor.refs(`/contacts/search?${ALL}&name=ann+le`)).toEqual([1]);
    expect(await visitor.refs(`/companies/search?${ALL}&name=ME+L`)).toEqual([1]);
  });

  test.each([
    'from-date=23/11/2026',
    'from-date=2026-02-30',
    'to-date=yesterday',
    'include-archived=yes',
    'use-updated-dates=1',
    'page=0',
    'page=one',
    'page-size=0',
    'page-size=1001',
  ])('a malformed %s is refused', async (query) => {
    expect((await (await visit()).get(`/candidates/search?${query}`)).status).toBe(400);
  });
});

describe('dates', () => {
  const ages = {
    candidates: [8, 7, 6, 0].map((CreatedDaysAgo) => person('a@x.example', { CreatedDaysAgo })),
  };

  test('Without date filters a search returns only the last 7 days', async () => {
    const visitor = await seeded(ages);
    expect(await visitor.refs('/candidates/search?email-address=a@x.example')).toEqual([4, 3, 2]);
  });

  test('Public clients that look people up by e-mail send `from-date=2000-01-01`', async () => {
    const visitor = await seeded(ages);
    expect(await visitor.refs('/candidates/search?from-date=2000-01-01')).toEqual([4, 3, 2, 1]);
  });

  test('Dates are whole days, both ends included', async () => {
    const visitor = await seeded(ages);
    expect(await visitor.refs('/candidates/search?from-date=2026-11-16&to-date=2026-11-17')).toEqual([3, 2]);
    expect(await visitor.refs('/candidates/search?to-date=2026-11-15')).toEqual([1]);
    expect(await visitor.refs('/candidates/search?from-date=2026-11-23')).toEqual([4]);
  });

  test('`use-updated-dates`: the dates are those of the last change', async () => {
    const visitor = await seeded({ candidates: [person('a@x.example'), person('b@x.example')] });
    await visitor.call('PATCH', '/candidates/2', { JobTitle: 'Buyer' });
    expect(await visitor.refs('/candidates/search')).toEqual([]);
    expect(await visitor.refs('/candidates/search?use-updated-dates=true')).toEqual([2]);
  });

  test('A search sees what was created a moment before', async () => {
    const visitor = await visit();
    const ref = await visitor.create('companies', { Name: 'Acme' });
    expect(await visitor.refs('/companies/search?name=acme')).toEqual([ref]);
  });
});

describe('LIKE', () => {
  const find = async (addresses: (string | null)[], text: string) => {
    const visitor = await seeded({ candidates: addresses.map((address) => person(address)) });
    return visitor.refs(`/candidates/search?${ALL}&email-address=${encodeURIComponent(text)}`);
  };

  test('`ann@x.com` also finds `joann@x.com`', async () => {
    expect(await find(['ann@x.com', 'joann@x.com', 'ann@x.org', null], 'ann@x.com')).toEqual([2, 1]);
  });

  test('a substring match, not case-sensitive', async () => {
    expect(await find(['ANN@X.COM', 'joann@x.com'], 'Ann@x')).toEqual([2, 1]);
  });

  test('a search text needs at least two characters', async () => {
    await expect(find(['ann@x.com'], 'a')).rejects.toThrow('400');
    await expect(find(['ann@x.com'], '')).rejects.toThrow('400');
    expect(await find(['ann@x.com'], 'an')).toEqual([1]);
  });

  test('`_` and `%` may act as wildcards', async () => {
    expect(await find(['a_b@x.com', 'acb@x.com', 'accb@x.com'], 'a_b@x')).toEqual([2, 1]);
    expect(await find(['a%b@x.com', 'accb@x.com', 'ba@x.com'], 'a%b@x')).toEqual([2, 1]);
  });

  test('no other character has a special meaning', async () => {
    expect(await find(['a+b.c@x.com', 'aab.c@x.com', 'a+bxc@x.com'], 'a+b.c@_')).toEqual([1]);
  });

  test('a search string can be narrowed to split a result that reaches the cap', async () => {
    const addresses = Array.from({ length: 1200 }, (_, index) => `p${String(index).padStart(4, '0')}@x.com`);
    const visitor = await seeded({ candidates: addresses.map((address) => person(address)) });
    const found = async (text: string) =>
      (await visitor.refs(`/candidates/search?${ALL}&page-size=1000&email-address=${text}`)).length;
    expect([await found('@x.com'), await found('p0'), await found('p1')]).toEqual([1000, 1000, 200]);
  });
});

describe('archived records', () => {
  test('Archived records are left out unless `include-archived=true`', async () => {
    const visitor = await seeded({
      candidates: [person('a@x.example', { IsArchived: true }), person('a@x.example')],
    });
    expect(await visitor.refs(`/candidates/search?${ALL}`)).toEqual([2]);
    expect(await visitor.refs(`/candidates/search?${ALL}&include-archived=false`)).toEqual([2]);
    expect(await visitor.refs(`/candidates/search?${ALL}&include-archived=true`)).toEqual([2, 1]);
  });
});

describe('paging', () => {
  const many = { candidates: Array.from({ length: 1050 }, (_, index) => person(`p${index}@x.example`)) };

  test('pages by `page` (from 1) and `page-size` (up to 1,000)', async () => {
    const visitor = await seeded(many);
    expect(await visitor.refs(`/candidates/search?${ALL}&page=1&page-size=2`)).toEqual([1050, 1049]);
    expect(await visitor.refs(`/candidates/search?${ALL}&page=2&page-size=2`)).toEqual([1048, 1047]);
    expect(await visitor.refs(`/candidates/search?${ALL}&page=501&page-size=2`)).toEqual([]);
  });

  test('At most 1,000 rows in all', async () => {
    const visitor = await seeded(many, { switches: { shape: 'paged' } });
    const { body } = await visitor.get(`/candidates/search?${ALL}&page=4&page-size=300`);
    expect(body).toMatchObject({ TotalPages: 4, TotalCount: 1000 });
    expect((body as { Results: unknown[] }).Results).toHaveLength(100);
  });
});

describe('the shape of the answer', () => {
  const people = { candidates: [person('a@x.example')], contacts: [person('b@x.example')] };
  const row = expect.objectContaining({ Ref: 1 });
  const paged = { Results: [row], TotalPages: 1, TotalCount: 1 };

  test('Candidates: a bare array, nested one level; never an envelope', async () => {
    const visitor = await seeded(people, { switches: { shape: 'seen' } });
    expect((await visitor.get(`/candidates/search?${ALL}`)).body).toEqual([[row]]);
    expect((await visitor.get(`/candidates/search?${ALL}&page=1`)).body).toEqual([[row]]);
  });

  test('Contacts: a bare array without paging, an envelope with `page`/`page-size`', async () => {
    const visitor = await seeded(people, { switches: { shape: 'seen' } });
    expect((await visitor.get(`/contacts/search?${ALL}`)).body).toEqual([row]);
    expect((await visitor.get(`/contacts/search?${ALL}&page=1`)).body).toEqual(paged);
    expect((await visitor.get(`/contacts/search?${ALL}&page-size=10`)).body).toEqual(paged);
  });

  test.each([
    ['array', [row]],
    ['nested', [[row]]],
    ['paged', paged],
  ] as const)('%s everywhere, if a test sets it', async (shape, answer) => {
    const visitor = await seeded(people, { switches: { shape } });
    for (const searched of ['candidates', 'contacts']) {
      expect((await visitor.get(`/${searched}/search?${ALL}`)).body).toEqual(answer);
    }
  });

  test('cycle: each shape in turn', async () => {
    const visitor = await seeded(people, { switches: { shape: 'cycle' } });
    const answers: unknown[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      answers.push((await visitor.get(`/candidates/search?${ALL}`)).body);
    }
    expect(answers).toEqual([[row], [[row]], paged, [row]]);
  });
});

describe('rows', () => {
  const dates = {
    CreatedBy: 'seed',
    Created: '2026-10-24T10:00:00.000Z',
    UpdatedBy: 'seed',
    Updated: '2026-10-24T10:00:00.000Z',
  };
  const noAction = { LastActionRef: null, LastActionName: null, LastActionDate: null };
  const address = {
    Address1: null,
    Address2: null,
    Address3: null,
    Town: 'Leeds',
    County: null,
    Country: null,
    PostCode: null,
  };

  test('A candidate row: …; unset fields are `null`; a search row has no marketing fields', async () => {
    const visitor = await seeded({ candidates: [person('a@x.example', { Address: { Town: 'Leeds' } })] });
    expect((await visitor.get(`/candidates/search?${ALL}`)).body).toEqual([
      {
        Ref: 1,
        FirstName: 'Ann',
        Surname: 'Lee',
        DateOfBirth: null,
        JobTitle: null,
        EmailAddress: 'a@x.example',
        Address: address,
        MobileNumber: null,
        HomeNumber: null,
        WorkNumber: null,
        IsArchived: false,
        ...dates,
        ...noAction,
      },
    ]);
  });

  test('A contact row: …, `CompanyRef`, `CompanyName`, …', async () => {
    const visitor = await seeded({
      companies: [{ Name: 'Acme', Phone: '1' }],
      contacts: [person('a@x.example', { CompanyRef: 1 })],
    });
    expect((await visitor.get(`/contacts/search?${ALL}`)).body).toEqual([
      {
        Ref: 1,
        FirstName: 'Ann',
        Surname: 'Lee',
        Title: null,
        CompanyRef: 1,
        CompanyName: 'Acme',
        CompanyPhone: '1',
        JobTitle: null,
        EmailAddress: 'a@x.example',
        MobileNumber: null,
        WorkNumber: null,
        IsArchived: false,
        ...dates,
        ...noAction,
      },
    ]);
  });

  test('A company row: `Ref`, `Name`, `Phone`, `Website`, `Address{…}`, `IsArchived`, `Created…`, `Updated…`', async () => {
    const visitor = await seeded({ companies: [{ Name: 'Acme', Address: { Town: 'Leeds' } }] });
    expect((await visitor.get(`/companies/search?${ALL}`)).body).toEqual([
      { Ref: 1, Name: 'Acme', Phone: null, Website: null, Address: address, IsArchived: false, ...dates },
    ]);
  });
});
