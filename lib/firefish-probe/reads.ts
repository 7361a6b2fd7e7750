/** The checks that only read: tokens, searches, rows and profiles, as far as there are records to see it on. */
import * as firefish from '../firefish/assumptions.ts';
import type { Access } from './access.ts';
import {
  cannotTell,
  type Check,
  DAY_MS,
  describe,
  ENTITIES,
  EVERYTHING,
  fieldsSeen,
  hasRef,
  isObject,
  readSearch,
  type Row,
  search,
  seen,
  type Seen,
  whether,
} from './check.ts';

const { PARAMETER } = firefish;
const UNKNOWN_REF = 999_999_999;
const CHANGES = ['IsArchived', 'CreatedBy', 'Created', 'UpdatedBy', 'Updated'];
const PERSON = ['Ref', 'FirstName', 'Surname', 'JobTitle', 'EmailAddress', 'MobileNumber', ...CHANGES];
const MARKETING = ['EmailMarketing', 'SmsMarketing', 'SMSMarketing', 'PostalMarketing'];
const COMPANY = ['Ref', 'Name', 'Phone', 'Website', 'Address', ...CHANGES];
const PROFILE = ['Source', 'OwnerUserEmail', 'HasCv', 'Skills', 'LinkedIn', 'CandidateURL'];

interface Fields {
  /** Whether the record itself is read, not its row. */
  isProfile: boolean;
  line: string;
  wanted: readonly string[];
  unwanted?: readonly string[];
}

