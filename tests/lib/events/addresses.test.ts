import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addressesWithin,
  domainOf,
  readAddress,
  readAddresses,
} from '../../../lib/events/reading/addresses.ts';

describe('the addresses in a text', () => {
  it.each([
    [' Ann@Client.Example ', ['ann@client.example']],
    ['mailto:kim.dale@harbor.example', ['kim.dale@harbor.example']],
    ['mailto://kim@harbor.example', ['kim@harbor.example']],
    ['mailto:kim%2Bhr%40harbor.example', ['kim+hr@harbor.example']],
    ['mailto:o%27neil@harbor.example%2ckim@harbor.example', ["o'neil@harbor.example", 'kim@harbor.example']],
    ['kim%2bhr@harbor.example', ['kim%2bhr@harbor.example']],
    ['`kim@harbor.example`', ['kim@harbor.example']],
    ['kim@harbor.example/', ['kim@harbor.example']],
    ['a/b@one.example', ['a/b@one.example']],
    ['MAILTO:kim@harbor.example?subject=Hello%20Kim', ['kim@harbor.example']],
    ['"Dale, Kim" <kim.dale@harbor.example>', ['kim.dale@harbor.example']],
    ['Field, O <a@client.example>', ['a@client.example']],
    ['Kim @ Harbor <kim@harbor.example>', ['kim@harbor.example']],
    ['<kim@harbor.example>', ['kim@harbor.example']],
    ["'kim@harbor.example'", ['kim@harbor.example']],
    ['“kim@harbor.example”', ['kim@harbor.example']],
    ['kim.dale@harbor.example;', ['kim.dale@harbor.example']],
    ['Kim.Dale@Harbor.example .', ['kim.dale@harbor.example']],
    ['kim.dale@harbor.example, k.dale@other.example', ['kim.dale@harbor.example', 'k.dale@other.example']],
    ['a@one.example; b@two.example', ['a@one.example', 'b@two.example']],
    ['[kim@one.example](mailto:kim@one.example)', ['kim@one.example']],
    ['a@one.example/b@two.example', ['a@one.example', 'b@two.example']],
    ['a@one.example|b@two.example', ['a@one.example', 'b@two.example']],
    ['a@one.example；b@two.example', ['a@one.example', 'b@two.example']],
    ['a@one.example b@two.example', ['a@one.example', 'b@two.example']],
    ['A <a@one.example>, B <b@two.example>', ['a@one.example', 'b@two.example']],
    ['a@one.example\nb@two.example', ['a@one.example', 'b@two.example']],
    ['\u2060kim.dale@harbor.example', ['kim.dale@harbor.example']],
    ['kim.dale\u00ad@harbor.example', ['kim.dale@harbor.example']],
    ['kim\u0000@harbor.example', ['kim@harbor.example']],
    ['\u200bkim@harbor.example\u200f', ['kim@harbor.example']],
    ['kim&#64;harbor.example', ['kim@harbor.example']],
    ['&lt;kim@harbor.example&gt;', ['kim@harbor.example']],
    ['kim@m\u00fcnze.example', ['kim@xn--mnze-0ra.example']],
    ['kim@XN--MNZE-0RA.example', ['kim@xn--mnze-0ra.example']],
    ['kim@mu\u0308nze.example', ['kim@xn--mnze-0ra.example']],
    ['JO\u0308RG@harbor.example', ['j\u00f6rg@harbor.example']],
    ["o'brien+jobs@sub.mail.example", ["o'brien+jobs@sub.mail.example"]],
    ['a_b%c@x-y.co.uk', ['a_b%c@x-y.co.uk']],
    ['a..b@client.example', ['a..b@client.example']],
    [`${'a'.repeat(65)}@client.example`, [`${'a'.repeat(65)}@client.example`]],
  ])('%j are %j', (text, addresses) => {
    expect(readAddresses(text)).toEqual({ addresses, unreadable: [] });
  });

  it.each([
    'n/a',
    'kim',
    'kim.dale at harbor',
    'kim@',
    '@client.example',
    'kim@localhost',
    'a@b@client.example',
    'kim@client..example',
    'kim@-client.example',
    'kim@client_.example',
    `kim@${'b'.repeat(64)}.example`,
    `${'a'.repeat(250)}@client.example`,
    '"',
  ])('%j has none', (text) => {
    expect(readAddresses(text)).toEqual({ addresses: [], unreadable: [text] });
  });

  it('are read as far as possible, and the rest is named', () => {
    expect(readAddresses('kim@harbor.example, ben at harbor')).toEqual({
      addresses: ['kim@harbor.example'],
      unreadable: ['ben', 'at', 'harbor'],
    });
    expect(readAddresses(['B@x.example', 'unknown', 'a@x.example', ' b@X.example'])).toEqual({
      addresses: ['b@x.example', 'a@x.example'],
      unreadable: ['unknown'],
    });
  });

  it('are absent in an empty text', () => {
    expect(readAddresses(['', '  ', '\u200b'])).toEqual({ addresses: [], unreadable: [] });
  });
});

