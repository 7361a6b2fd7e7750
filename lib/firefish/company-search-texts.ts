/** What a company is searched by: Firefish searches a part of the name, and may or may not ignore accents. */
import {
  companyNameKey,
  exactCompanyName,
  foldName,
  isLegalForm,
  plainMarks,
} from '../names/company-name.ts';
import { LIKE, LIKE_CLASS_OPENER } from './assumptions.ts';

const SEPARATORS = /[\s,()[\]'"]+/;

/** The words that are no legal form. */
const ownWords = (words: readonly string[]): string[] =>
  words.filter((word) => {
    const folded = foldName(word);
    return folded !== '' && folded !== 'and' && !isLegalForm(folded);
  });

/** The first of the longest. */
const longest = (texts: readonly string[]): string =>
  texts.reduce((most, text) => (text.length > most.length ? text : most), '');

/** Letters that have accents in some languages, the most usual ones last. */
const ACCENTED = [/[aeiouycnszldtrg]/g, /[aeiouycnsz]/g, /[aeiouy]/g];
/** Letters of other scripts that have accents, or a second form. */
const OTHER_ACCENTED = /[-аеиіоуыгкαειηουωσ]/g;
/** What may be more or fewer characters in another spelling: ß, and half-width letters with their marks. */
const OF_ANY_LENGTH = /ss|[\u3040-\u30ff]/g;

/** Whether few other names match: a word has two letters that are not left open, at least. */
const isSelective = (pattern: string): boolean =>
  pattern.split(LIKE.anyText).some((word) => word.replaceAll(LIKE.anyCharacter, '').length > 1);

/** A pattern of SQL's LIKE that leaves letters open that may have accents. Nothing if it would match too much. */
function searchPattern(words: readonly string[]): string {
  const open = words
    .map((word) => word.replace(OF_ANY_LENGTH, LIKE.anyText).replace(OTHER_ACCENTED, LIKE.anyCharacter))
    .join(LIKE.anyText);
  const patterns = ACCENTED.map((letters) => open.replace(letters, LIKE.anyCharacter));
  return (patterns.find(isSelective) ?? '').replace(/^[_%]+|[_%]+$/g, '');
}

/** A part of the name that other spellings probably share: what is plain of it, else half of a word. */
function plainPart(written: readonly string[], folded: readonly string[]): string {
  const word = longest(folded);
  if (written.some((one) => /[^ -~]/.test(one))) {
    const plain = longest(
      written.toSorted((a, b) => b.length - a.length).flatMap((one) => one.match(/\w+/g) ?? []),
    );
    return plain.length > 1 ? plain : word;
  }
  const part = longest(word.split('ss'));
  const half = part === word || part.length < 2 ? word.slice(0, Math.ceil(word.length / 2)) : part;
  // A name that is too short for parts may have full-width letters.
  return half.length > 1
    ? half
    : word.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
}

/**
 * Texts for searches by substring, one to three. The first finds the exact spelling; all together find other spellings,
 * whether the search ignores accents or not, and as far as possible if `_` and `%` are no wildcards for it.
 */
export function companySearchTexts(name: string): string[] {
  const exact = exactCompanyName(name);
  const written = ownWords(plainMarks(exact).split(SEPARATORS));
  const folded = ownWords(companyNameKey(name).split(SEPARATORS));
  const word = longest(written);
  const texts =
    word.length > 1
      ? [word, searchPattern(folded), plainPart(written, folded)].filter((text) => text.length > 1)
      : [exact.replaceAll(LIKE_CLASS_OPENER, LIKE.anyCharacter), companyNameKey(name)];
  const lower = texts.map((text) => text.toLowerCase());
  return texts.filter((_, place) => lower.indexOf(lower[place] ?? '') === place);
}
