/** Postal addresses, in Firefish's parts. An absent part was not said; `''` was cleared. */
import { regionOf } from './country.ts';
import { tidy } from './tidy.ts';

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

interface SaidAddress {
  line1?: string | undefined;
  line2?: string | undefined;
  line3?: string | undefined;
  city?: string | undefined;
  state?: string | undefined;
  postcode?: string | undefined;
  country?: string | undefined;
}

/** The parts that were said, each for itself. */
export function addressFromParts(said: SaidAddress): PostalAddress {
  const named: [AddressPart, string | undefined][] = [
    ['Address1', said.line1],
    ['Address2', said.line2],
    ['Address3', said.line3],
    ['Town', said.city],
    ['County', said.state],
    ['PostCode', said.postcode],
    ['Country', said.country],
  ];
  return Object.fromEntries(
    named.flatMap(([part, text]) => (text === undefined ? [] : [[part, tidy(text)] as const])),
  );
}

/**
 * "Glasgow, United Kingdom" or "Austin, Texas, USA": the last part is the country where it names one, the
 * first the town, what is between the county. Cleared, it clears what it could have filled.
 */
export function addressFromLocation(location: string): PostalAddress {
  const words = location.split(',').map(tidy).filter(Boolean);
  if (words.length === 0) return tidy(location) === '' ? { Town: '', County: '', Country: '' } : {};
  const country = regionOf(words.at(-1) ?? '') === undefined ? undefined : words.pop();
  const [town, ...county] = words;
  return {
    ...(town !== undefined && { Town: town }),
    ...(county.length > 0 && { County: county.join(', ') }),
    ...(country !== undefined && { Country: country }),
  };
}

/** A person's address: its parts, or `location` where no part says anything. */
export function personAddress(person: SaidAddress & { location?: string | undefined }): PostalAddress {
  const parts = addressFromParts(person);
  const saysNothing = Object.values(parts).every((text) => text === '');
  return saysNothing && person.location !== undefined
    ? { ...parts, ...addressFromLocation(person.location) }
    : parts;
}