const FIELDS: Record<firefish.Entity, Fields[]> = {
  candidate: [
    {
      isProfile: false,
      line: 'A candidate row: `Ref` (int), `FirstName`, …. A search row has no marketing fields; the record itself has',
      wanted: [...PERSON, 'Address'],
      unwanted: MARKETING,
    },
    {
      isProfile: true,
      line: "The profile: the row's fields and …. A record's page for people: `CandidateURL` in the profile. Written as `SMSMarketing`, read as `SmsMarketing`",
      wanted: [...PERSON, 'EmailMarketing', 'SmsMarketing', 'PostalMarketing', ...PROFILE],
      unwanted: ['SMSMarketing'],
    },
  ],
  contact: [
    {
      isProfile: false,
      line: 'A contact row: …, `CompanyRef`, `CompanyName`, …. A search row has no marketing fields',
      wanted: [...PERSON, 'CompanyRef', 'CompanyName'],
      unwanted: MARKETING,
    },
    {
      isProfile: true,
      line: '`EmailMarketing` exists on contacts, no other marketing field does',
      wanted: [...PERSON, 'CompanyRef', 'EmailMarketing'],
      unwanted: MARKETING.slice(1),
    },
  ],
  company: [
    { isProfile: false, line: 'A company row: `Ref`, `Name`, `Phone`, `Website`, …', wanted: COMPANY },
    { isProfile: true, line: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`', wanted: COMPANY },
  ],
};

export function tokenChecks(access: Access): Check[] {
  const reader = ['candidatesAPI-read'];
  return [
    {
      line: 'Tokens last about **10 minutes**. A token that lacks the scope: `403`',
      expected: 'expires_in between 300 and 900, and status 403',
      async look() {
        const answer = await access.token(reader);
        if (answer.kind !== 'granted') return seen(false, answer.kind);
        const seconds = answer.token.lifetimeMs / 1000;
        const query = { [PARAMETER.from]: firefish.toDay(access.now()) };
        const refused = await access.ask(firefish.searchEndpoint('contact'), {
          ...{ query, token: answer.token.value },
        });
        const same = seconds >= 300 && seconds <= 900 && refused.status === 403;
        return seen(same, `expires_in ${seconds}; ${describe(refused)}`);
      },
    },
    {
      line: 'A token request that names a scope the profile has not ticked: `400` with `error=invalid_scope`, naming it or not',
      expected: 'invalid-scope',
      async look() {
        const { kind } = await access.token([...reader, 'probeAPI-read']);
        return seen(kind === 'invalid-scope', kind);
      },
    },
  ];
}

/** Keeps what was answered; what failed is tried again. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

export function searchChecks(access: Access, marker: string): Check[] {
  const all = async (query: Record<string, string> = {}): Promise<Row[]> => {
    const rows = await search(access, 'candidate', { [PARAMETER.pageSize]: '1000', ...query });
    if (rows === undefined) throw new Error('the search was refused, or its answer is of an unknown shape');
    return rows;
  };
  /** Asked once: nothing is written meanwhile. */
  const everybody = once(() => all());
  const address = ({ EmailAddress }: Row): string => (typeof EmailAddress === 'string' ? EmailAddress : '');
  const findsItself = async (change: (row: Row) => Record<string, string>): Promise<Seen> => {
    const row = (await everybody()).find((one) => address(one).length > 6);
    if (row === undefined) return cannotTell('no candidate with an address');
    const rows = await all(change(row));
    // So many rows that the one that is looked for may be cut off.
    if (rows.length >= firefish.MAX_ROWS) return cannotTell('too many are alike');
    return whether(rows.some(hasRef(row['Ref'])), 'not found');
  };

  return [
    {
      line: 'Query parameters are kebab-case: `email-address`, `name`, `from-date`, `to-date` (YYYY-MM-DD), `include-archived`, `page`, `page-size`; contacts also `company-ref`',
      expected: 'taken, and nobody found for an address that nobody has',
      async look() {
        const query = {
          ...{ ...EVERYTHING, [PARAMETER.email]: `nobody-${marker}`, 'company-ref': '1' },
          [PARAMETER.to]: firefish.toDay(access.now() + DAY_MS),
          ...{ [PARAMETER.page]: '1', [PARAMETER.pageSize]: '10' },
        };
        const answer = await access.ask(firefish.searchEndpoint('contact'), { query });
        return whether(readSearch(answer)?.rows.length === 0, describe(answer));
      },
    },
    {
      line: '**Without date filters a search returns only the last 7 days.**',
      expected: 'nobody older',
      async look() {
        const query = { [PARAMETER.archived]: 'true' };
        const young = readSearch(await access.ask(firefish.searchEndpoint('candidate'), { query }))?.rows;
        const old = (row: Row): boolean => Date.parse(String(row['Created'])) < access.now() - 8 * DAY_MS;
        if (!(await everybody()).some(old)) return cannotTell('no candidate is older than seven days');
        return whether(young?.some(old) === false, 'older ones, too');
      },
    },
    {
      line: 'String parameters are matched with SQL `LIKE` (a substring match, not case-sensitive)',
      expected: 'found by the middle of its address, in capitals',
      look: () => findsItself((row) => ({ [PARAMETER.email]: address(row).slice(1, -1).toUpperCase() })),
    },
    {
      line: '`_` and `%` may act as wildcards',
      expected: 'found with _ in the place of a letter',
      look: () => findsItself((row) => ({ [PARAMETER.email]: address(row).replace(/(?<=^.)./, '_') })),
    },
    {
      line: 'Dates are whole days, both ends included',
      expected: 'found from and to the day of its creation',
      look: () =>
        findsItself((row) => {
          const day = String(row['Created']).slice(0, 10);
          return { [PARAMETER.from]: day, [PARAMETER.to]: day };
        }),
    },
    {
      line: 'Archived records are left out unless `include-archived=true`',
      expected: 'archived ones only with include-archived',
      async look() {
        const archived = (rows: Row[]): number => rows.filter((row) => row['IsArchived'] === true).length;
        const included = archived(await everybody());
        if (included === 0) return cannotTell('no candidate is archived');
        const without = archived(await all({ [PARAMETER.archived]: 'false' }));
        return whether(without === 0, `${without} without, ${included} with`);
      },
    },
    {
      line: 'At most 1,000 rows in all; pages by `page` (from 1) and `page-size` (up to 1,000)',
      expected: 'page 1 is the beginning',
      async look() {
        const [first] = await all({ [PARAMETER.pageSize]: '2', [PARAMETER.page]: '1' });
        const [newest] = await everybody();
        return newest === undefined ? cannotTell('no candidates') : whether(first?.['Ref'] === newest['Ref']);
      },
    },
  ];
}

export function recordChecks(access: Access): Check[] {
  const firsts = new Map(
    ENTITIES.map((entity) => [entity, once(() => search(access, entity, { [PARAMETER.pageSize]: '5' }))]),
  );
  const first = async (entity: firefish.Entity): Promise<Row | undefined> =>
    (await firsts.get(entity)?.())?.[0];
  const profile = async (entity: firefish.Entity): Promise<Row | undefined> => {
    const ref = (await first(entity))?.['Ref'];
    if (ref === undefined) return undefined;
    const { body } = await access.ask(firefish.readEndpoint(entity, Number(ref)));
    return isObject(body) ? body : undefined;
  };
  return ENTITIES.flatMap((entity): Check[] => [
    ...FIELDS[entity].map(({ line, wanted, unwanted, isProfile }) => ({
      line,
      expected: wanted.join(', '),
      async look() {
        const row = await (isProfile ? profile(entity) : first(entity));
        if (row === undefined) return cannotTell(`no ${entity} to see it on`);
        return fieldsSeen(row, wanted, unwanted);
      },
    })),
    {
      line: 'Errors: …; `404` for an unknown ref',
      expected: `status 404 (${entity})`,
      async look() {
        const answer = await access.ask(firefish.readEndpoint(entity, UNKNOWN_REF));
        return seen(answer.status === 404, describe(answer));
      },
    },
  ]);
}
