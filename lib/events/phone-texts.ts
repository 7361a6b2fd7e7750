import { tidy } from '../text/visible.ts';
import { removeInvisible } from '../text/visible.ts';

/** Beyond this it is a sentence, not a number. */
export const MAX_PHONE_LENGTH = 50;
/**
 * A part with fewer digits is not a whole number: a German area code, an extension, the last digits of a second line.
 */
const LEAST_DIGITS = 7;

const digitsIn = (text: string): number => text.replace(/\P{Nd}/gu, '').length;

/** The numbers that one text holds, as typed: `0113 496 0001 / 07700 900555` has two. Empty if there is no digit. */
export function phoneTexts(text: string): string[] {
  const typed = tidy(removeInvisible(text.replace(/[\n\r]/g, ';')));
  if (digitsIn(typed) === 0) return [];
  const parts = typed.split(/ ?[/;,|] ?| (?:or|and|oder|et|&) /i).filter((part) => part !== '');
  return parts.every((part) => digitsIn(part) >= LEAST_DIGITS) ? parts : [typed];
}
