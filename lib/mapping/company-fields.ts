import type { SourceWhaleCompany } from '../events/event.ts';
import type { Fields } from '../firefish/port.ts';
import { addressFromParts, type PostalAddress } from './addresses.ts';
import { formatPhone } from './phones.ts';
import { tidy } from './tidy.ts';

/** An address in one line can't be taken apart without guessing: it stays one line. */
function postalAddress(address: SourceWhaleCompany['address']): PostalAddress {
  if (address === undefined) return {};
  return typeof address === 'string' ? { Address1: tidy(address) } : addressFromParts(address);
}

function phone(company: SourceWhaleCompany, country: string | undefined): Fields {
  if (company.phone === undefined) return {};
  if (tidy(company.phone) === '') return { Phone: '' };
  const number = formatPhone(company.phone, country);
  return number === undefined ? {} : { Phone: number };
}

/** What one event says of a company, in Firefish's names; the same meaning of absent and `''` as `personFields`. */
export function companyFields(company: SourceWhaleCompany): Fields {
  const address = postalAddress(company.address);
  // Without a website of its own a company's domain is the next best thing a recruiter can click.
  const website = company.website ?? company.domain;
  return {
    Name: tidy(company.name),
    ...phone(company, address.Country),
    ...(website !== undefined && { Website: tidy(website) }),
    ...Object.fromEntries(Object.entries(address).map(([part, text]) => [`Address.${part}`, text])),
  };
}
