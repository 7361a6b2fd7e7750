/** The members of `record` that SourceWhale's API names, the form of each, and which of them a type uses. */

/** `list`: texts; one value counts as a list of one. `other`: never read. */
type Form = 'id' | 'line' | 'text' | 'list' | 'other';

export const RECORD_FIELDS = {
  candidateId: 'id',
  kind: 'line',
  salutation: 'line',
  name: 'line',
  unparsedName: 'line',
  firstName: 'line',
  lastName: 'line',
  emails: 'list',
  email: 'line',
  phones: 'list',
  phone: 'line',
  company: 'line',
  unparsedCompany: 'line',
  role: 'line',
  location: 'line',
  city: 'line',
  state: 'line',
  postcode: 'line',
  country: 'line',
  socialLinks: 'list',
  linkedinUrl: 'line',
  summary: 'text',
  skills: 'list',
  source: 'line',
  photo: 'line',
  previousCompany: 'line',
  school: 'line',
  domains: 'list',
  companyLocation: 'line',
  links: 'list',
  companyLinkedinUrl: 'line',
  repo: 'line',
  headline: 'line',
  industries: 'list',
  customVariable: 'line',
  customVariable2: 'line',
  customVariable3: 'line',
  customVariable4: 'line',
  comments: 'text',
  foundBy: 'line',
  keywords: 'list',
  relationships: 'other',
  education: 'other',
  experience: 'other',
} as const satisfies Record<string, Form>;
export type RecordField = keyof typeof RECORD_FIELDS;

const IDS = ['candidateId', 'kind', 'emails', 'email'] as const satisfies readonly RecordField[];
const NAMES = ['name', 'unparsedName', 'firstName', 'lastName'] as const satisfies readonly RecordField[];

/** How much of a record a type uses. Only used members can cause a rejection. */
export const USED_FIELDS = {
  ids: new Set<string>(IDS),
  phone: new Set<string>([...IDS, 'country']),
  named: new Set<string>([...IDS, ...NAMES]),
  person: new Set<string>([
    ...IDS,
    ...NAMES,
    'salutation',
    'phones',
    'phone',
    'company',
    'unparsedCompany',
    'role',
    'location',
    'city',
    'state',
    'postcode',
    'country',
    'socialLinks',
    'linkedinUrl',
    'summary',
    'skills',
    'source',
  ]),
} as const satisfies Record<string, ReadonlySet<string>>;
export type RecordUse = keyof typeof USED_FIELDS;
