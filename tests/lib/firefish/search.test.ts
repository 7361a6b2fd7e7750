import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import type { FirefishSeed } from '../../../local/firefish-simulator/simulator.ts';
import { TurnStage as Stage } from './turn-stage.ts';

type Row = NonNullable<FirefishSeed['candidates']>[number];
const person = (EmailAddress: string | null, more: Partial<Row> = {}): Row => ({
  FirstName: 'Ann',
  Surname: 'Lee',
  EmailAddress,
  ...more,
});
const emails = (rows: readonly { EmailAddress?: string | null }[]): (string | null | undefined)[] =>
  rows.map(({ EmailAddress }) => EmailAddress).sort();

describe.each(['array', 'paged', 'nested'] as const)('searches answered in the %s shape', (shape) => {
  let stage: Stage;
  let client: Firefish;
  beforeEach(() => {
    // Hundreds of searches in one test, which is not about the limits.
    stage = new Stage({ FIREFISH_RATE_LIMITS: parseRateLimits('1000/1s') }, { switches: { shape } });
    stage.addProfile();
    client = stage.client();
  });
  const searches = (): number =>
    stage.simulator.calls().filter(({ endpoint }) => endpoint.endsWith('/search')).length;

  test('by address are exact after trimming and case folding, over all time, archived records included', async () => {
    stage.simulator.seed('acme', {
      candidates: [
        person('ann@lee.example'),
        person(' ANN@Lee.example ', { CreatedDaysAgo: 9_000 }),
        person('ann@lee.example', { IsArchived: true }),
        person('joann@lee.example'),
        person('ann@lee.example.org'),
        person(null),
      ],
      contacts: [person('ann@lee.example', { CreatedDaysAgo: 0 })],
    });
    const found = await stage.clock.run(client.searchByEmail('candidate', 'Ann@LEE.example '));
    expect(emails(found)).toHaveLength(3);
    expect(await stage.clock.run(client.searchByEmail('contact', 'ann@lee.example'))).toHaveLength(1);
    expect(searches()).toBe(2);
  });

  test.each(['a_n@lee.example', 'a%n@lee.example'])('do not treat %s as a wildcard', async (address) => {
    stage.simulator.seed('acme', { candidates: [person('ann@lee.example'), person(address)] });
    expect(emails(await stage.clock.run(client.searchByEmail('candidate', address)))).toEqual([address]);
  });

  test('find composed and decomposed spellings of a composed address', async () => {
    stage.simulator.seed('acme', { candidates: [person('zoë@lee.example')] });
    const found = await stage.clock.run(client.searchByEmail('candidate', 'ZOE\u0308@lee.example'));
    expect(found).toHaveLength(1);
  });

  test('by address that reach the cap are split until they are complete', async () => {
    const others = Array.from({ length: 1_500 }, (_, index) =>
      person(`x${String(index)}.ann@lee.example`, { CreatedDaysAgo: index % 700 }),
    );
    stage.simulator.seed('acme', {
      candidates: [...others, person('ann@lee.example', { CreatedDaysAgo: 3_000 })],
    });
    const found = await stage.clock.run(client.searchByEmail('candidate', 'ann@lee.example'));
    expect(emails(found)).toEqual(['ann@lee.example']);
  });

  test('by domain find everyone with an address there and no other person', async () => {
    stage.simulator.seed('acme', {
      candidates: [
        person('ann@lee.example'),
        person('BO@LEE.example', { IsArchived: true, CreatedDaysAgo: 5_000 }),
        person('cy@sub.lee.example'),
        person('di@lee.example.org'),
        person('not an address @ all'),
      ],
    });
    const found = await stage.clock.run(client.searchByDomain('candidate', 'Lee.Example'));
    expect(emails(found)).toEqual(['BO@LEE.example', 'ann@lee.example']);
    expect(searches()).toBe(1);
  });

  test('by domain that reach the cap are split by days', async () => {
    const everyone = Array.from({ length: 2_300 }, (_, index) =>
      person(`p${String(index)}@lee.example`, { CreatedDaysAgo: (index * 7) % 4_000 }),
    );
    stage.simulator.seed('acme', { candidates: everyone });
    expect(await stage.clock.run(client.searchByDomain('candidate', 'lee.example'))).toHaveLength(2_300);
  });

  test('by domain that reach the cap on one day are split by the part before the @', async () => {
    const letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_+'";
    const everyone = Array.from({ length: 2_200 }, (_, index) =>
      person(`p${String(index)}${letters[index % letters.length]!}@lee.example`, { CreatedDaysAgo: 400 }),
    );
    stage.simulator.seed('acme', { candidates: everyone });
    const found = await stage.clock.run(client.searchByDomain('candidate', 'lee.example'));
    expect(new Set(emails(found)).size).toBe(2_200);
  });

  test('of companies compare whole names, ignoring case and spaces', async () => {
    stage.simulator.seed('acme', {
      companies: [
        { Name: 'Acme Ltd' },
        { Name: ' ACME  ltd ', IsArchived: true, CreatedDaysAgo: 4_000 },
        { Name: 'Acme Ltd London' },
        { Name: 'Acme' },
        { Name: 'Initech   Holding' },
        { Name: 'X' },
      ],
    });
    const names = async (name: string): Promise<string[]> =>
      (await stage.clock.run(client.searchCompanies(name))).map((company) => company.Name.trim());
    await names('the token first');
    const calls = (): number => stage.simulator.calls().length;
    for (const [name, most] of [
      ['Acme Ltd', 1],
      ['Initech Holding', 1],
      ['acme ltd', 3],
      ['x', 3],
      ['Umbrella', 3],
    ] as const) {
      const before = calls();
      await names(name);
      expect(calls() - before).toBeLessThanOrEqual(most);
    }
    expect(await names('acme ltd')).toContain('Acme Ltd');
    expect(await names('Initech Holding')).toEqual(['Initech   Holding']);
    expect(await names('x')).toEqual(['X']);
    expect(await names('Umbrella')).toEqual([]);
    expect(await names(' ')).toEqual([]);
  });

  test('of the activity log find exactly the note, starting the day before', async () => {
    stage.simulator.seed('acme', {
      candidates: [
        { Ref: 7, ...person('ann@lee.example') },
        { Ref: 8, ...person(null) },
      ],
    });
    const since = stage.clock.now();
    const has = (ref: number, note: string): Promise<boolean> =>
      stage.clock.run(client.hasNote('candidate', ref, note, since));
    await stage.clock.run(client.addNote('candidate', 7, 'Line one\nline two'));
    await stage.clock.advance(20 * 3_600_000);
    expect(await has(7, 'Line one\r\nline two ')).toBe(true);
    expect(await has(7, 'Line one')).toBe(false);
    expect(await has(8, 'Line one\nline two')).toBe(false);
  });
});

