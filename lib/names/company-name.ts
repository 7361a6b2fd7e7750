/**
 * When two company names are one (rule 11 of the contract): the same letters, and the same legal form in whatever
 * spelling. "Acme Ltd" is "ACME Limited"; "Acme" and "Acme LLP" are other companies.
 */
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

/** Case, accents, quotes and spaces folded; the legal form stays as it is. */
export function foldName(name: string): string {
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

/** With plain apostrophes and quotes, and spaces for dashes. */
export const plainMarks = (name: string): string =>
  name.replace(APOSTROPHES, "'").replace(QUOTES, '"').replace(DASHES, ' ');

/** A word of a legal form: `L.L.C.,` is `llc`. */
const formWord = (word: string): string => word.replace(/[.,]/g, '');

/** Whether the folded word is a legal form by itself. */
export const isLegalForm = (word: string): boolean => LEGAL_FORMS.has(formWord(word));

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

const NO_COMPANIES = new Set(
  (
    'n/a|na|n.a.|n.a|none|no company|no|nil|null|undefined|unknown|unknown company|not known|not applicable|' +
    'not available|not specified|not provided|not disclosed|confidential|tbc|tbd|tba|various|' +
    'self employed|selfemployed|self employment|self employed professional|self employed consultant|self employed contractor|i am self employed|freelance|freelancer|' +
    'freelancers|freelancing|freelance consultant|freelance contractor|free lance|free lancer|independent contractor|' +
    'independent consultant|independent professional|sole trader|sole proprietor|contractor|unemployed|currently unemployed|not employed|self|student|' +
    'stealth startup|stealth mode|stealth mode startup|retired|' +
    'looking for work|looking for opportunities|seeking opportunities|seeking new opportunities|open to work|' +
    'between jobs|career break|job seeker|selbstandig|selbststandig|freiberuflich|freiberufler|freiberuflerin|' +
    'arbeitslos|unbekannt|keine|kein|keine angabe|autonomo|autonoma|por cuenta propia|ninguno|ninguna|desconocido|' +
    'independant|independante|a son compte|auto entrepreneur|aucun|aucune|inconnu|sans emploi|libero professionista|' +
    'libera professionista|nessuno|nessuna|sconosciuto|zzp|zzper|zelfstandig|zelfstandige|geen|onbekend|' +
    'object object|egenforetagare|selvstaendig|selvstendig|samozatrudnienie|brak'
  ).split('|'),
);

/** Whether the text stands for no company: `-`, `n/a`, `Self-Employed`, `Freelance / Contractor`. */
export function isNoCompany(name: string): boolean {
  const folded = foldName(name);
  if (!/[\p{L}\p{N}]/u.test(folded)) return true;
  const plain = folded
    .replace(/^[\s"'([<{.,;:*#-]+|[\s"')\]>}.,;:!*-]+$/g, '')
    .replace(/[-_]/g, ' ')
    .replaceAll("'", '')
    .replace(/\s+/g, ' ');
  const stand = (part: string): boolean => NO_COMPANIES.has(part);
  return stand(plain) || plain.split(/ ?[/|,] ?| and | or /).every(stand);
}
