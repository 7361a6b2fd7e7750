/** The lines of what is known about Firefish that this system rests on, each with a look at whether it is so. */
import * as assumed from '../firefish/assumptions.ts';
import { cannotTell, type Check, describe, fieldsSeen, seen, type Seen, whether } from './check.ts';
import {
  EVERYTHING,
  type Ground,
  hasRef,
  isDone,
  isObject,
  MOBILE,
  readSearch,
  type Row,
  STREET,
} from './ground.ts';

const { PARAMETER } = assumed;
const DAY_MS = 24 * 3_600_000;
const UNKNOWN_REF = 999_999_999;
const TRACES = ['IsArchived', 'CreatedBy', 'Created', 'UpdatedBy', 'Updated'];
const PERSON = ['Ref', 'FirstName', 'Surname', 'JobTitle', 'EmailAddress', 'MobileNumber', ...TRACES];
const MARKETING = ['EmailMarketing', 'SmsMarketing', 'SMSMarketing', 'PostalMarketing'];
const COMPANY = ['Ref', 'Name', 'Phone', 'Website', 'Address', ...TRACES];
const PROFILE = ['Source', 'OwnerUserEmail', 'HasCv', 'Skills', 'LinkedIn', 'CandidateURL'];
const READER = ['candidatesAPI-read'];
const NOT_OF_CONTACTS = { HomeNumber: MOBILE, Address: { Town: 'Leeds' }, Skills: ['probing'] };

/** A field list, of a search's row or of the record itself. */
const fields = (
  line: string,
  entity: assumed.Entity,
  of: 'row' | 'profile',
  wanted: readonly string[],
  unwanted: readonly string[] = [],
): Check => ({
  line,
  expected: wanted.join(', '),
  async look(ground) {
    const [first] = await ground.all(entity);
    const row = of === 'row' || first === undefined ? first : await ground.read(entity, first['Ref']);
    return row === undefined ? cannotTell(`no ${entity} to see it on`) : fieldsSeen(row, wanted, unwanted);
  },
});

const unknownRef = (entity: assumed.Entity): Check => ({
  line: 'Errors: …; `404` for an unknown ref',
  expected: `status 404 (${entity})`,
  async look(ground) {
    const answer = await ground.ask(assumed.readEndpoint(entity, UNKNOWN_REF));
    return seen(answer.status === 404, describe(answer));
  },
});

const address = ({ EmailAddress }: Row): string => (typeof EmailAddress === 'string' ? EmailAddress : '');

/** Whether a search for what it makes of a candidate's row finds that candidate. */
const findsItself = (
  line: string,
  expected: string,
  change: (row: Row) => Record<string, string>,
): Check => ({
  line,
  expected,
  async look(ground) {
    const row = (await ground.all('candidate')).find((one) => address(one).length > 6);
    if (row === undefined) return cannotTell('no candidate with an address');
    const rows = await ground.search('candidate', change(row));
    // So many rows that the one that is looked for may be cut off.
    if (rows.length >= assumed.MAX_ROWS) return cannotTell('too many are alike');
    return whether(rows.some(hasRef(row['Ref'])), 'not found');
  },
});

