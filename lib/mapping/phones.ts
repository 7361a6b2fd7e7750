/**
 * The metadata is the `max` set, the smallest that tells a valid fixed line from nonsense *and* a mobile from
 * a fixed line (`min` cannot do the second, `mobile` not the first): 49 kB compressed, 15 kB more than `mobile`.
 */
import {
  getCountryCallingCode,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/max';
import { MAX_PHONE_LENGTH, phoneTexts } from '../events/reading/phone-texts.ts';
import { tidy } from '../text/visible.ts';
import { regionOf } from './country.ts';

/** Agencies that use Firefish are British for the most part; so is a number that says nothing else. */
const DEFAULT_REGION: CountryCode = 'GB';

interface Telephone {
  /** As it is written into Firefish. */
  text: string;
  /** The same for all spellings of a number. */
  identity: string;
  line: 'mobile' | 'other' | 'unreadable';
}

/** Ofcom allots 071 to 075 and 077 to 079 to mobiles, opened blocks or not; the metadata lists opened ones only. */
const isUnlistedBritishMobile = (number: PhoneNumber): boolean =>
  number.countryCallingCode === '44' && /^7[1-57-9]\d{8}$/.test(number.nationalNumber);

/**
 * A number that is valid, or whose country was typed with it, or that is mobile by its first digits. Any other reading
 * depends only on the default region, and could turn a foreign number into a wrong British one.
 */
function isCertain(number: PhoneNumber, typed: string): boolean {
  if (!number.isPossible()) return false;
  return number.isValid() || /^\W*(?:\+|00)/.test(typed) || isUnlistedBritishMobile(number);
}

/** As British numbers are written, or one whose 0 a spreadsheet removed. "(713) 555-0123" is American. */
const looksBritish = (typed: string): boolean =>
  /^\D*(?:\+|0|44|7\d{3}\b)|^\d+$|(?=\P{ASCII})\p{Nd}/u.test(typed);

/**
 * Read as a number of the person's country or, if that is not valid, as a British one, because people keep a number
 * when they move.
 */
function parse(typed: string, country: string | undefined): PhoneNumber | undefined {
  const region = regionOf(country ?? '');
  // Without its `+`: 49 171 1234567 could otherwise be a German number in an area 0491.
  const hasCode = typed.startsWith(getCountryCallingCode(region ?? DEFAULT_REGION));
  const whole = hasCode ? parsePhoneNumberFromString(`+${typed}`) : undefined;
  if (whole?.isValid() === true) return whole;
  const regions = [
    ...(region === undefined ? [] : [region]),
    ...(looksBritish(typed) ? [DEFAULT_REGION] : []),
  ];
  return regions
    .map((from) => parsePhoneNumberFromString(typed, from))
    .find((number) => number !== undefined && isCertain(number, typed));
}

function readTelephone(text: string, country: string | undefined): Telephone | undefined {
  const typed = tidy(text);
  if (!/\p{Nd}/u.test(typed) || typed.length > MAX_PHONE_LENGTH) return undefined;
  const number = parse(typed, country);
  if (number === undefined) return { text: typed, identity: typed.toLowerCase(), line: 'unreadable' };
  const mobile = number.getType() === 'MOBILE' || isUnlistedBritishMobile(number);
  return {
    text: number.formatInternational(),
    identity: `${number.number};${number.ext ?? ''}`,
    line: mobile ? 'mobile' : 'other',
  };
}

/** One number as it is written into Firefish; `undefined` for a text without a digit. */
export function formatPhone(text: string, country?: string): string | undefined {
  return readTelephone(text, country)?.text;
}

/** A short number (an extension, a text's "2nd") is compared as it is typed. */
const LEAST_DIGITS = 7;

/**
 * A number's digits without the country code and without leading zeros, with the extension last. They are the same
 * whether or not the number could be read. `undefined` for what is too short to be a whole number.
 */
export function nationalDigits(text: string, country?: string): string | undefined {
  const typed = tidy(text);
  const number = typed.length > MAX_PHONE_LENGTH ? undefined : parse(typed, country);
  const digits = number === undefined ? typed : `${number.nationalNumber}${number.ext ?? ''}`;
  const national = digits.replace(/\D/g, '').replace(/^0+/, '');
  return national.length < LEAST_DIGITS ? undefined : national;
}

interface PhoneNumbers {
  /** The first mobile. */
  mobile?: string;
  /** The other numbers, each once: other lines first, then further mobiles, then what could not be read. */
  others: string[];
}

/**
 * Sorts a person's numbers by line. National numbers are read as numbers of `country` (name or ISO code, default GB).
 */
export function sortPhones(texts: readonly string[], country?: string): PhoneNumbers {
  const numbers = new Map<string, Telephone>();
  for (const text of texts.flatMap(phoneTexts)) {
    const number = readTelephone(text, country);
    if (number !== undefined && !numbers.has(number.identity)) numbers.set(number.identity, number);
  }
  const on = (line: Telephone['line']) =>
    [...numbers.values()].filter((number) => number.line === line).map(({ text }) => text);
  const [mobile, ...mobiles] = on('mobile');
  return {
    ...(mobile !== undefined && { mobile }),
    others: [...on('other'), ...mobiles, ...on('unreadable')],
  };
}
