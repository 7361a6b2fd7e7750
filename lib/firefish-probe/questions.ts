/**
 * What nobody knows yet about Firefish, most important first. `expected` says what this system does until then, and
 * `found` what to change.
 */
import * as firefish from '../firefish/assumptions.ts';
import type { Access, Answer } from './access.ts';
import {
  cannotTell,
  type Check,
  DAY_MS,
  describe,
  ENTITIES,
  EVERYTHING,
  fieldsSeen,
  hasRef,
  isDone,
  isObject,
  readSearch,
  search,
  seen,
  type Seen,
  type Shape,
  whether,
} from './check.ts';
import type { ProbeRecords } from './records.ts';

const { PARAMETER } = firefish;
const LINKEDIN = 'https://www.linkedin.com/in/probe';
const ACTION_ROW = ['Ref', 'ActionName', 'ActionDate', 'CandidateRef', 'ContactRef', 'Note'];
const SHAPES: Record<firefish.Entity, Record<'unpaged' | 'paged', readonly Shape[]>> = {
  candidate: {
    unpaged: ['a bare array', 'an array in an array'],
    paged: ['a bare array', 'an array in an array'],
  },
  contact: { unpaged: ['a bare array'], paged: ['an envelope'] },
  company: { unpaged: ['a bare array'], paged: ['an envelope'] },
};

/** @param records `undefined`: nothing may be written, and those questions are not asked */
export function questions(access: Access, records: ProbeRecords | undefined): Check[] {
  return [
    ...(records === undefined
      ? []
      : [contactWithoutCompany(records), contactLinkedIn(records), putOfRow(records)]),
    unknownParameter(access),
    rowOrder(access),
    ...ENTITIES.map((entity) => envelope(access, entity)),
    ...(records === undefined
      ? []
      : [...validation(records), ...ENTITIES.map((entity) => actionRow(records, entity))]),
  ];
}

const contactWithoutCompany = (records: ProbeRecords): Check => ({
  line: 'A new contact requires `FirstName`, `Surname`; whether `CompanyRef` is required too is open',
  expected: 'refused (the setting contactsNeedCompany is on)',
  async look() {
    const { FirstName, Surname } = await records.usual('contact');
    const answer = await records.create('contact', { FirstName, Surname });
    if (isDone(answer)) return seen(false, 'created: set contactsNeedCompany to false');
    return seen(answer.status === 400, describe(answer));
  },
});

const contactLinkedIn = (records: ProbeRecords): Check => ({
  line: "The product's contact form has LinkedIn; whether the API calls it `LinkedIn` is for the probe",
  expected: 'refused (it is not written)',
  async look() {
    const ref = await records.ref('contact');
    const answer = await records.patch('contact', ref, { LinkedIn: LINKEDIN });
    if (!isDone(answer)) return seen(answer.status === 400, describe(answer));
    const isKept = (await records.read('contact', ref))?.['LinkedIn'] === LINKEDIN;
    return seen(!isKept, isKept ? 'taken: write LinkedIn on contacts' : 'taken, but not kept');
  },
});

const putOfRow = (records: ProbeRecords): Check => ({
  line: '`PUT` exists; whether it wants the whole record is unknown (one client sends a search row, without `Source`)',
  expected: 'anything (it is never used)',
  async look() {
    const ref = await records.ref('candidate');
    await records.patch('candidate', ref, { EmailMarketing: false });
    const rows = await search(records.access, 'candidate', { [PARAMETER.email]: records.address });
    const row = rows?.find(hasRef(ref));
    if (row === undefined) return cannotTell('the candidate was not found');
    const put = {
      ...firefish.updateEndpoint('candidate', ref),
      name: 'PUT /candidates/{ref}',
      method: 'PUT',
    };
    const answer = await records.access.ask(put, { body: row });
    const after = await records.read('candidate', ref);
    const left = ['Source', 'EmailMarketing'].map((name) => `${name} ${JSON.stringify(after?.[name])}`);
    return seen(true, `${describe(answer)}; afterwards ${left.join(', ')}`);
  },
});

const unknownParameter = (access: Access): Check => ({
  line: 'Query parameters are kebab-case (one that does not exist)',
  expected: 'refused, so that a misspelt one is noticed',
  async look() {
    const query = { [PARAMETER.from]: firefish.toDay(access.now()), 'probe-unknown': '1' };
    const answer = await access.ask(firefish.searchEndpoint('company'), { query });
    return seen(
      answer.status === 400,
      isDone(answer) ? 'ignored: a misspelt filter finds everything' : describe(answer),
    );
  },
});