export const READS: readonly Check[] = [
  {
    line: 'Tokens last about **10 minutes**. A token that lacks the scope: `403`',
    expected: 'expires_in between 300 and 900, and status 403',
    async look(ground) {
      const answer = await ground.token(READER);
      if (answer.kind !== 'granted') return seen(false, answer.kind);
      const seconds = answer.token.lifetimeMs / 1000;
      const query = { [PARAMETER.from]: assumed.toDay(ground.now()) };
      const status = await ground.statusWith(answer.token.value, 'contact', query);
      const same = seconds >= 300 && seconds <= 900 && status === 403;
      return seen(same, `expires_in ${seconds}; status ${String(status)}`);
    },
  },
  {
    line: 'A token request that names a scope the profile has not ticked: `400` with `error=invalid_scope`, naming it or not',
    expected: 'invalid-scope',
    async look(ground) {
      const { kind } = await ground.token([...READER, 'probeAPI-read']);
      return seen(kind === 'invalid-scope', kind);
    },
  },
  {
    line: 'Query parameters are kebab-case: `email-address`, `name`, `from-date`, `to-date` (YYYY-MM-DD), `include-archived`, `page`, `page-size`; contacts also `company-ref`',
    expected: 'taken, and nobody found for an address that nobody has',
    async look(ground) {
      const query = {
        ...{ ...EVERYTHING, [PARAMETER.email]: `nobody-${ground.marker}`, 'company-ref': '1' },
        [PARAMETER.to]: assumed.toDay(ground.now() + DAY_MS),
        ...{ [PARAMETER.page]: '1', [PARAMETER.pageSize]: '10' },
      };
      const answer = await ground.ask(assumed.searchEndpoint('contact'), { query });
      return whether(readSearch(answer)?.rows.length === 0, describe(answer));
    },
  },
  {
    line: '**Without date filters a search returns only the last 7 days.**',
    expected: 'nobody older',
    async look(ground) {
      const query = { [PARAMETER.archived]: 'true' };
      const young = readSearch(await ground.ask(assumed.searchEndpoint('candidate'), { query }))?.rows;
      const isOld = (row: Row): boolean => Date.parse(String(row['Created'])) < ground.now() - 8 * DAY_MS;
      if (!(await ground.all('candidate')).some(isOld))
        return cannotTell('no candidate is older than seven days');
      return whether(young?.some(isOld) === false, 'older ones, too');
    },
  },
  findsItself(
    'String parameters are matched with SQL `LIKE` (a substring match, not case-sensitive)',
    'found by the middle of its address, in capitals',
    (row) => ({ [PARAMETER.email]: address(row).slice(1, -1).toUpperCase() }),
  ),
  findsItself('`_` and `%` may act as wildcards', 'found with _ in the place of a letter', (row) => ({
    [PARAMETER.email]: address(row).replace(/(?<=^.)./, '_'),
  })),
  findsItself(
    'Dates are whole days, both ends included',
    'found from and to the day of its creation',
    (row) => {
      const day = String(row['Created']).slice(0, 10);
      return { [PARAMETER.from]: day, [PARAMETER.to]: day };
    },
  ),
  {
    line: 'Archived records are left out unless `include-archived=true`',
    expected: 'archived ones only with include-archived',
    async look(ground) {
      const archived = (rows: Row[]): number => rows.filter((row) => row['IsArchived'] === true).length;
      const included = archived(await ground.all('candidate'));
      if (included === 0) return cannotTell('no candidate is archived');
      const without = archived(await ground.search('candidate', { [PARAMETER.archived]: 'false' }));
      return whether(without === 0, `${without} without, ${included} with`);
    },
  },
  {
    line: 'At most 1,000 rows in all; pages by `page` (from 1) and `page-size` (up to 1,000)',
    expected: 'page 1 is the beginning',
    async look(ground) {
      const [first] = await ground.search('candidate', { [PARAMETER.pageSize]: '2', [PARAMETER.page]: '1' });
      const [newest] = await ground.all('candidate');
      return newest === undefined ? cannotTell('no candidates') : whether(first?.['Ref'] === newest['Ref']);
    },
  },
  fields(
    'A candidate row: `Ref` (int), `FirstName`, …. A search row has no marketing fields; the record itself has',
    ...(['candidate', 'row', [...PERSON, 'Address'], MARKETING] as const),
  ),
  fields(
    "The profile: the row's fields and …. A record's page for people: `CandidateURL` in the profile. Written as `SMSMarketing`, read as `SmsMarketing`",
    'candidate',
    'profile',
    [...PERSON, 'EmailMarketing', 'SmsMarketing', 'PostalMarketing', ...PROFILE],
    ['SMSMarketing'],
  ),
  fields(
    'A contact row: …, `CompanyRef`, `CompanyName`, …. A search row has no marketing fields',
    'contact',
    'row',
    [...PERSON, 'CompanyRef', 'CompanyName'],
    MARKETING,
  ),
  fields(
    '`EmailMarketing` exists on contacts, no other marketing field does',
    'contact',
    'profile',
    [...PERSON, 'CompanyRef', 'EmailMarketing'],
    MARKETING.slice(1),
  ),
  fields('A company row: `Ref`, `Name`, `Phone`, `Website`, …', 'company', 'row', COMPANY),
  fields('Companies: `GET/PATCH /api/v1.0/companies/{ref}`', 'company', 'profile', COMPANY),
  unknownRef('candidate'),
  unknownRef('contact'),
  unknownRef('company'),
];

async function created(ground: Ground, entity: assumed.Entity): Promise<Seen> {
  const answer = await ground.create(entity);
  const names = isObject(answer.body) ? `, with ${Object.keys(answer.body).join(', ')}` : '';
  return whether(answer.ref !== undefined, describe(answer) + names);
}

/** Each field left out in turn. */
const eachNeeded = (line: string, entity: assumed.Entity, needed: readonly string[]): Check => ({
  line,
  expected: 'status 400 where one of them is missing',
  async look(ground) {
    const body = await ground.usual(entity);
    const unneeded: string[] = [];
    for (const name of needed) {
      const rest = Object.fromEntries(Object.entries(body).filter(([other]) => other !== name));
      if (isDone(await ground.create(entity, rest))) unneeded.push(name);
    }
    return whether(unneeded.length === 0, `also without ${unneeded.join(', ')}`);
  },
});

