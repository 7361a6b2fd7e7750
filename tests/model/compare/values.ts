/** The fields of one record: the values from its person's history, and earlier values. */
import type { Kind } from '../../../lib/events/event.ts';
import { companyNameKey } from '../../../lib/names/company-name.ts';
import { CREATION_ONLY_FIELDS } from '../../../lib/mapping/firefish-fields.ts';
import { emailAddresses, type SourceWhaleEvent } from '../../support/former-event.ts';
import { addressOf, isBlank } from '../ideal.ts';
import { isLater } from '../invariants.ts';
import {
  fieldsSaid,
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

/** How a record differs from its person's history. */
export function differencesFromSaid(
  scene: Scene,
  record: StandingRecord,
  person: Person,
  several: boolean,
): string[] {
  const before = record.made ? {} : originally(scene, record);
  const wanted = saidFields(person, record.kind);
  const company = record.kind === 'contact' ? saidCompany(person) : undefined;
  if (company !== undefined) wanted['Company'] = company;
  const names = new Set([...Object.keys(wanted), ...Object.keys(record.fields), ...Object.keys(before)]);
  return [...names]
    .filter((name) => !SYSTEM_FIELDS.includes(name) && !CREATION_ONLY_FIELDS.includes(name))
    .flatMap((name) => {
      const newest =
        name === 'EmailAddress'
          ? allowedAddresses(scene, record, person, several)
          : allowedValues(scene, name, record, person, wanted, before);
      const older = several ? [before[name], '', ...everSaid(name, record.kind, person)] : [];
      const allowed = [...newest, ...older];
      const actual = comparable(name, record.fields[name]);
      if (allowed.some((value) => same(comparable(name, value), actual))) return [];
      return [`has ${name} ${show(record.fields[name])}, should have ${allowed.map(show).join(' or ')}`];
    });
}

/**
 * One record of one id has the address of the model's. Of several it depends on the order of arrival which lists came
 * together first, and by which address each was found. If only a wrong one is left, which of them may be, too.
 */
function allowedAddresses(scene: Scene, record: StandingRecord, person: Person, several: boolean): unknown[] {
  const { made, kind, ref } = record;
  const ideal = [...person.records].find(
    (one) => one.made === made && one.kind === kind && (made || one.ref === ref),
  );
  const address = ideal === undefined ? undefined : addressOf(ideal);
  const isWrong = address === undefined ? usableAddresses(person).length === 0 : person.flagged.has(address);
  const maker = scene.events.find(({ id }) => id === ideal?.madeBy);
  const isListed = person.sayings.some(
    ({ said }) =>
      emailAddresses(said).length > 0 &&
      (maker === undefined || !isLater(eventSaying(scene, said) ?? maker, maker)),
  );
  // If only notes or opt-outs have addresses, the contract does not say with which of them a record is created.
  if (address !== undefined && person.ids.size === 1 && !several && isListed && !isWrong) return [address];
  const before = made ? '' : originally(scene, record)['EmailAddress'];
  return [
    address,
    before,
    ...(isWrong || (made && kind === 'candidate') ? person.addresses : usableAddresses(person)),
  ];
}

const eventSaying = (scene: Scene, said: object): SourceWhaleEvent | undefined =>
  scene.events.find((event) => 'record' in event && event.record === said);

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
  const offPhone = (PHONE_FIELDS as readonly string[]).includes(name) && person.flaggedPhones.size > 0;
  const policy = policyOf(scene, name === 'Company' ? 'CompanyRef' : name);
  // If no company may be made, one that is missing leaves the contact's as it was.
  const missing =
    name === 'Company' &&
    !scene.standing.companies.some((one) =>
      same(comparable(name, one.fields['Name']), comparable(name, wanted[name])),
    );
  if (!(name in wanted)) return [before[name]];
  if (missing && !scene.settings.createCompanies)
    return [before[name], ...everSaid(name, record.kind, person)];
  if (policy === 'always') return [wanted[name]];
  if (!record.made && policy === 'never') return [before[name]];
  if (!record.made && !isBlank(before[name])) return offPhone ? [before[name], wanted[name]] : [before[name]];
  // Which value filled a blank field first depends on the order of arrival.
  return [wanted[name], ...everSaid(name, record.kind, person), ...(record.made ? [''] : [])];
}

function everSaid(name: string, kind: Kind, person: Person): unknown[] {
  return person.sayings.map(({ said }) => (name === 'Company' ? said.company : fieldsSaid(kind, said)[name]));
}

export function changes(scene: Scene, record: StandingRecord): string[] {
  const before = originally(scene, record);
  return [...new Set([...Object.keys(before), ...Object.keys(record.fields)])]
    .filter((name) => !SYSTEM_FIELDS.includes(name) && !same(before[name], record.fields[name]))
    .map((name) => `has ${name} ${show(record.fields[name])}, should have kept ${show(before[name])}`);
}
