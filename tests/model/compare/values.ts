/** The fields of one record: what its person's history says of it, and what was there before. */
import type { Kind } from '../../../lib/events/event.ts';
import { companyNameKey } from '../../../lib/companies/company-name.ts';
import { CREATION_ONLY_FIELDS } from '../../../lib/mapping/firefish-fields.ts';
import { emailAddresses } from '../../support/former-event.ts';
import { addressOf, isBlank } from '../ideal.ts';
import {
  fieldsSaid,
  isDropped,
  listedAddress,
  newestLists,
  PHONE_FIELDS,
  saidCompany,
  saidFields,
  usableAddresses,
  type Person,
} from '../person.ts';
import type { StandingRecord } from '../standing.ts';
import { originally, policyOf, same, type Scene, show } from './scene.ts';

const SYSTEM_FIELDS = [
  ...['Ref', 'Created', 'CreatedBy', 'Updated', 'UpdatedBy', 'CandidateURL', 'HasCv', 'LegalBasis'],
  ...[
    'LastActionRef',
    'LastActionName',
    'LastActionDate',
    'CompanyRef',
    'CompanyName',
    'CompanyPhone',
    'IsArchived',
  ],
  ...['EmailMarketing', 'SmsMarketing', 'SMSMarketing', 'PostalMarketing', 'CreatedDaysAgo'],
];

/** How a record differs from what its person's history says of it. */
export function differencesFromSaid(
  scene: Scene,
  record: StandingRecord,
  person: Person,
  several: boolean,
): string[] {
  const before = record.made ? {} : originally(scene, record);
  const wanted = saidFields(person, record.kind);
  const address = listedAddress(person);
  if (address !== undefined) wanted['EmailAddress'] = address;
  const company = record.kind === 'contact' ? saidCompany(person) : undefined;
  if (company !== undefined) wanted['Company'] = company;
  const names = new Set([...Object.keys(wanted), ...Object.keys(record.fields), ...Object.keys(before)]);
  return [...names]
    .filter((name) => !SYSTEM_FIELDS.includes(name) && !CREATION_ONLY_FIELDS.includes(name))
    .flatMap((name) => {
      const newest = allowedValues(scene, name, record, person, wanted, before);
      const older = several ? [before[name], '', ...everSaid(name, record.kind, person)] : [];
      const allowed = [...newest, ...older];
      const actual = comparable(name, record.fields[name]);
      if (allowed.some((value) => same(comparable(name, value), actual))) return [];
      return [`has ${name} ${show(record.fields[name])}, should have ${allowed.map(show).join(' or ')}`];
    });
}

function comparable(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (name === 'EmailAddress') return value.trim().toLowerCase();
  return name === 'Company' ? companyNameKey(value) : value;
}

function allowedValues(
  scene: Scene,
  name: string,
  record: StandingRecord,
  person: Person,
  wanted: Record<string, unknown>,
  before: Record<string, unknown>,
): unknown[] {
  const flagged = name === 'EmailAddress' && person.flagged.has(addressOf({ fields: before }));
  const offPhone = (PHONE_FIELDS as readonly string[]).includes(name) && person.flaggedPhones.size > 0;
  if (name === 'EmailAddress' && wanted[name] === undefined) {
    // No event that changes fields named one that is left: any other that is known may be the next. Where none at
    // all is left, a candidate keeps the wrong one that they had last.
    const usable = usableAddresses(person);
    const next = person.flagged.size > 0 || record.made ? usable : [];
    const last = record.kind === 'contact' && person.flagged.size > 0 ? '' : before[name];
    const wrong = record.made || (usable.length === 0 && record.kind === 'candidate') ? person.flagged : [];
    return [...next, last, ...wrong, ...(record.made ? [''] : [])];
  }
  const newest = person.sayings.map(({ said }) => emailAddresses(said)).findLast((all) => all.length > 0);
  if (name === 'EmailAddress' && newest?.every((address) => person.flagged.has(address)) === true) {
    // The newest list has none left: which of the older ones comes next, the contract leaves open.
    return [...usableAddresses(person), before[name]];
  }
  const policy = policyOf(scene, name === 'Company' ? 'CompanyRef' : name);
  if (name === 'EmailAddress' && (flagged || policy === 'always')) {
    const there = addressOf({ fields: before });
    const goes = there === '' || flagged || isDropped(person, there);
    // Which of those that are still listed it became depends on which came first.
    return goes
      ? newestLists(person)
          .flat()
          .filter((one) => !person.flagged.has(one))
      : [before[name]];
  }
  // Where no company may be made, one that is missing leaves the contact's as it was.
  const missing =
    name === 'Company' &&
    !scene.standing.companies.some((one) =>
      same(comparable(name, one.fields['Name']), comparable(name, wanted[name])),
    );
  if (!(name in wanted)) return [before[name]];
  if (missing && !scene.settings.createCompanies)
    return [before[name], ...everSaid(name, record.kind, person)];
  if (policy === 'always' || flagged) return [wanted[name]];
  if (!record.made && policy === 'never') return [before[name]];
  if (!record.made && !isBlank(before[name])) return offPhone ? [before[name], wanted[name]] : [before[name]];
  // Which value came to a blank field first depends on the order of arrival.
  return [wanted[name], ...everSaid(name, record.kind, person), ...(record.made ? [''] : [])];
}

function everSaid(name: string, kind: Kind, person: Person): unknown[] {
  return person.sayings.map(({ said }) =>
    name === 'Company'
      ? said.company
      : name === 'EmailAddress'
        ? emailAddresses(said)[0]
        : fieldsSaid(kind, said)[name],
  );
}

export function changes(scene: Scene, record: StandingRecord): string[] {
  const before = originally(scene, record);
  return [...new Set([...Object.keys(before), ...Object.keys(record.fields)])]
    .filter((name) => !SYSTEM_FIELDS.includes(name) && !same(before[name], record.fields[name]))
    .map((name) => `has ${name} ${show(record.fields[name])}, should have kept ${show(before[name])}`);
}
