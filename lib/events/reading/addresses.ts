/**
 * E-mail addresses as people and machines write them: `mailto:`, `Name <address>`, quotes, several in one text. No
 * parser of RFC 5322 is used: the input is often damaged, and a strict parser rejects the whole text.
 */
import { domainToASCII } from 'node:url';
import { decodeEntities } from '../../text/entities.ts';
import { removeInvisible } from '../../text/visible.ts';

export interface Addresses {
  /** In comparison form, each once, in the order in which they were written. */
  addresses: string[];
  /** The parts of the text that are not an address. */
  unreadable: string[];
}

const MAX_LENGTH = 254;
/** The HTML standard's local part, and letters, marks and digits of any script. */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const QUOTES = `"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u00b4\u0060`;
const LEADING = new Set(`${QUOTES}<:`);
const TRAILING = new Set(`${QUOTES}}>:.?!/\u2026`);

/**
 * A domain of host names in ASCII form and lower case; `undefined` if it is not valid. It has at least two labels.
 */
export function asciiDomain(text: string): string | undefined {
  // The limit protects the conversion from hostile texts.
  if (text.length > MAX_LENGTH) return undefined;
  const domain = /[^\0-\x7f]/.test(text) ? domainToASCII(text.normalize('NFC')) : text.toLowerCase();
  const labels = domain.split('.');
  return labels.length < 2 || !labels.every((label) => LABEL.test(label)) ? undefined : domain;
}

/** One address in comparison form: lower case, domain in ASCII, composed accents. */
function readOne(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).normalize('NFC').toLowerCase().normalize('NFC');
  if (at < 1 || !LOCAL_PART.test(local)) return undefined;
  const domain = asciiDomain(text.slice(at + 1));
  const address = `${local}@${domain ?? ''}`;
  return domain === undefined || address.length > MAX_LENGTH ? undefined : address;
}

/** What is percent-encoded in such a link. */
const MAILTO = /mailto:[^\s<>"?]*/gi;
const decodeAscii = (link: string): string =>
  link.replace(/%([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Without `mailto:` (or another label), the `?subject=` of such a link, and the punctuation around the address. */
function trimAddress(text: string): string {
  const label = text.lastIndexOf(':', text.indexOf('@'));
  const query = label === -1 ? -1 : text.indexOf('?', text.indexOf('@'));
  let [start, end] = [label + 1, query === -1 ? text.length : query];
  if (label !== -1 && text.startsWith('//', start)) start += 2;
  while (start < end && LEADING.has(text[start] ?? '')) start += 1;
  while (end > start && TRAILING.has(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}

/**
 * The text without quoted names (`"Dale, Kim" <kim@…>`): from one quotation mark to the next. An address in quotes
 * stays.
 */
function withoutQuotedNames(text: string): string {
  const parts = text.split('"');
  // If the number of quotation marks is odd, the last one is ignored.
  const last = parts.length % 2 === 0 ? parts.length - 1 : parts.length;
  return parts.map((part, at) => (at % 2 === 1 && at < last && !part.includes('@') ? ' ' : part)).join(' ');
}

/**
 * The addresses in a text or a list of texts. `Name <address>` has one address. Words beside addresses without brackets
 * are unreadable.
 */
export function readAddresses(input: string | readonly string[]): Addresses {
  const addresses = new Set<string>();
  const unreadable: string[] = [];
  for (const text of typeof input === 'string' ? [input] : input) {
    const read = readText(text);
    for (const address of read.addresses) addresses.add(address);
    unreadable.push(...read.unreadable);
  }
  return { addresses: [...addresses], unreadable };
}

/** `a@x.example/b@x.example`: a slash and a bar can be in an address, but two @ cannot. */
const separate = (word: string): string[] =>
  word.indexOf('@') === word.lastIndexOf('@') ? [word] : word.split(/[/|]/);

function readText(text: string): Addresses {
  const clean = removeInvisible(decodeEntities(text)).trim().replace(MAILTO, decodeAscii);
  if (clean === '') return { addresses: [], unreadable: [] };
  const named = withoutQuotedNames(clean);
  const hasBrackets = /<[^<>]*@/.test(named);
  const words = named
    .split(/[\s;,<>()[\]\uff1b\uff0c\u3001]+/u)
    .flatMap(separate)
    .map(trimAddress);
  const addresses: string[] = [];
  const unreadable: string[] = [];
  for (const word of words) {
    if (word === '') continue;
    const address = readOne(word);
    if (address !== undefined) addresses.push(address);
    // If brackets mark the addresses, the words around them are names.
    else if (!hasBrackets || (word.includes('@') && word !== '@')) unreadable.push(word);
  }
  // A text without any address is unreadable as a whole, also if it is only punctuation.
  return addresses.length === 0 ? { addresses, unreadable: [clean] } : { addresses, unreadable };
}

/** The only address in a text, in comparison form; `undefined` if there is none, or several. */
export function readAddress(text: string): string | undefined {
  const { addresses } = readText(text);
  return addresses.length === 1 ? addresses[0] : undefined;
}

/** An address with anything glued to it that is more likely around an address than inside one. */
const GLUED = /[^\s;,<>()[\]{}"“”:=/|&?@]+@[\p{L}\p{M}\p{N}.-]*[\p{L}\p{N}]/gu;

/** Every address in running text, in comparison form, also inside JSON, a query or a sentence: `of kim@x.example’s`. */
export function addressesWithin(text: string): string[] {
  const plain = removeInvisible(decodeEntities(text))
    .normalize('NFKC')
    .replace(/%40/g, '@')
    .replace(/ *@ */g, '@');
  return readAddresses([plain, ...(plain.match(GLUED) ?? [])]).addresses;
}

/** The part after the last @ of an address in comparison form. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);
