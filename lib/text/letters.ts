/** Letters without the differences between spellings of one word. */

/** Letters that Unicode does not decompose, in their Latin form. Lower case. */
const LATIN_FORMS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ĸ: 'k',
  ŋ: 'n',
  ŧ: 't',
  ƀ: 'b',
  ɓ: 'b',
  ƈ: 'c',
  ɖ: 'd',
  ɗ: 'd',
  ə: 'e',
  ɛ: 'e',
  ɠ: 'g',
  ƙ: 'k',
  ɲ: 'n',
  ɔ: 'o',
  ƥ: 'p',
  ƭ: 't',
  ʋ: 'v',
  ƴ: 'y',
  ƶ: 'z',
  ς: 'σ',
};
const WITH_A_LATIN_FORM = new RegExp(`[${Object.keys(LATIN_FORMS).join('')}]`, 'gu');

/** Accents, and marks of other scripts that are not vowels. */
const ACCENTS =
  /[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670\u3099\u309a]|(?=\p{Diacritic})\p{M}/gu;

/** Case folded (full folding: ß is ss), in compatibility form. */
export const foldCase = (text: string): string =>
  text.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');

/** Without accents and marks; composed again, so that Korean syllables stay whole. */
export const removeAccents = (text: string): string =>
  text.normalize('NFKD').replace(ACCENTS, '').normalize('NFKC');

/** Folded letters in their Latin form: `Łukasz` is `lukasz`. Takes the result of `foldCase` and `removeAccents`. */
export const latinForm = (text: string): string =>
  text.replace(WITH_A_LATIN_FORM, (letter) => LATIN_FORMS[letter] ?? letter);
