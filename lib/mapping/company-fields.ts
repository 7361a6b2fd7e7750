import type { Clearable, Company, CompanyAddress } from '../events/event.ts';
import { addressFromParts, type PostalAddress } from './addresses.ts';
import type { Fields } from './fields.ts';
import { formatPhone } from './phones.ts';

const cleared = (said: Clearable<string>): string => said ?? '';

function phone({ phone: said }: Company, country: string | undefined): Fields {
  if (said === undefined) return {};
  if (said === null) return { Phone: '' };
  const number = formatPhone(said, country);
  return number === undefined ? {} : { Phone: number };
}

const postalAddress = (address: CompanyAddress | undefined): PostalAddress =>
  address === undefined ? {} : addressFromParts(address);

/** What one event says of a company, in Firefish's names; the same meaning of absent and `''` as `personFields`. */
export function companyFields(company: Company): Fields {
  const address = postalAddress(company.address);
  // A company's domain is the next best thing that a recruiter can click.
  const website = company.website ?? company.domain ?? company.website;
  return {
    ...(company.name !== undefined && { Name: company.name }),
    ...phone(company, address.Country),
    ...(website !== undefined && { Website: cleared(website) }),
    ...Object.fromEntries(Object.entries(address).map(([part, text]) => [`Address.${part}`, text])),
  };
}