describe.each([
  ['with', { wildcardsAreLiteral: false }],
  ['without', { wildcardsAreLiteral: true }],
] as const)('a search that ignores case but not accents, %s wildcards', (_, quirks) => {
  const open = (...companies: string[]) => {
    const stage = new Stage({ FIREFISH_RATE_LIMITS: parseRateLimits('1000/1s') }, { quirks });
    stage.addProfile();
    stage.simulator.seed('acme', { companies: companies.map((Name) => ({ Name })) });
    const client = stage.client();
    const searches = (): number =>
      stage.simulator.calls().filter(({ endpoint }) => endpoint.endsWith('/search')).length;
    const find = async (name: string) =>
      (await stage.clock.run(client.searchCompanies(name))).map(({ Name }) => Name);
    return { find, searches };
  };

  test.each([
    ...[
      'Škoda',
      'Škoda Auto',
      'Peña',
      'Éire',
      'Йогурт',
      'Łódź',
      'Σίσυφος',
      'Åre',
      'Ñandú',
      'Thị Hà',
      'Nestlé',
    ],
    ...[
      'Zürich',
      'L’Oréal',
      'Großmann',
      'İstanbul',
      '３Ｍ',
      'ﾄﾖﾀ自動車',
      'A.B.C.',
      '100% Ünique',
      'A_B',
      '王 GmbH',
    ],
    ...['D’Arcy & Sons, Ltd.', '“Über” [DE]', 'Ü'],
  ])('finds the company %j by its exact spelling, with one call', async (name) => {
    const { find, searches } = open('Acme', name, `${name} Nord`);
    expect(await find(name)).toEqual([name]);
    expect(searches()).toBe(1);
  });

  test.each([
    ['El Niño', 'EL NINO'],
    ['Zoë Co', 'Zoe Company'],
    ['３Ｍ', '3M'],
    ['ﾄﾖﾀ自動車', 'トヨタ自動車'],
    ['ﾊﾞﾝｸ東京', 'バンク東京'],
    ['Nestlé', 'Nestle'],
    ['Peña', 'Pena'],
    ['Großmann & Söhne', 'GROSSMANN AND SOHNE'],
    ['Sainsbury’s', "Sainsbury's"],
    ['“Quoted” Co', '"Quoted" Co'],
    ...(quirks.wildcardsAreLiteral
      ? []
      : [
          ['Zürich Bank', 'Zurich Bank'],
          ['Müller GmbH', 'MULLER GMBH'],
          ['Société Générale', 'Societe Generale'],
          ['L’Oréal', "L'Oreal"],
          ['Straße', 'STRASSE'],
          ['Škoda', 'Skoda'],
          ['Škoda Auto', 'SKODA AUTO'],
          ['Йогурт', 'ИОГУРТ'],
          ['İstanbul Ltd', 'ISTANBUL LIMITED'],
          ['Çelik Holding', 'Celik Holding'],
          ['Coca‑Cola', 'COCA-COLA'],
        ]),
  ])('finds %j by %j, and vice versa, with at most three calls', async (one, other) => {
    for (const [there, asked] of [
      [one, other],
      [other, one],
    ] as const) {
      const { find, searches } = open('Acme', there, `${there} Nord`);
      expect(await find(asked)).toEqual([there]);
      expect(searches()).toBeLessThanOrEqual(3);
    }
  });

  test('finds all spellings if none is exact', async () => {
    const { find } = open('Zoë Co', 'ZOE COMPANY', 'Zoe Ltd');
    expect((await find('Zoe Co.')).sort()).toEqual(['ZOE COMPANY', 'Zoë Co']);
  });
});