describe('the one address of a text', () => {
  it('is absent if there are several', () => {
    expect(readAddress('Kim <kim@harbor.example>')).toBe('kim@harbor.example');
    expect(readAddress('a@one.example; b@two.example')).toBeUndefined();
    expect(readAddress('n/a')).toBeUndefined();
  });

  it('has its domain after the @', () => {
    expect(domainOf('ann@sub.mail.example')).toBe('sub.mail.example');
  });

  it('does not change if it is read again', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary', maxLength: 300 })),
        fc.string({ unit: 'binary', maxLength: 20 }),
        (text, more) => {
          for (const address of readAddresses(`${more}${text}`).addresses) {
            expect(readAddresses(address)).toEqual({ addresses: [address], unreadable: [] });
          }
        },
      ),
    );
  });
});

describe('an address in running text', () => {
  it.each([
    'kim@harbor.example is taken',
    'EmailAddress: ["Kim@Harbor.example is taken"]',
    '{"email":"kim@harbor.example"}',
    'No, (kim@harbor.example).',
    'of kim@harbor.example’s agency',
    "'kim@harbor.example' exists",
    'email=kim@harbor.example&page=1',
    'GET /people/kim@harbor.example/notes',
    'ben@harbor.example/kim@harbor.example',
    'mailto:kim@harbor.example?subject=x',
    'Kim Dale<kim@harbor.example>',
    'kim&#64;harbor.example',
    'kim＠harbor.example',
    'k\u200bim@harbor.example',
  ])('is found: %s', (text) => {
    expect(addressesWithin(text)).toContain('kim@harbor.example');
  });

  it.each([
    'joakim@harbor.example',
    'kim@harbor.example.au',
    'kim.b@harbor.example',
    'kim at harbor.example',
  ])('is not found inside another: %s', (text) => {
    expect(addressesWithin(`${text} is taken`)).not.toContain('kim@harbor.example');
  });
});

it.each([
  ['brackets', '<'.repeat(200_000)],
  ['half addresses', 'a@'.repeat(100_000)],
  ['labels', `a@${'b.'.repeat(100_000)}`],
  ['one label', `a@${'b'.repeat(200_000)}`],
  ['quotation marks', '"'.repeat(200_000)],
  ['opened addresses', '<a@'.repeat(66_000)],
  ['entities', '&amp'.repeat(50_000)],
  ['letters outside of ASCII', `a@${'ü.'.repeat(100_000)}`],
  ['schemes', 'mailto:'.repeat(28_000)],
  ['spaces', `${' '.repeat(200_000)}@`],
])('reading addresses takes linear time for 200 kB of %s', (_, hostile) => {
  const started = performance.now();
  readAddresses(hostile);
  expect(performance.now() - started).toBeLessThan(2_000);
});
