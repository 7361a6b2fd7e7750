/** Postal addresses, in Firefish's parts. An absent part was not sent; `''` was cleared. */
import { defined } from '../defined.ts';
import type { Clearable, CompanyAddress, Person } from '../events/event.ts';
import { SAYS_NOTHING } from '../text/placeholders.ts';
import { fold, tidy } from '../text/visible.ts';
import { countryNamed, regionOf } from './country.ts';

export const ADDRESS_PARTS = [
  'Address1',
  'Address2',
  'Address3',
  'Town',
  'County',
  'PostCode',
  'Country',
] as const;
type AddressPart = (typeof ADDRESS_PARTS)[number];
export type PostalAddress = Partial<Record<AddressPart, string>>;

/** The parts that were sent, one by one. */
export function addressFromParts(said: CompanyAddress): PostalAddress {
  const written = (text: Clearable<string> | undefined): string | undefined => (text === null ? '' : text);
  return defined({
    Address1: written(said.line1),
    Address2: written(said.line2),
    Address3: written(said.line3),
    Town: written(said.city),
    County: written(said.state),
    PostCode: written(said.postcode),
    Country: written(said.country),
  });
}

/**
 * "Glasgow, United Kingdom" or "Austin, Texas, USA": the last part is the country if it can be nothing else, the first
 * part is the town, and what is between is the county. "San Francisco, CA" names no country. An empty location clears
 * what a location could have filled.
 */
export function addressFromLocation(location: Clearable<string>): PostalAddress {
  if (location === null) return { Town: '', County: '', Country: '' };
  const words = location
    .split(',')
    .map(tidy)
    .filter((part) => part !== '' && !SAYS_NOTHING.has(fold(part)));
  const country = countryNamed(words.at(-1) ?? '');
  const [town, ...county] = country === undefined ? words : words.slice(0, -1);
  return {
    ...(town !== undefined && { Town: town }),
    ...(county.length > 0 && { County: county.join(', ') }),
    ...(country !== undefined && { Country: country }),
  };
}

/**
 * A person's address: its parts. A `location` is used if there is no town, county or post code, unless it is in another
 * country than `country`.
 */
export function personAddress(
  person: Pick<Person, 'city' | 'state' | 'postcode' | 'country' | 'location'>,
): PostalAddress {
  const { city, state, postcode, country = null, location } = person;
  const address = addressFromParts(defined({ city, state, postcode, country: person.country }));
  const hasPlace = [city, state, postcode].some((part) => part !== undefined && part !== null);
  if (location === undefined || hasPlace) return address;
  const place = addressFromLocation(location);
  if (country === null) return { ...address, ...place };
  const isElsewhere = place.Country !== undefined && regionOf(place.Country) !== regionOf(country);
  return isElsewhere ? address : { ...place, ...address };
}
