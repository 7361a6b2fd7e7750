import type { SourceWhaleCompany } from '../events/event.ts';
import type { Fields } from './fields.ts';
import { addressFromParts, type PostalAddress } from './addresses.ts';
import { formatPhone } from './phones.ts';
import { tidy } from './tidy.ts';

/** An address in one line can't be taken apart without guessing: it stays one line. */
function postalAddress(address: SourceWhaleCompany['address']): PostalAddress {
  if (address === undefined) return {};
  if (typeof address === 'string') return { Address1: tidy(address) };
  return addressFromParts({
    line1: address.line1 ?? address.street ?? address.Address1,
    line2: address.line2 ?? address.Address2,
    line3: address.line3 ?? address.Address3,
    city: address.city ?? address.Town,
    state: address.state ?? address.County,
    postcode: address.postcode ?? address.PostCode,
    country: address.country ?? address.Country,
  });
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
