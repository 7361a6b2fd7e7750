/** The checks that only read: tokens, searches, rows and profiles, as far as there are records to see it on. */
import {
  actionsEndpoint,
  BEGINNING_OF_TIME,
  MAX_ROWS,
  PARAMETER,
  readEndpoint,
  searchEndpoint,
  toDay,
  type Entity,
} from './assumptions.ts';
import {
  cannotTell,
  describe,
  fieldsSeen,
  hasRef,
  isObject,
  no,
  rowsOf,
  whether,
  yes,
  type Check,
  type ProbeContext,
  type Row,
  type Seen,
} from './probe-check.ts';

const DAY_MS = 24 * 3_600_000;
const UNKNOWN_REF = 999_999_999;
const CHANGES = ['CreatedBy', 'Created', 'UpdatedBy', 'Updated'];
const LAST_ACTION = ['LastActionRef', 'LastActionName', 'LastActionDate'];
const PERSON = [
  'Ref',
  'FirstName',
  'Surname',
  'JobTitle',
  'EmailAddress',
  'MobileNumber',
  'WorkNumber',
  'IsArchived',
];
const MARKETING = ['EmailMarketing', 'SmsMarketing', 'SMSMarketing', 'PostalMarketing'];
const ROW_FIELDS: Record<Entity, string[]> = {
  candidate: [...PERSON, 'DateOfBirth', 'Address', 'HomeNumber', ...CHANGES, ...LAST_ACTION],
  contact: [...PERSON, 'Title', 'CompanyRef', 'CompanyName', ...CHANGES, ...LAST_ACTION],
  company: ['Ref', 'Name', 'Phone', 'Website', 'Address', 'IsArchived', ...CHANGES],
};
const PROFILE_FIELDS: Record<Entity, string[]> = {
  candidate: [
    ...ROW_FIELDS.candidate,
    ...['Title', 'KnownAs', 'Source', 'Status', 'OwnerUserEmail', 'CurrentCompanyName', 'EmailMarketing'],
    ...['SmsMarketing', 'PostalMarketing', 'HasCv', 'Skills', 'LinkedIn', 'RecruiterSummary'],
    'CandidateSummary',
  ],
  contact: [...ROW_FIELDS.contact, 'EmailMarketing'],
  company: ROW_FIELDS.company,
};

const everything = { [PARAMETER.from]: BEGINNING_OF_TIME, [PARAMETER.archived]: 'true' };

export const search = async (
  { access }: ProbeContext,
  entity: Entity,
  query: Record<string, string>,
): Promise<Row[] | undefined> => rowsOf(await access.ask(searchEndpoint(entity), { query }));

export function tokenChecks({ access }: ProbeContext): Check[] {
  return [
    {
      line: 'Tokens last about **10 minutes**',
      expected: 'expires_in between 300 and 900',
      async look() {
        const answer = await access.token(['candidatesAPI-read']);
        if (answer.kind !== 'granted') return no(answer.kind);
        const seconds = answer.lifetimeMs / 1000;
        return whether(seconds >= 300 && seconds <= 900, `expires_in ${seconds}`);
      },
    },
    {
      line: 'A token that lacks the scope: `403` (the help centre speaks of 401 for missing rights too: treat a 401 with a fresh token as the same)',
      expected: 'status 403',
      async look() {
        const answer = await access.token(['candidatesAPI-read']);
        if (answer.kind !== 'granted') return cannotTell(`the token request was ${answer.kind}`);
        const query = { [PARAMETER.from]: toDay(access.now()) };
        const refused = await access.ask(searchEndpoint('contact'), { query, token: answer.accessToken });
        return whether(refused.status === 403, describe(refused));
      },
    },
    {
      line: 'A token request that names a scope the profile has not ticked: `400` with `error=invalid_scope`, naming it or not',
      expected: 'invalid_scope',
      async look() {
        const answer = await access.token(['candidatesAPI-read', 'probeAPI-read']);
        return whether(answer.kind === 'invalid-scope', answer.kind);
      },
    },
  ];
}

