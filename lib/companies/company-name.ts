/**
 * When two company names are one (rule 11 of the contract): the same letters, and the same legal form in whatever
 * spelling. "Acme Ltd" is "ACME Limited"; "Acme" and "Acme LLP" are other companies.
 */
import { LIKE, LIKE_CLASS_OPENER } from '../firefish/assumptions.ts';
import { decodeEntities } from '../text/entities.ts';
import { foldCase } from '../text/letters.ts';
import { removeInvisible, tidy } from '../text/visible.ts';
import { LEGAL_FORMS, MAX_FORM_WORDS } from './legal-forms.ts';

const APOSTROPHES = /[\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4\u0060\uff07]/g;
const QUOTES = /[\u201c-\u201f\u00ab\u00bb\u2033\u2039\u203a\uff02\u300c-\u300f]/g;
/** Accents of letters. The marks of other scripts stand for sounds: バ is not ハ. */
const ACCENTS = /[\u0300-\u036f]/g;
const DASHES = /\p{Pd}/gu;

/** The name as it is written: entities decoded, stray spaces and invisible characters gone. */
export const exactCompanyName = (name: string): string => tidy(decodeEntities(name));

function foldName(name: string): string {
  // Apostrophes first: the compatibility form takes some of them apart into a space and a mark.
  const plain = removeInvisible(decodeEntities(name)).replace(APOSTROPHES, "'").replace(QUOTES, '"');
  return foldCase(foldCase(plain).normalize('NFKD').replace(ACCENTS, ''))
    .replace(APOSTROPHES, "'")
    .replace(QUOTES, '"')
    .replace(DASHES, '-')
    .replaceAll('&', ' and ')
    .replace(/\s+/gu, ' ')
    .replace(/ ?, ?/g, ', ')
    .trim();
}

/** "Foo Co., Ltd." has two, a few more are thinkable. */
const MAX_FORMS = 4;

/** A word of a legal form: `L.L.C.,` is `llc`. */
const formWord = (word: string): string => word.replace(/[.,]/g, '');

/** The longest legal form at the end of the words, but never the whole name. */
function formAtTheEnd(words: readonly string[]): { form: string; count: number } | undefined {
  for (let count = Math.min(MAX_FORM_WORDS, words.length - 1); count > 0; count -= 1) {
    const last = words.slice(-count);
    const form = LEGAL_FORMS.get(last.map(formWord).join(' '));
    if (form !== undefined) return { form, count };
  }
  return undefined;
}

/**
 * The form by which names are compared: folded, every legal form at the end in one spelling. Equal keys mean one
 * company; of several the exact spelling wins.
 */
export function companyNameKey(name: string): string {
  const folded = foldName(name);
  // A legal form may stand before what is in parentheses at the end: "Acme Ltd (UK)".
  const [, head = folded, tail = ''] = /^([^(]*[^( ]) (\([^()]*\))$/.exec(folded) ?? [];
  const words = head.split(' ');
  const forms: string[] = [];
  while (forms.length < MAX_FORMS) {
    const found = formAtTheEnd(words);
    if (found === undefined) break;
    words.splice(-found.count);
    forms.unshift(found.form);
  }
  const own = words.join(' ');
  const core = forms.length === 0 ? own : own.replace(/,$/, '');
  return [core, ...forms, tail].filter((part) => part !== '').join(' ');
}

const SEPARATORS = /[\s,()[\]'"]+/;

/** The words that are no legal form. */
const ownWords = (words: readonly string[]): string[] =>
  words.filter((word) => {
    const folded = foldName(word);
    return folded !== '' && folded !== 'and' && !LEGAL_FORMS.has(formWord(folded));
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
  const plain = exact.replace(APOSTROPHES, "'").replace(QUOTES, '"').replace(DASHES, ' ');
  const written = ownWords(plain.split(SEPARATORS));
  const folded = ownWords(companyNameKey(name).split(SEPARATORS));
  const word = longest(written);
  const texts =
    word.length > 1
      ? [word, searchPattern(folded), plainPart(written, folded)].filter((text) => text.length > 1)
      : [exact.replaceAll(LIKE_CLASS_OPENER, LIKE.anyCharacter), companyNameKey(name)];
  const lower = texts.map((text) => text.toLowerCase());
  return texts.filter((_, place) => lower.indexOf(lower[place] ?? '') === place);
}

const NO_COMPANIES = new Set(
  (
    'n/a|na|n.a.|n.a|none|no company|no|nil|null|undefined|unknown|unknown company|not known|not applicable|' +
    'not available|not specified|not provided|not disclosed|confidential|tbc|tbd|tba|various|' +
    'self employed|selfemployed|self employment|self employed professional|i am self employed|freelance|freelancer|' +
    'freelancers|freelancing|freelance consultant|freelance contractor|free lance|free lancer|independent contractor|' +
    'independent consultant|independent professional|sole trader|sole proprietor|contractor|unemployed|retired|' +
    'looking for work|looking for opportunities|seeking opportunities|seeking new opportunities|open to work|' +
    'between jobs|career break|job seeker|selbstandig|selbststandig|freiberuflich|freiberufler|freiberuflerin|' +
    'arbeitslos|unbekannt|keine|kein|keine angabe|autonomo|autonoma|por cuenta propia|ninguno|ninguna|desconocido|' +
    'independant|independante|a son compte|auto entrepreneur|aucun|aucune|inconnu|sans emploi|libero professionista|' +
    'libera professionista|nessuno|nessuna|sconosciuto|zzp|zzper|zelfstandig|zelfstandige|geen|onbekend|' +
    'egenforetagare|selvstaendig|selvstendig|samozatrudnienie|brak'
  ).split('|'),
);

/** Whether the text stands for no company: `-`, `n/a`, `Self-Employed`. */
export function isNoCompany(name: string): boolean {
  const folded = foldName(name);
  if (!/[\p{L}\p{N}]/u.test(folded)) return true;
  const plain = folded
    .replace(/^[\s"'([<{.,;:*-]+|[\s"')\]>}.,;:!*-]+$/g, '')
    .replace(/[-_]/g, ' ')
    .replaceAll("'", '')
    .replace(/\s+/g, ' ');
  return NO_COMPANIES.has(plain);
}
