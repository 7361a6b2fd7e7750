import { defined } from '../defined.ts';
import type { Company } from '../events/event.ts';
import { addressFromParts } from './addresses.ts';
import type { Fields } from './fields.ts';
import { formatPhone } from './phones.ts';

/** What one event says of a company, in Firefish's names; the same meaning of absent and `''` as `personFields`. */
export function companyFields(company: Company): Fields {
  const { name, phone } = company;
  const address = addressFromParts(company.address ?? {});
  // A company's domain is the next best thing that a recruiter can click.
  const website = company.website ?? company.domain ?? company.website;
  return defined({
    Name: name,
    Phone: phone === null ? '' : formatPhone(phone ?? '', address.Country),
    Website: website === null ? '' : website,
    ...Object.fromEntries(Object.entries(address).map(([part, text]) => [`Address.${part}`, text])),
  });
}
