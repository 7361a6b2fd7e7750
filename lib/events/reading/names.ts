/**
 * A person's name as Firefish keeps it: first name, surname, title. What people add to their names on networks is
 * removed. No library is used: existing ones know only English names, and change capitals.
 */
import { defined } from '../../defined.ts';
import { decodeEntities } from '../../text/entities.ts';
import { fold, tidy } from '../../text/visible.ts';
import { SAYS_NOTHING } from '../../text/placeholders.ts';
import {
  DEGREES,
  DEGREES_BEHIND_A_COMMA,
  GENERATIONS,
  GRADES,
  PARTICLES,
  SUBJECTS,
  TITLES,
  TITLES_WITH_DOT,
  UNMISTAKABLE_DEGREES,
} from '../../names/name-words.ts';

export interface SaidName {
  salutation?: string | undefined;
  name?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

/** Absent: not sent. A half is never empty. */
export interface ReadName {
  firstName?: string;
  surname?: string;
  /** A name of one word, which may be either half: a wrong guess would overwrite a right name in Firefish. */
  oneWord?: string;
  /** The title that was in the name. */
  title?: string;
}

/** Symbols, pictures and their modifiers; acute and grave accents that stand for an apostrophe are handled before. */
const SYMBOLS =
  /[0-9#*]\ufe0f?\u20e3|[\p{S}\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3\ufe0f*#@\\_•‣]|(?<!\p{L})·|·(?!\p{L})/gu;
const OPENING: Readonly<Record<string, string>> = {
  '(': ')',
  '[': ']',
  '{': '}',
  '“': '”',
  '„': '“',
  '«': '»',
  '‹': '›',
  '「': '」',
  '『': '』',
};
const PRONOUNS = /^(?:she|he|they|ze|xe|her|him|his|hers|them|theirs|any|all)(?:\/[a-z]{2,6}){1,3}$/i;

/**
 * Without text in parentheses or quotation marks, such as a nickname or pronouns. A missing closing mark counts as the
 * end.
 */
function withoutAsides(text: string): string {
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const closing = character === '"' ? '"' : OPENING[character];
    if (closing === undefined) {
      kept += character;
      continue;
    }
    const end = text.indexOf(closing, at + 1);
    // A single quotation mark, as for inches, removes nothing; an open parenthesis does.
    if (end === -1 && character !== '(' && character !== '[') continue;
    kept += ' ';
    if (end === -1) break;
    at = end;
  }
  return kept;
}

/** `'Bob'` between spaces is a nickname; the apostrophe of O'Brien is not. */
const NICKNAME = /(?<=^|\s)['‘’‚‛\u0060´][^'‘’‚‛\u0060´\s]+(?:\s[^'‘’‚‛\u0060´\s]+)?['’‘\u0060´](?=\s|$|,)/gu;

/**
 * What separates a name from what is not one. Only a bar can do so behind one word, and only with a space: "Kim|Dale",
 * "Kim 🚀 Dale", "Anna - Maria".
 */
const BEHIND_A_NAME =
  /\s[|｜]|[|｜]\s|(?=[\s|｜¦]|;\s)(?<=\p{L}\S*\s\p{L}\S*)(?:[|｜¦]|;\s|\s[\p{S}\p{M}\p{Cf}:/@&•·]+\s|\s[-–—]\s(?=\p{Lu}\S*\s)|\s(?:n[eé]e|geb\.|formerly|a\.?k\.?a\.?)\s)/u;
/** E-mail addresses, hashtags, `BA (Hons)`, a bar in front. */
const NO_PART_OF_A_NAME =
  /^[|｜\s]+|(?<!\S)\S*\w@\w\S*|(?<!\S)#\p{L}\S*|(?<!\p{L})\p{Lu}[a-z.]{0,3}\p{Lu}[A-Za-z.]{0,3}\s?\((?:[Hh]ons?|HONS)\.?\)/gu;
const CJK = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;

/** One text of a name, without invisible characters, additions and symbols. */
function cleanName(text: string): string {
  const lines = decodeEntities(text).replace(/\s*[\r\n]+\s*/g, '|');
  const told = tidy(tidy(lines).replace(NO_PART_OF_A_NAME, ' '));
  const [visible = ''] = told.split(BEHIND_A_NAME, 1);
  const apostrophes = visible.replace(/(?<=\p{L})[´\u0060](?=\p{L})/gu, '’');
  const quoted = /^["“„«'‘](.*)["”“»'’]$/u.exec(apostrophes)?.[1];
  const whole = quoted !== undefined && !/["“”„«»]|['’]\s|\s['‘]/.test(quoted) ? quoted : apostrophes;
  const named = withoutAsides(whole).replace(NICKNAME, ' ');
  const words = tidy(named.replace(SYMBOLS, ' '))
    .split(' ')
    .filter((word) => !PRONOUNS.test(word) && /[\p{L},]/u.test(word));
  // "Bruce Lee 李小龙" is one name in two scripts.
  const isLatin = words.filter((word) => /\p{Script=Latin}{2}/u.test(word)).length > 1;
  return words
    .filter((word) => !(isLatin && CJK.test(word)))
    .join(' ')
    .replace(/^[\s,;:/.-]+|[\s,;:/-]+$|(?<=\p{Ll}{3})\.$/gu, '');
}

/** A word as it is in the lists: folded, without dots. */
const bare = (word: string): string => fold(word).replace(/[.'’]/g, '');
const isTitle = (word: string): boolean =>
  TITLES.has(bare(word).replace(/-/g, '')) || (word.endsWith('.') && TITLES_WITH_DOT.has(bare(word)));
const isSubject = (word: string): boolean =>
  word.endsWith('.') && word.split(/[.-]/).every((part) => part === '' || SUBJECTS.has(fold(part)));
const isGeneration = (word: string): boolean => GENERATIONS.has(bare(word));

/** `Prof.Dr.Kim`: titles without a space behind them. */
function unglued(word: string): string[] {
  const [, title = '', rest = ''] = /^(\p{L}+\.)(\p{L}.*)$/u.exec(word) ?? [];
  return rest !== '' && isTitle(title) && !isTitle(word) ? [title, ...unglued(rest)] : [word];
}

/** Titles in front: `Prof. Dr. med. Kim Dale`. */
function takeTitles(glued: readonly string[]): { title: string; rest: string[] } {
  const words = glued.flatMap(unglued);
  const count = words.findIndex((word, at) => !isTitle(word) && !(at > 0 && isSubject(word)));
  const titles = count === -1 ? words.length : count;
  return { title: words.slice(0, titles).join(' '), rest: words.slice(titles) };
}

/** A degree without a comma before it, recognised by its capitals, or by its dots if it is also a name. */
function isDegree(word: string): boolean {
  const plain = bare(word).replace(/-/g, '');
  if (DEGREES.has(plain)) return UNMISTAKABLE_DEGREES.has(plain) || /\p{Lu}.*\p{Lu}/u.test(word);
  return DEGREES_BEHIND_A_COMMA.has(plain) && /^\p{Lu}\p{Ll}*\.\p{Lu}/u.test(word);
}

/** Words without the degrees at their end; a generation can follow these. Never removes the whole name. */
function withoutDegrees(words: readonly string[], atLeast: number): string[] {
  const { names, generations } = takeGenerations(words);
  let end = names.length;
  const isGrade = (word: string): boolean => end < names.length && GRADES.has(bare(word));
  while (end > atLeast && (isDegree(names[end - 1] ?? '') || isGrade(names[end - 1] ?? ''))) end -= 1;
  return [...names.slice(0, end), ...generations];
}

/** Generations at the end: `Dale III`. */
function takeGenerations(words: readonly string[]): { names: string[]; generations: string[] } {
  const end = words.findLastIndex((word) => !isGeneration(word)) + 1;
  return { names: words.slice(0, end), generations: words.slice(end) };
}

/** A text after a comma that is not a name: a degree, a list of degrees, a certificate in capitals. */
function isQualification(part: string, whole: string): boolean {
  if (isGeneration(part)) return false;
  const isShouted = whole === whole.toUpperCase();
  if (DEGREES.has(bare(part).replaceAll(' ', ''))) return true;
  return part.split(/[ /]/).every((word) => {
    const plain = bare(word).replace(/[-()]/g, '');
    if ([DEGREES, DEGREES_BEHIND_A_COMMA, GRADES].some((words) => words.has(plain))) return true;
    return !isShouted && /^(?:[A-Z][A-Z0-9-]{1,9}|(?:[A-Z][a-z]{0,4}\.){2,})$/.test(word);
  });
}

/**
 * Where the surname begins: at the first particle after the first name, otherwise at the last word ("Smith III" is
 * one).
 */
function surnameStart(words: readonly string[]): number {
  let last = words.length - 1;
  while (last > 1 && isGeneration(words[last] ?? '')) last -= 1;
  const particle = words.findIndex((word, at) => at > 0 && at < last && opensSurname(word));
  return particle === -1 ? last : particle;
}

/** Particles that can start a surname. A single letter is a middle initial. */
const SURNAME_OPENERS = new Set('mac mc nic ní ó san santa santo st uí abu ben'.split(' '));
const opensSurname = (word: string): boolean => {
  const folded = fold(word).replace(/\.$/, '');
  return (PARTICLES.has(folded) && folded.length > 1) || SURNAME_OPENERS.has(folded);
};

/** "van den Berg": a particle in lower case before capitals is not a first name. */
const isSurnameAlone = ([first = '', ...rest]: readonly string[]): boolean =>
  /^\p{Ll}{2}/u.test(first) && PARTICLES.has(first) && rest.some((word) => /^\p{Lu}/u.test(word));

/** Without the halves that are empty or placeholders. */
function nameOf(firstName = '', surname = '', title = ''): ReadName {
  const [first, last] = [firstName, surname].map((half) => (isPlaceholder(half) ? undefined : tidy(half)));
  return defined({ firstName: first, surname: last, title: title === '' ? undefined : title });
}

/** Splits "First Last", or "Last, First". */
function splitName(text: string): ReadName {
  const [whole = '', ...behind] = text.split(',').map(tidy);
  const { title, rest } = takeTitles(whole.split(' ').filter((word) => word !== ''));
  const words = withoutDegrees(rest, 2);
  const isSurname = words.length === 1 || opensSurname(words[0] ?? '');
  // The first name follows the surname, even if it looks like a degree ("Nguyen, Ba").
  const said = behind.filter(
    (part, at) => part !== '' && !isDegree(part) && !((at > 0 || !isSurname) && isQualification(part, whole)),
  );
  const { names, generations } = takeGenerations(
    said
      .filter((part) => !isGeneration(part))
      .join(' ')
      .split(' ')
      .filter((word) => word !== ''),
  );
  const generation = [...said.filter(isGeneration), ...generations].join(' ');
  const first = takeTitles(names);
  const titles = tidy(`${title} ${first.title}`);
  if (first.rest.length > 0 && words.length > 0) {
    return nameOf(withoutDegrees(first.rest, 1).join(' '), `${words.join(' ')} ${generation}`, titles);
  }
  if (words.length === 1) {
    const [word = ''] = words;
    return titles === '' && generation === ''
      ? { oneWord: word }
      : nameOf('', `${word} ${generation}`, titles);
  }
  const start = isSurnameAlone(words) ? 0 : surnameStart(words);
  return nameOf(words.slice(0, start).join(' '), `${words.slice(start).join(' ')} ${generation}`, titles);
}

/** The other half of a name of which one half is known: "Zoë" out of "Zoë García López" and "García López". */
function otherHalf(name: string, known: string): string | undefined {
  const [whole, half] = [fold(name), fold(known)];
  if (whole.includes(',') || whole === half) return undefined;
  // Folding can change the length of a text, but not its number of words, so the text is split by words.
  const words = name.split(' ');
  const count = known.split(' ').length;
  if (whole.endsWith(` ${half}`)) return words.slice(0, -count).join(' ');
  if (whole.startsWith(`${half} `)) return words.slice(count).join(' ');
  return words.length === 1 ? name : undefined;
}

/** A half from its own field, without titles, degrees and what is not a name. */
function readHalf(text: string | undefined): { half: string; title: string } {
  const cleaned = cleanName(text ?? '');
  const [whole = '', ...behind] = cleaned.split(',').map(tidy);
  const { title, rest } = takeTitles(whole.split(' ').filter((word) => word !== ''));
  const kept = behind.filter((part) => part !== '' && !isQualification(part, whole));
  // "PhD" alone is no name; "Ma" can be one.
  const isDegreeOnly = rest.every((word) => UNMISTAKABLE_DEGREES.has(bare(word)));
  const half = tidy([withoutDegrees(rest, isDegreeOnly ? 0 : 1).join(' '), ...kept.map(joined)].join(''));
  return { half: isPlaceholder(half) ? '' : half, title };
}

/** A generation is joined to the surname with a space. Any other text after a comma keeps the comma. */
const joined = (part: string): string => (isGeneration(part) ? ` ${part}` : `, ${part}`);

/** Whether the text is a placeholder, or has no letter. */
const isPlaceholder = (text: string): boolean => SAYS_NOTHING.has(fold(text)) || !/\p{L}/u.test(text);

/** First name and surname as far as they were sent: from their own fields, and otherwise from `name`. */
export function readName(said: SaidName): ReadName {
  const [first, last] = [readHalf(said.firstName), readHalf(said.lastName)];
  const [firstName, surname] = [first.half, last.half];
  const cleaned = cleanName(said.name ?? '');
  const name = isPlaceholder(cleaned) ? '' : cleaned;
  const ownTitle = tidy(`${first.title} ${last.title}`);
  const whole = name === '' ? {} : splitName(name);
  const title = ownTitle === '' ? whole.title : ownTitle;
  if (name === '' || (firstName !== '' && surname !== '')) return nameOf(firstName, surname, title);
  // The whole name without title and degrees, as words: the words that are not the known half are the other half.
  const plain = tidy([whole.oneWord, whole.firstName, whole.surname].join(' ')) || name;
  if (firstName !== '') return nameOf(firstName, otherHalf(plain, firstName) ?? whole.surname, title);
  if (surname !== '') return nameOf(otherHalf(plain, surname) ?? whole.firstName, surname, title);
  return whole;
}
