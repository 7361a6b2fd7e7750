/**
 * What nobody knows yet about Firefish, most important first. `expected` says what this system does until then, and
 * `found` what to change.
 */
import * as assumed from '../firefish/assumptions.ts';
import { cannotTell, type Check, describe, fieldsSeen, seen, whether } from './check.ts';
import { type Answer, ENTITIES, EVERYTHING, hasRef, isDone, isObject, readSearch } from './ground.ts';

const { PARAMETER } = assumed;
const DAY_MS = 24 * 3_600_000;
const LINKEDIN = 'https://www.linkedin.com/in/probe';
const ACTION_ROW = ['Ref', 'ActionName', 'ActionDate', 'CandidateRef', 'ContactRef', 'Note'];
const ARRAYS = ['a bare array', 'an array in an array'];
const SHAPES = {
  candidate: { unpaged: ARRAYS, paged: ARRAYS },
  contact: { unpaged: ['a bare array'], paged: ['an envelope'] },
  company: { unpaged: ['a bare array'], paged: ['an envelope'] },
};

const envelope = (entity: assumed.Entity): Check => ({
  line: 'Candidates: a bare array, seen nested one level; never an envelope. Contacts: a bare array without paging, `{"Results":[…],"TotalPages":n,"TotalCount":n}` with `page`/`page-size`',
  expected: `${entity}: ${SHAPES[entity].unpaged.join(' or ')}; with paging ${SHAPES[entity].paged.join(' or ')}`,
  async look(ground) {
    const ask = (query: Record<string, string>): Promise<Answer> =>
      ground.ask(assumed.searchEndpoint(entity), { query: { ...EVERYTHING, ...query } });
    const [unpaged, paged] = [await ask({}), await ask({ [PARAMETER.page]: '1', [PARAMETER.pageSize]: '5' })];
    if (readSearch(unpaged)?.rows.length === 0) return cannotTell(`there is no ${entity}`);
    const [shape, shapePaged] = [shapeOf(unpaged), shapeOf(paged)];
    const same = SHAPES[entity].unpaged.includes(shape) && SHAPES[entity].paged.includes(shapePaged);
    return seen(same, `${shape}; with paging ${shapePaged}`);
  },
});

const shapeOf = (answer: Answer): string =>
  readSearch(answer)?.shape ??
  (isObject(answer.body) ? `an object of ${Object.keys(answer.body).join(', ')}` : describe(answer));

const validation = (name: 'OwnerUserEmail' | 'Source'): Check => ({
  line: 'Firefish may refuse `OwnerUserEmail` (a person it does not know) or `Source` (not on its list): unknown',
  expected: `a strange ${name} is accepted, or refused by its name`,
  writes: true,
  async look(ground) {
    const strange = name === 'Source' ? `Probe ${ground.marker}` : `nobody-${ground.address}`;
    const fields = { ...(await ground.usual('candidate')), [name]: strange };
    const answer = await ground.create('candidate', fields);
    if (isDone(answer)) return seen(true, 'accepted');
    const isNamed = JSON.stringify(answer.body ?? '').includes(name);
    return seen(
      answer.status === 400 && isNamed,
      `${describe(answer)}${isNamed ? '' : ', without its name'}`,
    );
  },
});

const actionRow = (entity: assumed.Entity): Check => ({
  line: 'A note: `POST /api/v1.0/candidates/{ref}/activity/notes` with `{"Note":"…"}`; the same under contacts and companies. An action row: `Ref`, `ActionName`, `ActionDate`, `CandidateRef`, `ContactRef`, `Note`',
  expected: `taken, and found in the activity log (${entity})`,
  writes: true,
  async look(ground) {
    const ref = await ground.own(entity);
    const body = assumed.noteBody(`Probe ${ground.marker}`);
    const answer = await ground.ask(assumed.noteEndpoint(entity, ref), { body });
    if (!isDone(answer)) return seen(false, describe(answer));
    const query = {
      [`${entity}-ref`]: String(ref),
      [PARAMETER.from]: assumed.toDay(ground.now() - DAY_MS),
      [PARAMETER.to]: assumed.toDay(ground.now() + DAY_MS),
    };
    const rows = readSearch(await ground.ask(assumed.actionsEndpoint(), { query }))?.rows;
    const row = rows?.find((one) => JSON.stringify(one).includes(ground.marker));
    return row === undefined
      ? seen(false, 'the note is not in the activity log')
      : fieldsSeen(row, ACTION_ROW);
  },
});

export const QUESTIONS: readonly Check[] = [
  {
    line: 'A new contact requires `FirstName`, `Surname`; whether `CompanyRef` is required too is open',
    expected: 'refused (the setting contactsNeedCompany is on)',
    writes: true,
    async look(ground) {
      const { FirstName, Surname } = await ground.usual('contact');
      const answer = await ground.create('contact', { FirstName, Surname });
      if (isDone(answer)) return seen(false, 'created: set contactsNeedCompany to false');
      return seen(answer.status === 400, describe(answer));
    },
  },
  {
    line: "The product's contact form has LinkedIn; whether the API calls it `LinkedIn` is for the probe",
    expected: 'refused (it is not written)',
    writes: true,
    async look(ground) {
      const ref = await ground.own('contact');
      const answer = await ground.patch('contact', ref, { LinkedIn: LINKEDIN });
      if (!isDone(answer)) return seen(answer.status === 400, describe(answer));
      const isKept = (await ground.read('contact', ref))?.['LinkedIn'] === LINKEDIN;
      return seen(!isKept, isKept ? 'taken: write LinkedIn on contacts' : 'taken, but not kept');
    },
  },
  {
    line: '`PUT` exists; whether it wants the whole record is unknown (one client sends a search row, without `Source`)',
    expected: 'anything (it is never used)',
    writes: true,
    async look(ground) {
      const ref = await ground.own('candidate');
      await ground.patch('candidate', ref, { EmailMarketing: false });
      const row = (await ground.search('candidate', { [PARAMETER.email]: ground.address })).find(hasRef(ref));
      if (row === undefined) return cannotTell('the candidate was not found');
      const update = assumed.updateEndpoint('candidate', ref);
      const put = { ...update, name: 'PUT /candidates/{ref}', method: 'PUT' } as const;
      const answer = await ground.ask(put, { body: row });
      const after = await ground.read('candidate', ref);
      const left = ['Source', 'EmailMarketing'].map((name) => `${name} ${JSON.stringify(after?.[name])}`);
      return seen(true, `${describe(answer)}; afterwards ${left.join(', ')}`);
    },
  },
  {
    line: 'Query parameters are kebab-case (one that does not exist)',
    expected: 'refused, so that a misspelt one is noticed',
    async look(ground) {
      const query = { [PARAMETER.from]: assumed.toDay(ground.now()), 'probe-unknown': '1' };
      const answer = await ground.ask(assumed.searchEndpoint('company'), { query });
      if (isDone(answer)) return seen(false, 'ignored: a misspelt filter finds everything');
      return seen(answer.status === 400, describe(answer));
    },
  },
  {
    line: 'Rows come newest first by `Created`',
    expected: 'the newest candidate first',
    async look(ground) {
      const created = (await ground.search('candidate', {})).map((row) => String(row['Created']));
      if (new Set(created).size < 2) return cannotTell('too few candidates');
      const isSorted = created.every((time, n) => n === 0 || (created[n - 1] ?? '') >= time);
      return whether(isSorted, 'in another order');
    },
  },
  ...ENTITIES.map(envelope),
  validation('OwnerUserEmail'),
  validation('Source'),
  ...ENTITIES.map(actionRow),
];