export function searchChecks(context: ProbeContext): Check[] {
  const { access, marker } = context;
  const all = async (entity: Entity): Promise<Row[] | undefined> =>
    search(context, entity, { ...everything, [PARAMETER.pageSize]: String(MAX_ROWS) });
  const withAddress = async (): Promise<Row | undefined> =>
    (await all('candidate'))?.find(
      ({ EmailAddress }) => typeof EmailAddress === 'string' && EmailAddress.length > 6,
    );
  const findsItself = async (change: (address: string) => string): Promise<Seen> => {
    const row = await withAddress();
    if (row === undefined) return cannotTell('no candidate with an address');
    const query = { ...everything, [PARAMETER.email]: change(String(row['EmailAddress'])) };
    const rows = await search(context, 'candidate', query);
    if (rows === undefined) return no('no rows');
    // So many that the page ends before the one we look for.
    if (rows.length >= 100) return cannotTell('too many are alike');
    return whether(
      rows.some(hasRef(Number(row['Ref']))),
      rows.some(hasRef(Number(row['Ref']))) ? 'found' : 'not found',
    );
  };

  return [
    {
      line: 'Query parameters are kebab-case: `email-address`, `name`, `from-date`, `to-date` (YYYY-MM-DD), `use-updated-dates`, `include-archived`, `page`, `page-size`; contacts also `company-ref`',
      expected: 'taken, and nobody found for an address that nobody has',
      async look() {
        const query = {
          ...everything,
          [PARAMETER.email]: `nobody-${marker}`,
          [PARAMETER.to]: toDay(access.now() + DAY_MS),
          'use-updated-dates': 'false',
          [PARAMETER.page]: '1',
          [PARAMETER.pageSize]: '10',
        };
        const answers = [
          await access.ask(searchEndpoint('candidate'), { query }),
          await access.ask(searchEndpoint('contact'), { query: { ...query, 'company-ref': '1' } }),
        ];
        const rows = answers.map(rowsOf);
        return whether(
          rows.every((found) => found?.length === 0),
          answers
            .map((answer, index) => `${describe(answer)}, ${rows[index]?.length ?? 'no'} rows`)
            .join('; '),
        );
      },
    },
    {
      line: '**Without date filters a search returns only the last 7 days.**',
      expected: 'nobody older',
      async look() {
        const young = await search(context, 'candidate', { [PARAMETER.archived]: 'true' });
        const rows = await all('candidate');
        if (young === undefined || rows === undefined) return no('no rows');
        const old = (row: Row): boolean => Date.parse(String(row['Created'])) < access.now() - 8 * DAY_MS;
        if (!rows.some(old)) return cannotTell('no candidate is older than seven days');
        return whether(!young.some(old), young.some(old) ? 'older ones, too' : 'so');
      },
    },
    {
      line: 'String parameters are matched with SQL `LIKE` (a substring match, not case-sensitive), two characters at least.',
      expected: 'found by the middle of its address, in capitals',
      look: () => findsItself((address) => address.slice(1, -1).toUpperCase()),
    },
    {
      line: '`_` and `%` may act as wildcards',
      expected: 'found with _ in the place of a letter',
      look: () => findsItself((address) => `${address.slice(0, 1)}_${address.slice(2)}`),
    },
    {
      line: 'Archived records are left out unless `include-archived=true`',
      expected: 'archived ones only with include-archived',
      async look() {
        const archived = (rows: Row[] | undefined): Row[] | undefined =>
          rows?.filter(({ IsArchived }) => IsArchived === true);
        const included = archived(await all('candidate'));
        const query = { [PARAMETER.from]: BEGINNING_OF_TIME, [PARAMETER.pageSize]: String(MAX_ROWS) };
        const without = archived(await search(context, 'candidate', query));
        if (included === undefined || without === undefined) return no('no rows');
        if (included.length === 0) return cannotTell('no candidate is archived');
        return whether(without.length === 0, `${without.length} without, ${included.length} with`);
      },
    },
    {
      line: 'At most 1,000 rows in all; pages by `page` (from 1) and `page-size` (up to 1,000)',
      expected: 'page 1 is the beginning',
      async look() {
        const size = { [PARAMETER.pageSize]: '5' };
        const unsaid = await search(context, 'candidate', { ...everything, ...size });
        const first = await search(context, 'candidate', { ...everything, ...size, [PARAMETER.page]: '1' });
        if (unsaid === undefined || first === undefined) return no('no rows');
        if (unsaid.length === 0) return cannotTell('no candidates');
        return whether(
          unsaid[0]?.['Ref'] === first[0]?.['Ref'],
          first.length === 0 ? 'page 1 is empty' : 'page 1 has rows',
        );
      },
    },
    {
      line: 'Dates are whole days, both ends included; a search string can be narrowed to split a result that reaches the cap',
      expected: 'found from and to the day of its creation',
      async look() {
        const row = (await all('candidate'))?.find(({ Created }) => typeof Created === 'string');
        if (row === undefined) return cannotTell('no candidates');
        const day = String(row['Created']).slice(0, 10);
        const query = {
          ...everything,
          [PARAMETER.from]: day,
          [PARAMETER.to]: day,
          [PARAMETER.pageSize]: String(MAX_ROWS),
        };
        const found = (await search(context, 'candidate', query))?.some(hasRef(Number(row['Ref'])));
        return whether(found === true, found === true ? 'found' : 'not found');
      },
    },
    ...(['candidate', 'contact', 'company'] as const).map((entity): Check => shapeCheck(context, entity)),
  ];
}

