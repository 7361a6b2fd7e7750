import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, fold, removeInvisible, tidy, tidyLines } from '../../../lib/text/visible.ts';

const INVISIBLE = [
  ...['\u200b', '\u200e', '\u200f', '\u202a', '\u202e', '\u2060', '\u2066', '\u2069', '\ufeff', '\u00ad'],
  ...['\u0000', '\u0007', '\u001b', '\u007f', '\u0080', '\u061c', '\u180e', '\u3164', '\ud800', '\udc00'],
];
const shown = (character: string): string => `U+${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const NAMED = INVISIBLE.map((character): [string, string] => [shown(character), character]);

describe('an invisible character', () => {
  it.each(NAMED)(
    '%s is removed from texts that are compared or shown, at the ends and inside',
    (_, character) => {
      const text = `${character}A${character}b${character}`;
      expect([removeInvisible(text), tidy(text), tidyLines(text), fold(text)]).toEqual([
        'Ab',
        'Ab',
        'Ab',
        'ab',
      ]);
    },
  );

  it('stays inside a Persian or an Indic word if it is a joiner, but not at the ends', () => {
    const word = '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645';
    expect(tidy(`\u200d${word}\u200c `)).toBe(word);
    expect(removeInvisible(word)).toBe(word.replace('\u200c', ''));
  });

  it('becomes a space if it ends a line', () => {
    expect([tidy('a\tb\nc\u0085d'), removeInvisible('a\nb')]).toEqual(['a b c d', 'a b']);
  });
});

describe('a line', () => {
  it.each([
    ['  a \u00a0 b\u3000c ', 'a b c'],
    ['jose\u0301', 'jos\u00e9'],
    ['', ''],
    [' \u200d ', ''],
  ])('%j becomes %j', (typed, line) => {
    expect(tidy(typed)).toBe(line);
  });

  it('does not change if it is tidied again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(tidy(tidy(text))).toBe(tidy(text));
        expect(tidyLines(tidyLines(text))).toBe(tidyLines(text));
        expect(tidy(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('several lines', () => {
  it('keep their line ends and inner spaces', () => {
    expect(tidyLines(' \r\na  b\r\n\r\n\tc\u2028d \n')).toBe('a  b\n\n\tc\nd');
  });
});

describe('a cut text', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['ab\u{1f680}d', 3, 'ab'],
    ['a\u{1f680}d', 3, 'a\u{1f680}'],
  ])('of %j after %d is %j', (text, length, rest) => {
    expect(cut(text, length)).toBe(rest);
  });
});
