/**
 * Whether two names can be of one person (section 4.2 of the contract). Names are compared as sets of words, since
 * people swap, shorten and marry: what counts is whether anything at all agrees.
 */
import { decodeEntities } from '../text/entities.ts';
import { foldCase, latinForm, removeAccents } from '../text/letters.ts';
import { removeInvisible } from '../text/visible.ts';
import { GENERATIONS, PARTICLES, TITLES } from './name-words.ts';

export interface PersonName {
  first?: string;
  last?: string;
  /** A name of which the halves are not known: one word alone. */
  full?: string;
}

/** The words of a name in comparison form; punctuation inside a word vanishes, so that O'Brien is OBrien. */
function wordsOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  return latinForm(removeAccents(foldCase(removeInvisible(decodeEntities(text)))))
    .replace(/\p{Pd}/gu, ' ')
    .replace(/[^\p{L}\p{M}\p{N}\s]/gu, '')
    .split(/\s+/u)
    .filter((word) => word !== '');
}

const SINGLE_LETTER = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]$/u;
const isInitial = (word: string): boolean => SINGLE_LETTER.test(word);
const isAside = (word: string): boolean =>
  isInitial(word) || TITLES.has(word) || GENERATIONS.has(word) || PARTICLES.has(word);

/** The words that count of one half: those that are no name by themselves only where there is nothing else. */
function countingWords(text: string | undefined): string[] {
  const words = wordsOf(text);
  const own = words.filter((word) => !isAside(word));
  return own.length > 0 ? own : words.filter((word) => !isInitial(word));
}

interface Comparable {
  first: string[];
  last: string[];
  all: Set<string>;
  /** In one string, first name first and surname first: 王伟 may stand in one field. */
  joined: [string, string];
  scripts: Set<string>;
}

const SCRIPTS = (
  'Latin Greek Cyrillic Arabic Hebrew Han Hiragana Katakana Hangul Devanagari Bengali Gurmukhi Gujarati Tamil Telugu ' +
  'Kannada Malayalam Sinhala Thai Lao Khmer Myanmar Georgian Armenian Ethiopic Tibetan Mongolian Thaana'
)
  .split(' ')
  .map((script) => [script, new RegExp(`\\p{Script=${script}}`, 'u')] as const);

function scriptsOf(words: Iterable<string>): Set<string> {
  const text = [...words].join('');
  const found = SCRIPTS.filter(([, pattern]) => pattern.test(text)).map(([script]) => script);
  return new Set(found.length === 0 ? ['other'] : found);
}

function comparable(name: PersonName): Comparable {
  const [first, last, full] = [name.first, name.last, name.full].map(countingWords);
  const all = new Set([...(first ?? []), ...(last ?? []), ...(full ?? [])]);
  const [given, family] = [wordsOf(name.first).join(''), wordsOf(name.last).join('')];
  return {
    first: first ?? [],
    last: last ?? [],
    all,
    joined: [given + family, family + given],
    scripts: scriptsOf(all),
  };
}

/** The words of running text, where punctuation separates words, and `Lee's` is about Lee. */
const wordsWithin = (text: string): Set<string> =>
  new Set(
    wordsOf(
      decodeEntities(text)
        .replace(/['’]s\b/giu, ' ')
        .replace(/[^\p{L}\p{M}\p{N}\p{Cf}'’]/gu, ' '),
    ),
  );

/** Whether a text has a word of each half of the name, in any order. One half alone can be anyone's. */
export function hasFullName(text: string, name: PersonName): boolean {
  const { first, last, joined } = comparable(name);
  if (first.length === 0 || last.length === 0) return false;
  const words = wordsWithin(text);
  return (
    [first, last].every((half) => half.some((word) => words.has(word))) ||
    joined.some((one) => words.has(one))
  );
}

/** Whether a text has any word of the name: it may be about the person, or about someone of a name that is like it. */
export function hasPartOfName(text: string, name: PersonName): boolean {
  const { all, joined } = comparable(name);
  const words = wordsWithin(text);
  return !words.isDisjointFrom(all) || joined.some((one) => words.has(one));
}

/** How many words two names have in common, aside from titles, particles and initials. */
export const sharedNameWords = (a: PersonName, b: PersonName): number =>
  comparable(a).all.intersection(comparable(b).all).size;

/**
 * Whether two names cannot be of one person: they share no word, and one half at least is there on both sides. Names
 * in different scripts cannot be compared, so they never contradict.
 */
export function namesContradict(a: PersonName, b: PersonName): boolean {
  const [one, other] = [comparable(a), comparable(b)];
  if (one.all.intersection(other.all).size > 0) return false;
  if (one.scripts.intersection(other.scripts).size === 0) return false;
  if (one.joined.some((text) => text !== '' && other.joined.includes(text))) return false;
  return (one.first.length > 0 && other.first.length > 0) || (one.last.length > 0 && other.last.length > 0);
}