describe('a search that cannot be complete', () => {
  const crowd = (address: (index: number) => string): Row[] =>
    Array.from({ length: 1_500 }, (_, index) => person(address(index), { CreatedDaysAgo: 400 }));
  let stage: Stage;
  let client: Firefish;
  function open(candidates: Row[]): void {
    stage = new Stage({ FIREFISH_RATE_LIMITS: parseRateLimits('1000/1s') });
    stage.addProfile();
    stage.simulator.seed('acme', { candidates });
    client = stage.client();
  }

  test.each([false, true])(
    'answers what it can reach, and says that this is not everything (exhaustive: %s)',
    async (exhaustive) => {
      open(crowd(() => 'ann@lee.example'));
      const found = await stage.clock.run(
        client.searchByEmail('candidate', 'ann@lee.example', { exhaustive }),
      );
      expect(found.length).toBeGreaterThanOrEqual(1_000);
      expect(found.incomplete).toBe(true);
    },
  );

  test('reaches the rest of a day by the date of the last change, if other records were changed later', async () => {
    open(crowd(() => 'ann@lee.example'));
    const search = (): Promise<{ Ref: number }[]> =>
      stage.clock.run(client.searchByEmail('candidate', 'ann@lee.example', { exhaustive: true }));
    const first = await search();
    await stage.clock.run(
      Promise.all(first.map(({ Ref }) => client.update('candidate', Ref, { EmailMarketing: false }))),
    );
    expect(first.length).toBeLessThan(1_500);
    expect(await search()).toHaveLength(1_500);
  });

  test('by domain is split by the part before the @, and is then complete', async () => {
    open(crowd((index) => `p${index.toString(36)}@lee.example`));
    const found = await stage.clock.run(
      client.searchByDomain('candidate', 'lee.example', { exhaustive: true }),
    );
    expect(found).toHaveLength(1_500);
    expect(found.incomplete).toBeUndefined();
  });

  test('is noticed if a server returns shorter pages than requested', async () => {
    const stage = new Stage();
    stage.addProfile();
    const rows = Array.from({ length: 130 }, (_, index) => ({
      Ref: index + 1,
      EmailAddress: `p${String(index)}@lee.example`,
    }));
    const short: typeof fetch = async (input, init) => {
      const url = new URL(input);
      if (!url.pathname.endsWith('/search')) return stage.fetch(input, init);
      const page = Number(url.searchParams.get('page'));
      return Response.json(rows.slice((page - 1) * 50, page * 50));
    };
    const client = stage.client({ fetch: short });
    expect(await stage.clock.run(client.searchByDomain('candidate', 'lee.example'))).toHaveLength(130);
  });

  test.each([['{"Items":[]}'], ['"nothing"'], ['[{"Id":5}]'], ['null'], ['']])(
    'does not count as empty with %s',
    async (body) => {
      const stage = new Stage();
      stage.addProfile();
      stage.simulator.faults.add({
        kind: 'status',
        status: 200,
        body,
        endpoint: 'GET /candidates/search',
        times: 4,
      });
      await expect(
        stage.clock.run(stage.client().searchByEmail('candidate', 'ann@lee.example')),
      ).rejects.toMatchObject({ name: 'UnavailableError' });
    },
  );
});

