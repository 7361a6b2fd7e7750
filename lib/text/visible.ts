/** Texts as a person would type them with care: invisible characters are removed, accents are composed. */

/** Control characters that are spaces or line ends: a word ends there. */
const SPACE_CONTROLS = /[\t-\r\u0085]/g;

// These classes contain single marks and control characters on purpose.
/* eslint-disable no-misleading-character-class, no-control-regex */

/** Controls, zero width, direction marks, soft hyphens, variation selectors, blank Hangul letters, half characters. */
const INVISIBLE =
  /[\p{Cc}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Like INVISIBLE, but without the joiners (U+200C, U+200D), which have a meaning inside Persian and Indic words. */
const INVISIBLE_IN_WORDS =
  /[\p{Cc}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/gu;

/** The same if lines count: the line feed and the tab stay. */
const INVISIBLE_IN_LINES =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/gu;
/* eslint-enable no-misleading-character-class, no-control-regex */

/** Most texts: nothing to do, which is found out fast. */
const PLAIN = /^[ -~]*$/;

const isBlank = (character: string): boolean =>
  character === '\u200c' || character === '\u200d' || character.trim() === '';

/**
 * Without white space and joiners at the ends. A regular expression would take quadratic time for long runs of them.
 */
function trimEnds(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charAt(start))) start += 1;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** For comparison forms, addresses, links and numbers: without anything invisible, white space is a space. */
export const removeInvisible = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(SPACE_CONTROLS, ' ').replace(INVISIBLE, '');

/** One line: composed accents, one space (a no-break space is one too) between words, none around. */
export function tidy(text: string): string {
  if (PLAIN.test(text)) return text.includes('  ') ? text.replace(/ +/g, ' ').trim() : text.trim();
  const visible = text.replace(SPACE_CONTROLS, ' ').replace(INVISIBLE_IN_WORDS, '');
  return trimEnds(visible.normalize('NFC').replace(/\s+/gu, ' '));
}

/** Several lines: spaces inside them stay as they are typed. */
export const tidyLines = (text: string): string =>
  trimEnds(
    text
      .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
      .replace(INVISIBLE_IN_LINES, '')
      .normalize('NFC'),
  );

/** The form of a text for comparisons; it is never written. */
export const fold = (text: string): string => tidy(removeInvisible(text)).toLowerCase().normalize('NFC');

/** The first characters of a text (UTF-16 units), without a half character at the end. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
