/** The checks that write, on the records that the probe has made. */
import { PARAMETER, type Entity } from '../firefish/assumptions.ts';
import {
  type Check,
  describe,
  hasRef,
  isDone,
  isObject,
  readsAs,
  type Row,
  search,
  type Seen,
  whether,
} from './check.ts';
import { MOBILE, type ProbeRecords, STREET } from './records.ts';

const NOT_OF_CONTACTS = { HomeNumber: MOBILE, Address: { Town: 'Leeds' }, Skills: ['probing'] };

export function creationChecks(records: ProbeRecords): Check[] {
  const made = async (entity: Entity): Promise<Seen> => {
    const answer = await records.create(entity, await records.usual(entity));
    const names = isObject(answer.body) ? `, with ${Object.keys(answer.body).join(', ')}` : '';
    return whether(answer.ref !== undefined, describe(answer) + names);
  };
  /** Each field left out in turn. */
  const eachNeeded = async (entity: Entity, needed: readonly string[]): Promise<Seen> => {
    const body = await records.usual(entity);
    const unneeded: string[] = [];
    for (const name of needed) {
      const rest = Object.fromEntries(Object.entries(body).filter(([other]) => other !== name));
      if (isDone(await records.create(entity, rest))) unneeded.push(name);
    }
    return whether(unneeded.length === 0, `also without ${unneeded.join(', ')}`);
  };
  const person = ['FirstName', 'Surname'];
  return [
    {
      line: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`, `POST /api/v1.0/companies/` with `Name` → `{"Ref":n}`',
      expected: '{"Ref"}',
      look: () => made('company'),
    },
    {
      line: '`POST /api/v1.0/candidates/` → `{"Ref":n}`; `LegalBasis` is one of `consent-request`, `consent-provided`, …. Creating never refuses a duplicate e-mail address',
      expected: '{"Ref"}, twice',
      look: async () => {
        const first = await made('candidate');
        return first.same === true ? made('candidate') : first;
      },
    },
    {
      line: '`POST /api/v1.0/candidates/` … Required: `FirstName`, `Surname`, `Source`, `EmailAddress`, `LegalBasis`',
      expected: 'status 400 where one of them is missing',
      look: () => eachNeeded('candidate', [...person, 'Source', 'EmailAddress', 'LegalBasis']),
    },
    {
      line: 'A new contact requires `FirstName`, `Surname`',
      expected: 'status 400 where one of them is missing',
      look: () => eachNeeded('contact', person),
    },
    {
      line: 'A search sees what was created a moment before',
      expected: 'found at once',
      look: async () => {
        await records.create('candidate', await records.usual('candidate'));
        const query = { [PARAMETER.email]: records.address };
        const rows = await search(records.access, 'candidate', query);
        return whether(rows?.length === records.count('candidate'), `${rows?.length ?? 'no'} rows`);
      },
    },
  ];
}

export function changeChecks(records: ProbeRecords): Check[] {
  const offAndOn = async (entity: Entity, written: string, read: string): Promise<Seen> => {
    const off = await records.changed(entity, { [written]: false }, readsAs(read, false));
    return off.same === true ? records.changed(entity, { [written]: true }, readsAs(read, true)) : off;
  };
  const isPartOnly = ({ JobTitle, MobileNumber, Address }: Row): boolean =>
    JobTitle === 'Prober' &&
    MobileNumber === MOBILE &&
    isObject(Address) &&
    Address['Town'] === 'Leeds' &&
    Address['Address1'] === STREET;
  return [
    {
      line: '`PATCH /api/v1.0/candidates/{ref}`: only the fields sent change (parts of `Address`, too)',
      expected: 'the others stay',
      look: () =>
        records.changed('candidate', { JobTitle: 'Prober', Address: { Town: 'Leeds' } }, (row) =>
          whether(isPartOnly(row), JSON.stringify([row['JobTitle'], row['MobileNumber'], row['Address']])),
        ),
    },
    {
      line: 'Written as `SMSMarketing`, read as `SmsMarketing`',
      expected: 'false and true, as written',
      look: () => offAndOn('candidate', 'SMSMarketing', 'SmsMarketing'),
    },
    {
      line: '`EmailMarketing` exists on contacts, no other marketing field does (written)',
      expected: 'false and true, as written',
      look: () => offAndOn('contact', 'EmailMarketing', 'EmailMarketing'),
    },
    {
      line: 'A contact has no `HomeNumber`, `Address` or `Skills` field in the API',
      expected: 'refused',
      look: async () => {
        const ref = await records.ref('contact');
        const taken: string[] = [];
        for (const [name, value] of Object.entries(NOT_OF_CONTACTS)) {
          if (isDone(await records.patch('contact', ref, { [name]: value }))) taken.push(name);
        }
        return whether(taken.length === 0, `taken: ${taken.join(', ')}`);
      },
    },
    {
      line: 'Archiving has no separate call: `PATCH` with `IsArchived`',
      expected: 'archived, and found only with include-archived',
      look: async () => {
        const archived = await records.changed(
          'candidate',
          { IsArchived: true },
          readsAs('IsArchived', true),
        );
        if (archived.same !== true) return archived;
        const query = { [PARAMETER.email]: records.address };
        const found = async (more: Record<string, string>): Promise<boolean | undefined> =>
          (await search(records.access, 'candidate', { ...query, ...more }))?.some(
            hasRef(await records.ref('candidate')),
          );
        const [without, included] = [await found({ [PARAMETER.archived]: 'false' }), await found({})];
        return whether(without === false && included === true, `found without: ${String(without)}`);
      },
    },
  ];
}