describe('an exhaustive search', () => {
  const REFS = Array.from({ length: 130 }, (_, index) => index + 1);
  const pageOf = (all: readonly number[], page: number, size: number): unknown[] =>
    all
      .slice((page - 1) * size, page * size)
      .map((Ref) => ({ Ref, EmailAddress: `p${String(Ref)}@lee.example` }));

  /** A Firefish with other page sizes, in which records can be deleted while it is read. */
  async function search(
    answer: (page: number, asked: number) => unknown,
  ): Promise<{ refs: number[]; calls: number; incomplete: boolean }> {
    const stage = new Stage();
    stage.addProfile();
    let calls = 0;
    const client = stage.client({
      fetch: async (input, init) => {
        const url = new URL(new Request(input).url);
        if (!url.pathname.endsWith('/search')) return stage.fetch(input, init);
        calls += 1;
        return Response.json(answer(Number(url.searchParams.get('page')), calls));
      },
    });
    const found = await stage.clock.run(
      client.searchByDomain('candidate', 'lee.example', { exhaustive: true }),
    );
    const refs = found.map(({ Ref }) => Ref).sort((a, b) => a - b);
    return { refs, calls, incomplete: found.incomplete ?? false };
  }

  test('reads until an empty page, also after an answer with few rows', async () => {
    const few = await search((page) => pageOf([1, 2, 3], page, 1_000));
    expect(few).toEqual({ refs: [1, 2, 3], calls: 2, incomplete: false });
    expect(await search(() => [])).toEqual({ refs: [], calls: 1, incomplete: false });
  });

  test('does not conclude from a short page that there are no more', async () => {
    const { refs } = await search((page) =>
      page === 1 ? pageOf(REFS, 1, 7) : pageOf(REFS.slice(7), page - 1, 1_000),
    );
    expect(refs).toEqual(REFS);
  });

  test.each([50, 65, 100])(
    'misses nobody if a record is deleted while pages of %i are read',
    async (size) => {
      const { refs } = await search((page, asked) => pageOf(asked === 1 ? REFS : REFS.slice(1), page, size));
      expect(refs).toEqual(expect.arrayContaining(REFS.slice(1)));
    },
  );

  test.each([50, 100])('reads again if the counts of pages of %i disagree', async (size) => {
    const { refs, incomplete } = await search((page, asked) => {
      const all = asked === 1 ? REFS : REFS.slice(1);
      return {
        Results: pageOf(all, page, size),
        TotalPages: Math.ceil(all.length / size),
        TotalCount: all.length,
      };
    });
    expect(refs).toEqual(expect.arrayContaining(REFS.slice(1)));
    expect(incomplete).toBe(false);
  });
});