export const CREATIONS: readonly Check[] = [
  {
    line: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`, `POST /api/v1.0/companies/` with `Name` → `{"Ref":n}`',
    expected: '{"Ref"}',
    look: (ground) => created(ground, 'company'),
  },
  {
    line: '`POST /api/v1.0/candidates/` → `{"Ref":n}`; `LegalBasis` is one of `consent-request`, `consent-provided`, …. Creating never refuses a duplicate e-mail address',
    expected: '{"Ref"}, twice',
    async look(ground) {
      const first = await created(ground, 'candidate');
      return first.same === true ? created(ground, 'candidate') : first;
    },
  },
  eachNeeded(
    '`POST /api/v1.0/candidates/` … Required: `FirstName`, `Surname`, `Source`, `EmailAddress`, `LegalBasis`',
    'candidate',
    ['FirstName', 'Surname', 'Source', 'EmailAddress', 'LegalBasis'],
  ),
  eachNeeded('A new contact requires `FirstName`, `Surname`', 'contact', ['FirstName', 'Surname']),
  {
    line: 'A search sees what was created a moment before',
    expected: 'found at once',
    async look(ground) {
      await ground.create('candidate');
      const { length } = await ground.search('candidate', { [PARAMETER.email]: ground.address });
      return whether(length === ground.made('candidate').length, `${length} rows`);
    },
  },
];

/** Changes the probe's record of the kind, and looks at it afterwards. */
async function changed(
  ground: Ground,
  entity: assumed.Entity,
  body: Row,
  look: (row: Row) => Seen,
): Promise<Seen> {
  const ref = await ground.own(entity);
  const answer = await ground.patch(entity, ref, body);
  if (!isDone(answer)) return seen(false, describe(answer));
  const row = await ground.read(entity, ref);
  return row === undefined ? seen(false, 'it cannot be read afterwards') : look(row);
}

const readsAs =
  (name: string, value: unknown) =>
  (row: Row): Seen =>
    whether(row[name] === value, `${name} ${JSON.stringify(row[name] ?? null)}`);

const offAndOn = (line: string, entity: assumed.Entity, written: string, read: string): Check => ({
  line,
  expected: 'false and true, as written',
  async look(ground) {
    const off = await changed(ground, entity, { [written]: false }, readsAs(read, false));
    return off.same === true ? changed(ground, entity, { [written]: true }, readsAs(read, true)) : off;
  },
});

export const CHANGES: readonly Check[] = [
  {
    line: '`PATCH /api/v1.0/candidates/{ref}`: only the fields sent change (parts of `Address`, too)',
    expected: 'the others stay',
    look: (ground) =>
      changed(ground, 'candidate', { JobTitle: 'Prober', Address: { Town: 'Leeds' } }, (row) => {
        const { JobTitle, MobileNumber, Address } = row;
        const { Town, Address1 } = isObject(Address) ? Address : {};
        const is = [JobTitle, MobileNumber, Town, Address1];
        const wanted = ['Prober', MOBILE, 'Leeds', STREET];
        return whether(
          is.every((value, n) => value === wanted[n]),
          JSON.stringify(is),
        );
      }),
  },
  offAndOn(
    'Written as `SMSMarketing`, read as `SmsMarketing`',
    ...(['candidate', 'SMSMarketing', 'SmsMarketing'] as const),
  ),
  offAndOn(
    '`EmailMarketing` exists on contacts, no other marketing field does (written)',
    ...(['contact', 'EmailMarketing', 'EmailMarketing'] as const),
  ),
  {
    line: 'A contact has no `HomeNumber`, `Address` or `Skills` field in the API',
    expected: 'refused',
    async look(ground) {
      const ref = await ground.own('contact');
      const taken: string[] = [];
      for (const [name, value] of Object.entries(NOT_OF_CONTACTS)) {
        if (isDone(await ground.patch('contact', ref, { [name]: value }))) taken.push(name);
      }
      return whether(taken.length === 0, `taken: ${taken.join(', ')}`);
    },
  },
  {
    line: 'Archiving has no separate call: `PATCH` with `IsArchived`',
    expected: 'archived, and found only with include-archived',
    async look(ground) {
      const archived = await changed(ground, 'candidate', { IsArchived: true }, readsAs('IsArchived', true));
      if (archived.same !== true) return archived;
      const isIt = hasRef(await ground.own('candidate'));
      const found = async (more: Record<string, string>): Promise<boolean> =>
        (await ground.search('candidate', { [PARAMETER.email]: ground.address, ...more })).some(isIt);
      const [without, included] = [await found({ [PARAMETER.archived]: 'false' }), await found({})];
      return whether(!without && included, `found without: ${String(without)}`);
    },
  },
];