const rowOrder = (access: Access): Check => ({
  line: 'Rows come newest first by `Created`',
  expected: 'the newest candidate first',
  async look() {
    const rows = await search(access, 'candidate', {});
    const created = rows?.map((row) => String(row['Created'])) ?? [];
    if (new Set(created).size < 2) return cannotTell('too few candidates');
    return whether(
      created.every((time, n) => n === 0 || (created[n - 1] ?? '') >= time),
      'in another order',
    );
  },
});

const envelope = (access: Access, entity: firefish.Entity): Check => ({
  line: 'Candidates: a bare array, seen nested one level; never an envelope. Contacts: a bare array without paging, `{"Results":[…],"TotalPages":n,"TotalCount":n}` with `page`/`page-size`',
  expected: `${entity}: ${SHAPES[entity].unpaged.join(' or ')}; with paging ${SHAPES[entity].paged.join(' or ')}`,
  async look() {
    const ask = (query: Record<string, string>): Promise<Answer> =>
      access.ask(firefish.searchEndpoint(entity), { query: { ...EVERYTHING, ...query } });
    const [unpaged, paged] = [await ask({}), await ask({ [PARAMETER.page]: '1', [PARAMETER.pageSize]: '5' })];
    const shapes = [readSearch(unpaged)?.shape, readSearch(paged)?.shape] as const;
    if (readSearch(unpaged)?.rows.length === 0) return cannotTell(`there is no ${entity}`);
    const names = [unpaged, paged].map((answer, n) => shapes[n] ?? keysOf(answer));
    const { unpaged: wanted, paged: wantedPaged } = SHAPES[entity];
    const same = wanted.some((one) => one === shapes[0]) && wantedPaged.some((one) => one === shapes[1]);
    return seen(same, `${names[0] ?? ''}; with paging ${names[1] ?? ''}`);
  },
});

const keysOf = (answer: Answer): string =>
  isObject(answer.body) ? `an object of ${Object.keys(answer.body).join(', ')}` : describe(answer);

function validation(records: ProbeRecords): Check[] {
  const strange = { OwnerUserEmail: `nobody-${records.address}`, Source: `Probe ${records.marker}` };
  return Object.entries(strange).map(([name, value]) => ({
    line: 'Firefish may refuse `OwnerUserEmail` (a person it does not know) or `Source` (not on its list): unknown',
    expected: `a strange ${name} is accepted, or refused by its name`,
    async look(): Promise<Seen> {
      const answer = await records.create('candidate', {
        ...(await records.usual('candidate')),
        [name]: value,
      });
      if (isDone(answer)) return seen(true, 'accepted');
      const isNamed = JSON.stringify(answer.body ?? '').includes(name);
      return seen(
        answer.status === 400 && isNamed,
        `${describe(answer)}${isNamed ? '' : ', without its name'}`,
      );
    },
  }));
}

const actionRow = (records: ProbeRecords, entity: firefish.Entity): Check => ({
  line: 'A note: `POST /api/v1.0/candidates/{ref}/activity/notes` with `{"Note":"…"}`; the same under contacts and companies. An action row: `Ref`, `ActionName`, `ActionDate`, `CandidateRef`, `ContactRef`, `Note`',
  expected: `taken, and found in the activity log (${entity})`,
  async look() {
    const { access, marker } = records;
    const ref = await records.ref(entity);
    const answer = await access.ask(firefish.noteEndpoint(entity, ref), {
      body: firefish.noteBody(`Probe ${marker}`),
    });
    if (!isDone(answer)) return seen(false, describe(answer));
    const query = {
      [`${entity}-ref`]: String(ref),
      [PARAMETER.from]: firefish.toDay(access.now() - DAY_MS),
      [PARAMETER.to]: firefish.toDay(access.now() + DAY_MS),
    };
    const rows = readSearch(await access.ask(firefish.actionsEndpoint(), { query }))?.rows;
    const row = rows?.find((one) => JSON.stringify(one).includes(marker));
    return row === undefined
      ? seen(false, 'the note is not in the activity log')
      : fieldsSeen(row, ACTION_ROW);
  },
});
