import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emailAddressesOf, emailDomain, normaliseEmail } from '../../../lib/mapping/email-address.ts';

describe('an e-mail address', () => {
  it.each([
    [' Ann@Client.Example ', 'ann@client.example'],
    ['SARAH.OBRIEN7@BJØRK.EXAMPLE', 'sarah.obrien7@bjørk.example'],
    ["o'brien+jobs@sub.mail.example", "o'brien+jobs@sub.mail.example"],
    ['a_b%c@x-y.co.uk', 'a_b%c@x-y.co.uk'],
    ['ann@bjo\u0308rk.example', 'ann@björk.example'],
  ])('%j is known as %j', (text, address) => {
    expect(normaliseEmail(text)).toBe(address);
  });

  it.each([
    '',
    'n/a',
    'ann',
    'ann@',
    '@x.com',
    'ann@localhost',
    'a b@x.com',
    'a@b@x.com',
    'ann@x..com',
    'Ann <a@x.com>',
  ])('%j is none', (text) => {
    expect(normaliseEmail(text)).toBeUndefined();
  });

  it('is none when it is longer than an address can be', () => {
    expect(normaliseEmail(`${'a'.repeat(65)}@x.com`)).toBeUndefined();
    expect(
      normaliseEmail(
        `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(63)}.${'f'.repeat(20)}`,
      ),
    ).toBeUndefined();
  });

  it('has its domain behind the @', () => {
    expect(emailDomain('ann@sub.mail.example')).toBe('sub.mail.example');
  });

  it('stands once in a list, the first spelling deciding the order, and what is none is dropped', () => {
    expect(emailAddressesOf(['B@x.com', 'unknown', 'a@x.com', ' b@X.com'])).toEqual(['b@x.com', 'a@x.com']);
  });

  it('is the same after normalising it again, and takes linear time whatever is typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
        const once = normaliseEmail(text);
        if (once !== undefined) expect(normaliseEmail(once)).toBe(once);
      }),
    );
    const started = performance.now();
    normaliseEmail(`a@${'b.'.repeat(100_000)}`);
    normaliseEmail(`a@${'b'.repeat(100_000)}`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
