/** Firefish's fields with the names that recruiters see, for settings about single fields. */
export interface Field {
  /** Firefish's own name, as the settings have it. */
  name: string;
  label: string;
}

/** Fields that can be updated. Source, legal basis and owner are written once, on creation; opt-outs always count. */
export const UPDATED_FIELDS: readonly Field[] = [
  { name: 'FirstName', label: 'First name' },
  { name: 'Surname', label: 'Surname' },
  { name: 'Title', label: 'Title' },
  { name: 'EmailAddress', label: 'E-mail address' },
  { name: 'MobileNumber', label: 'Mobile number' },
  { name: 'WorkNumber', label: 'Work number' },
  { name: 'HomeNumber', label: 'Home number (candidates)' },
  { name: 'JobTitle', label: 'Job title' },
  { name: 'CurrentCompanyName', label: 'Current company (candidates)' },
  { name: 'CompanyRef', label: 'Company (contacts)' },
  { name: 'Address', label: 'Address (candidates)' },
  { name: 'LinkedIn', label: 'LinkedIn (candidates)' },
  { name: 'Skills', label: 'Skills (candidates)' },
  { name: 'RecruiterSummary', label: 'Recruiter summary (candidates)' },
];

/** Fields that can be required of a new record, besides those that Firefish requires anyway. */
export const ASKABLE_FIELDS: Record<'candidate' | 'contact', readonly Field[]> = {
  candidate: UPDATED_FIELDS.filter(
    ({ name }) => !['FirstName', 'Surname', 'EmailAddress', 'CompanyRef'].includes(name),
  ).map(withoutKind),
  contact: UPDATED_FIELDS.filter(({ name }) =>
    ['Title', 'EmailAddress', 'MobileNumber', 'WorkNumber', 'JobTitle'].includes(name),
  ),
};

function withoutKind({ name, label }: Field): Field {
  return { name, label: label.replace(/ \(.*\)$/, '') };
}
