/**
 * The checks that write: a company, a candidate and a contact, named by a marker, are made, changed, noted and
 * archived in the end. The checks build on each other, in their order.
 */
import {
  actionsEndpoint,
  BEGINNING_OF_TIME,
  createEndpoint,
  noteBody,
  noteEndpoint,
  PARAMETER,
  readEndpoint,
  toDay,
  updateEndpoint,
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
import { search } from './probe-reads.ts';
import type { Answer } from './probe-access.ts';

const DAY_MS = 24 * 3_600_000;
const LEGAL_BASIS = 'legitimate-interest';
const everything = { [PARAMETER.from]: BEGINNING_OF_TIME, [PARAMETER.archived]: 'true' };

export class ProbeWrites {
  readonly #context: ProbeContext;
  readonly #refs = new Map<Entity, number>();
  readonly #address: string;

  constructor(context: ProbeContext) {
    this.#context = context;
    this.#address = `${context.marker}@sourcewhale-firefish-probe.example`;
  }

  /** Those that make the records, and those that change them. */
  checks(): [Check[], Check[]] {
    return [this.#creations(), [...this.#changes(), ...this.#notes(), this.#archiving()]];
  }

  /** Archives whatever the checks have made, known by Ref or found by the marker. */
  async cleanUp(): Promise<void> {
    for (const entity of ['candidate', 'contact', 'company'] as const) {
      const query =
        entity === 'company'
          ? { [PARAMETER.name]: this.#context.marker }
          : { [PARAMETER.email]: this.#address };
      // Where no search is let in, what is known to have been made is archived all the same.
      const looked = await search(this.#context, entity, { ...everything, ...query }).catch(() => undefined);
      const rows = looked ?? [];
      const found = rows.filter(({ IsArchived }) => IsArchived !== true).map(({ Ref }) => Number(Ref));
      for (const ref of new Set([
        ...found,
        ...[this.#refs.get(entity)].filter((known) => known !== undefined),
      ])) {
        await this.#patch(entity, ref, { IsArchived: true });
      }
    }
  }

  #creations(): Check[] {
    const { access, marker } = this.#context;
    const candidate = this.#candidate();
    const contact = { FirstName: 'Probe', Surname: marker, EmailAddress: this.#address };
    return [
      {
        line: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`, `POST /api/v1.0/companies/` with `Name` → `{"Ref":n}`',
        expected: '{"Ref"}',
        look: () => this.#create('company', { Name: marker }),
      },
      {
        line: '`POST /api/v1.0/candidates/` … Required: `FirstName`, `Surname`, `Source`, `EmailAddress`, `LegalBasis`',
        expected: 'status 400 where one of them is missing',
        look: () => this.#eachNeeded('candidate', candidate),
      },
      {
        line: '`POST /api/v1.0/candidates/` → `{"Ref":n}`; `LegalBasis` is one of `consent-request`, `consent-provided`, `legitimate-interest`, `not-applicable-at-this-stage`',
        expected: '{"Ref"}',
        look: () => this.#create('candidate', candidate),
      },
      {
        line: 'A search sees what was created a moment before',
        expected: 'found at once',
        look: async () => {
          const rows = await search(this.#context, 'candidate', {
            ...everything,
            [PARAMETER.email]: this.#address,
          });
          return whether((rows ?? []).length > 0, `${rows?.length ?? 'no'} rows`);
        },
      },
      {
        line: 'Creating never refuses a duplicate e-mail address',
        expected: 'a second candidate',
        look: async () => {
          if (!this.#refs.has('candidate')) return cannotTell('there is no first one');
          const answer = await access.ask(createEndpoint('candidate'), { body: candidate });
          const ref = refOf(answer);
          if (ref !== undefined) await this.#patch('candidate', ref, { IsArchived: true });
          return whether(answer.status < 300, describe(answer));
        },
      },
      {
        line: 'A new contact requires `FirstName`, `Surname`, `CompanyRef`',
        expected: 'status 400 where one of them is missing',
        look: () =>
          this.#eachNeeded('contact', { FirstName: 'Probe', Surname: marker, CompanyRef: this.#company() }),
      },
      {
        line: 'Contacts: … `POST /api/v1.0/contacts/` → `{"Ref":n}`',
        expected: '{"Ref"}',
        look: () => this.#create('contact', { ...contact, CompanyRef: this.#company() }),
      },
    ];
  }

  #changes(): Check[] {
    return [
      {
        line: '`PATCH /api/v1.0/candidates/{ref}`: only the fields sent change',
        expected: 'the others stay',
        look: () =>
          this.#changed('candidate', { JobTitle: 'Prober' }, (row) =>
            whether(
              row['JobTitle'] === 'Prober' && row['FirstName'] === 'Probe' && row['MobileNumber'] === MOBILE,
              shown(row, ['JobTitle', 'FirstName', 'MobileNumber']),
            ),
          ),
      },
      {
        line: '`PATCH /api/v1.0/candidates/{ref}`: only the fields sent change (parts of `Address`, too)',
        expected: 'the other parts stay',
        look: () =>
          this.#changed('candidate', { Address: { Town: 'Leeds' } }, ({ Address }) =>
            whether(
              isObject(Address) && Address['Town'] === 'Leeds' && Address['Address1'] === STREET,
              JSON.stringify(Address),
            ),
          ),
      },
      {
        line: 'Written as `SMSMarketing`, read as `SmsMarketing`',
        expected: 'false and true, as written',
        look: async () => {
          const off = await this.#changed(
            'candidate',
            { SMSMarketing: false },
            readsAs('SmsMarketing', false),
          );
          if (off.same !== true) return off;
          return this.#changed('candidate', { SMSMarketing: true }, readsAs('SmsMarketing', true));
        },
      },
      {
        line: '`EmailMarketing` exists on contacts, no other marketing field does (written)',
        expected: 'false and true, as written',
        look: async () => {
          const off = await this.#changed(
            'contact',
            { EmailMarketing: false },
            readsAs('EmailMarketing', false),
          );
          if (off.same !== true) return off;
          return this.#changed('contact', { EmailMarketing: true }, readsAs('EmailMarketing', true));
        },
      },
      {
        line: 'Contacts: `GET/PATCH/PUT /api/v1.0/contacts/{ref}`; the names written are those of the row',
        expected: 'as written',
        look: () => this.#changed('contact', { JobTitle: 'Prober' }, readsAs('JobTitle', 'Prober')),
      },
      {
        line: 'A contact has no `HomeNumber`, `Address`, `Skills` or `LinkedIn`',
        expected: 'refused',
        look: async () => {
          const ref = this.#refs.get('contact');
          if (ref === undefined) return cannotTell('no contact was made');
          const taken: string[] = [];
          for (const [name, value] of Object.entries(NOT_OF_CONTACTS)) {
            const answer = await this.#patch('contact', ref, { [name]: value });
            if (answer.status < 300) taken.push(name);
          }
          return whether(taken.length === 0, taken.length === 0 ? 'so' : `taken: ${taken.join(', ')}`);
        },
      },
      {
        line: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`',
        expected: 'as written',
        look: () =>
          this.#changed(
            'company',
            { Website: 'https://probe.example' },
            readsAs('Website', 'https://probe.example'),
          ),
      },
    ];
  }

  #notes(): Check[] {
    const { access, marker } = this.#context;
    const note = `Probe ${marker}`;
    return (['candidate', 'contact', 'company'] as const).map((entity) => ({
      line: 'A note: `POST /api/v1.0/candidates/{ref}/activity/notes` with `{"Note":"…"}`; the same under contacts and companies. An action row: `Ref`, `ActionName`, `ActionDate`, `CandidateRef`, `ContactRef`, `Note`',
      expected: `taken, and found in the activity log (${entity})`,
      look: async () => {
        const ref = this.#refs.get(entity);
        if (ref === undefined) return cannotTell(`no ${entity} was made`);
        const answer = await access.ask(noteEndpoint(entity, ref), { body: noteBody(note) });
        if (answer.status >= 300 || answer.status === 0) return no(describe(answer));
        const query = {
          [`${entity}-ref`]: String(ref),
          [PARAMETER.from]: toDay(access.now() - DAY_MS),
          [PARAMETER.to]: toDay(access.now() + DAY_MS),
        };
        const rows = rowsOf(await access.ask(actionsEndpoint(), { query }));
        const row = rows?.find((one) => JSON.stringify(one).includes(marker));
        if (row === undefined) return no('the note is not in the activity log');
        return fieldsSeen(row, ['Ref', 'ActionName', 'ActionDate', 'CandidateRef', 'ContactRef', 'Note']);
      },
    }));
  }

  #archiving(): Check {
    return {
      line: 'Archiving has no call of its own: `PATCH` with `IsArchived`. Archived records are left out unless `include-archived=true`',
      expected: 'archived, and found only with include-archived',
      look: async () => {
        const archived = await this.#changed('candidate', { IsArchived: true }, readsAs('IsArchived', true));
        if (archived.same !== true) return archived;
        const ref = Number(this.#refs.get('candidate'));
        const query = { [PARAMETER.from]: BEGINNING_OF_TIME, [PARAMETER.email]: this.#address };
        const without = await search(this.#context, 'candidate', query);
        const included = await search(this.#context, 'candidate', { ...query, [PARAMETER.archived]: 'true' });
        if (without === undefined || included === undefined) return no('no rows');
        const found = [without, included].map((rows) => rows.some(hasRef(ref)));
        return whether(
          found[0] === false && found[1] === true,
          `found without: ${String(found[0])}, with: ${String(found[1])}`,
        );
      },
    };
  }

  #candidate(): Row {
    return {
      ...{ FirstName: 'Probe', Surname: this.#context.marker, Source: 'SourceWhale' },
      ...{ EmailAddress: this.#address, LegalBasis: LEGAL_BASIS, MobileNumber: MOBILE },
      Address: { Address1: STREET },
    };
  }

  #company(): number | null {
    return this.#refs.get('company') ?? null;
  }

  async #create(entity: Entity, body: Row): Promise<Seen> {
    const answer = await this.#context.access.ask(createEndpoint(entity), { body });
    if (answer.status >= 300 || answer.status === 0) return no(describe(answer));
    const ref = refOf(answer);
    if (ref === undefined)
      return no(isObject(answer.body) ? `an object of ${Object.keys(answer.body).join(', ')}` : 'no object');
    this.#refs.set(entity, ref);
    return yes('so');
  }

  /** Each field left out in turn. What is made all the same is archived at the end. */
  async #eachNeeded(entity: Entity, body: Row): Promise<Seen> {
    if (Object.values(body).includes(null)) return cannotTell('no company was made');
    const needed =
      entity === 'contact'
        ? Object.keys(body)
        : ['FirstName', 'Surname', 'Source', 'EmailAddress', 'LegalBasis'];
    const unneeded: string[] = [];
    for (const name of needed) {
      const rest = Object.fromEntries(Object.entries(body).filter(([other]) => other !== name));
      const answer = await this.#context.access.ask(createEndpoint(entity), { body: rest });
      if (answer.status === 400) continue;
      unneeded.push(name);
      const ref = refOf(answer);
      if (ref !== undefined) await this.#patch(entity, ref, { IsArchived: true });
    }
    return whether(
      unneeded.length === 0,
      unneeded.length === 0 ? 'so' : `also without ${unneeded.join(', ')}`,
    );
  }

  async #changed(entity: Entity, body: Row, look: (row: Row) => Seen): Promise<Seen> {
    const ref = this.#refs.get(entity);
    if (ref === undefined) return cannotTell(`no ${entity} was made`);
    const answer = await this.#patch(entity, ref, body);
    if (answer.status >= 300 || answer.status === 0) return no(describe(answer));
    const row = await this.#read(entity, ref);
    return row === undefined ? no('it cannot be read afterwards') : look(row);
  }

  #patch(entity: Entity, ref: number, body: Row): Promise<Answer> {
    return this.#context.access.ask(updateEndpoint(entity, ref), { body });
  }

  async #read(entity: Entity, ref: number): Promise<Row | undefined> {
    const { body } = await this.#context.access.ask(readEndpoint(entity, ref));
    return isObject(body) ? body : undefined;
  }
}

const MOBILE = '+44 7700 900123';
const STREET = '1 Probe Street';
const NOT_OF_CONTACTS = {
  HomeNumber: '+44 20 7946 0000',
  Address: { Town: 'Leeds' },
  Skills: ['probing'],
  LinkedIn: 'https://www.linkedin.com/in/probe',
};

const refOf = ({ body }: Answer): number | undefined =>
  isObject(body) && Number.isInteger(body['Ref']) ? Number(body['Ref']) : undefined;

const shown = (row: Row, names: readonly string[]): string =>
  names.map((name) => `${name} ${JSON.stringify(row[name] ?? null)}`).join(', ');

const readsAs =
  (name: string, value: unknown) =>
  (row: Row): Seen =>
    whether(row[name] === value, shown(row, [name]));
