import { removeInvisible, tidy } from '../../text/visible.ts';

/** Beyond this it is a sentence, not a number. */
export const MAX_PHONE_LENGTH = 50;
/**
 * A part with fewer digits is not a whole number: a German area code, an extension, the last digits of a second line.
 */
const LEAST_DIGITS = 7;

const digitsIn = (text: string): number => text.replace(/\P{Nd}/gu, '').length;

const SEPARATORS = / ?[/\\;,|] ?| (?:or|and|oder|et|[&–—-]) /i;
/** Before the `+` of a second number, or its label: `W: 0113 496 0001 M: 07700 900555`. */
const BEFORE_A_NUMBER = /(?<=\d) (?=\+|\(?\p{L}+\)?[.:]? ?[+(\d])|(?<=\d{10}) (?=\d{10})/iu;

/** The parts of a text that are numbers, or the whole text if one is none. */
function separate(text: string, separators: RegExp): string[] {
  const parts = text.split(separators).filter((part) => part !== '');
  return parts.every((part) => digitsIn(part) >= LEAST_DIGITS) ? parts : [text];
}

/** The numbers that one text holds, as typed: `0113 496 0001 / 07700 900555` has two. Empty if there is no digit. */
export function phoneTexts(text: string): string[] {
  // A spreadsheet's number can end with `.0`.
  const typed = tidy(removeInvisible(text.replace(/[\n\r]/g, ';'))).replace(/(?<=^\d{7,})\.0$/, '');
  if (digitsIn(typed) === 0) return [];
  // As a spreadsheet shows a long number: its last digits are lost.
  if (/^\d[.,]\d+e\+\d+$/i.test(typed)) return [];
  return separate(typed, SEPARATORS).flatMap((part) => separate(part, BEFORE_A_NUMBER));
}
