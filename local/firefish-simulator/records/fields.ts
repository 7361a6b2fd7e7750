/** Which fields each kind of record has: written, required, in a search row, in the record itself. */
import type { Quirks } from '../quirks.ts';
import type { Collection } from './records.ts';
import type { Switches } from '../switches.ts';

export type FieldType = 'text' | 'boolean' | 'reference' | 'address' | 'skills' | 'legal-basis';

export interface FieldRules {
  readonly writable: Readonly<Record<string, FieldType>>;
  /** Fields that a record can have, but that no call writes. */
  readonly seedable: Readonly<Record<string, FieldType>>;
  /** Required on creation, and never cleared. */
  readonly required: readonly string[];
  readonly row: readonly string[];
  /** What `GET` of the record shows. */
  readonly profile: readonly string[];
}

const texts = (...names: string[]): Record<string, FieldType> =>
  Object.fromEntries(names.map((name) => [name, 'text' as const]));

const CHANGES = ['CreatedBy', 'Created', 'UpdatedBy', 'Updated'];
const LAST_ACTION = ['LastActionRef', 'LastActionName', 'LastActionDate'];
const MARKETING = ['EmailMarketing', 'SmsMarketing', 'PostalMarketing'];
const STATUS = ['PermanentStatus', 'ContractStatus'];

const candidateRow = [
  'Ref',
  'FirstName',
  'Surname',
  'DateOfBirth',
  'JobTitle',
  'EmailAddress',
  'Address',
  'MobileNumber',
  'HomeNumber',
  'WorkNumber',
  'IsArchived',
  ...CHANGES,
  ...LAST_ACTION,
];

/** Texts of a candidate that only the record itself shows. */
const candidateProfileTexts = [
  'Title',
  'KnownAs',
  'Source',
  'Status',
  'OwnerUserEmail',
  'CurrentCompanyName',
  'LinkedIn',
  'RecruiterSummary',
  'CandidateSummary',
];

const candidates: FieldRules = {
  writable: {
    ...texts('FirstName', 'Surname', 'DateOfBirth', 'JobTitle', 'EmailAddress'),
    ...texts('MobileNumber', 'HomeNumber', 'WorkNumber', ...candidateProfileTexts, ...STATUS),
    Address: 'address',
    Skills: 'skills',
    LegalBasis: 'legal-basis',
    IsArchived: 'boolean',
    EmailMarketing: 'boolean',
    SmsMarketing: 'boolean',
    PostalMarketing: 'boolean',
    HasPreferenceJobAlerts: 'boolean',
  },
  seedable: { Gender: 'text', HasCv: 'boolean' },
  required: ['FirstName', 'Surname', 'Source', 'EmailAddress', 'LegalBasis'],
  row: candidateRow,
  profile: [
    ...[...candidateRow, ...candidateProfileTexts, ...STATUS, ...MARKETING, 'HasPreferenceJobAlert'],
    ...['HasCv', 'Skills', 'Gender', 'CandidateURL'],
  ],
};

const contactRow = [
  'Ref',
  'FirstName',
  'Surname',
  'Title',
  'CompanyRef',
  'CompanyName',
  'CompanyPhone',
  'JobTitle',
  'EmailAddress',
  'MobileNumber',
  'WorkNumber',
  'IsArchived',
  ...CHANGES,
  ...LAST_ACTION,
];

const contacts: FieldRules = {
  writable: {
    ...texts('FirstName', 'Surname', 'Title', 'JobTitle', 'EmailAddress', 'MobileNumber', 'WorkNumber'),
    CompanyRef: 'reference',
    IsArchived: 'boolean',
    EmailMarketing: 'boolean',
  },
  seedable: {},
  required: ['FirstName', 'Surname', 'CompanyRef'],
  row: contactRow,
  profile: [...contactRow, 'EmailMarketing'],
};

const companyRow = ['Ref', 'Name', 'Phone', 'Website', 'Address', 'IsArchived', ...CHANGES];

const companies: FieldRules = {
  writable: { ...texts('Name', 'Phone', 'Website'), Address: 'address', IsArchived: 'boolean' },
  seedable: {},
  required: ['Name'],
  row: companyRow,
  profile: companyRow,
};

const without = (names: readonly string[], name: string): string[] => names.filter((other) => other !== name);

function withoutWritable(rules: FieldRules, name: string): FieldRules {
  const writable = Object.entries(rules.writable).filter(([other]) => other !== name);
  return { ...rules, writable: Object.fromEntries(writable) };
}

function candidateRules(quirks: Quirks): FieldRules {
  let rules = candidates;
  if (quirks.marketingInRows) rules = { ...rules, row: [...rules.row, ...MARKETING] };
  if (quirks.candidateUrlMissing) rules = { ...rules, profile: without(rules.profile, 'CandidateURL') };
  if (quirks.archivingRefused) rules = withoutWritable(rules, 'IsArchived');
  return rules;
}

function contactRules(quirks: Quirks, switches: Switches): FieldRules {
  let rules = contacts;
  if (quirks.marketingInRows) rules = { ...rules, row: [...rules.row, 'EmailMarketing'] };
  if (quirks.contactRowWithoutCompanyRef) rules = { ...rules, row: without(rules.row, 'CompanyRef') };
  if (!switches.contactsNeedCompany) rules = { ...rules, required: without(rules.required, 'CompanyRef') };
  if (quirks.archivingRefused) rules = withoutWritable(rules, 'IsArchived');
  if (quirks.contactsWithoutEmailMarketing) {
    rules = { ...withoutWritable(rules, 'EmailMarketing'), profile: contactRow };
  }
  if (switches.contactsHaveLinkedIn) {
    const writable = { ...rules.writable, LinkedIn: 'text' as const };
    rules = { ...rules, writable, profile: [...rules.profile, 'LinkedIn'] };
  }
  if (quirks.contactsTakeHomeNumber) {
    rules = { ...rules, writable: { ...rules.writable, HomeNumber: 'text' } };
  }
  return rules;
}

function companyRules(quirks: Quirks): FieldRules {
  if (!quirks.companyRowWithoutWebsite) return companies;
  return { ...companies, row: without(companyRow, 'Website') };
}

export const fieldRules = (quirks: Quirks, switches: Switches): Record<Collection, FieldRules> => ({
  candidates: candidateRules(quirks),
  contacts: contactRules(quirks, switches),
  companies: companyRules(quirks),
});

/** The one field whose name differs between writing and reading, by more than its case. */
export const storedName = (name: string): string =>
  name === 'HasPreferenceJobAlerts' ? 'HasPreferenceJobAlert' : name;