/** Three searches: the shape has been seen to change. */
const shapeCheck = ({ access }: ProbeContext, entity: Entity): Check => ({
  line: 'The answer is a bare array, or `{"Results":[…],"TotalPages":n,"TotalCount":n}`; candidate arrays have been seen nested one level. Accept all three',
  expected: `one of the three (${entity})`,
  async look() {
    for (let time = 0; time < 3; time += 1) {
      const answer = await access.ask(searchEndpoint(entity), { query: everything });
      if (rowsOf(answer) === undefined) {
        const names = isObject(answer.body) ? `, an object of ${Object.keys(answer.body).join(', ')}` : '';
        return no(describe(answer) + names);
      }
    }
    return yes('so');
  },
});

const ROW_LINES: Record<Entity, string> = {
  candidate:
    'A candidate row: `Ref` (int), `FirstName`, `Surname`, `DateOfBirth`, …; unset fields are `null`',
  contact: 'A contact row: `Ref`, `FirstName`, `Surname`, `Title`, `CompanyRef`, `CompanyName`, …',
  company:
    'A company row: `Ref`, `Name`, `Phone`, `Website`, `Address{…}`, `IsArchived`, `Created…`, `Updated…`',
};
const PROFILE_LINES: Record<Entity, string> = {
  candidate:
    "`GET /api/v1.0/candidates/{ref}` → the profile: the row's fields and `Title`, `KnownAs`, `Source`, …",
  contact: '`EmailMarketing` exists on contacts, no other marketing field does',
  company: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`',
};

export function recordChecks(context: ProbeContext): Check[] {
  const { access } = context;
  const first = async (entity: Entity): Promise<Row | undefined> =>
    (await search(context, entity, { ...everything, [PARAMETER.pageSize]: '5' }))?.[0];
  const profile = async (entity: Entity, look: (row: Row) => Seen): Promise<Seen> => {
    const ref = Number((await first(entity))?.['Ref']);
    if (Number.isNaN(ref)) return cannotTell(`no ${entity} to read`);
    const answer = await access.ask(readEndpoint(entity, ref));
    return answer.status === 200 && isObject(answer.body) ? look(answer.body) : no(describe(answer));
  };

  return (['candidate', 'contact', 'company'] as const)
    .flatMap((entity): Check[] => [
      {
        line: ROW_LINES[entity],
        expected: ROW_FIELDS[entity].join(', '),
        async look() {
          const row = await first(entity);
          return row === undefined
            ? cannotTell(`no ${entity} to see it on`)
            : fieldsSeen(row, ROW_FIELDS[entity]);
        },
      },
      {
        line: PROFILE_LINES[entity],
        expected: PROFILE_FIELDS[entity].join(', '),
        look: () =>
          profile(entity, (row) =>
            fieldsSeen(
              row,
              PROFILE_FIELDS[entity],
              entity === 'candidate' ? ['SMSMarketing'] : MARKETING.slice(1),
            ),
          ),
      },
      {
        line: 'Errors: …; `404` for an unknown ref',
        expected: `status 404 (${entity})`,
        async look() {
          const answer = await access.ask(readEndpoint(entity, UNKNOWN_REF));
          return whether(answer.status === 404, describe(answer));
        },
      },
      ...(entity === 'company'
        ? []
        : [
            {
              line: 'A search row has no marketing fields; the record itself has',
              expected: `none in a ${entity} row`,
              async look() {
                const row = await first(entity);
                return row === undefined
                  ? cannotTell(`no ${entity} to see it on`)
                  : fieldsSeen(row, [], MARKETING);
              },
            },
          ]),
      ...(entity === 'candidate'
        ? [
            {
              line: "A record's page for people: `CandidateURL` in the profile; for contacts and companies none is known",
              expected: 'CandidateURL',
              look: () => profile(entity, (row) => fieldsSeen(row, ['CandidateURL'])),
            },
          ]
        : []),
    ])
    .concat({
      line: '`GET /api/v1.0/actions/search` with `candidate-ref`, `contact-ref`, `company-ref`, `from-date`, `to-date`: the activity log, notes among it',
      expected: 'rows, or none',
      async look() {
        for (const parameter of ['candidate-ref', 'contact-ref', 'company-ref']) {
          const query = {
            [parameter]: '1',
            [PARAMETER.from]: toDay(access.now()),
            [PARAMETER.to]: toDay(access.now()),
          };
          const answer = await access.ask(actionsEndpoint(), { query });
          if (rowsOf(answer) === undefined) return no(`${parameter}: ${describe(answer)}`);
        }
        return yes('so');
      },
    });
}
