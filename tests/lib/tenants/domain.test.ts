import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normaliseDomain } from '../../../lib/tenants/domain.ts';

describe('a Firefish address as people write it', () => {
  test.each([
    'acme.firefishsoftware.com',
    'https://acme.firefishsoftware.com/',
    'http://acme.firefishsoftware.com',
    'HTTPS://Acme.FireFishSoftware.COM',
    'acme.firefishsoftware.com.',
    'acme.firefishsoftware.com:443',
    'https://acme.firefishsoftware.com:8443/a/b?c=d#e',
    '  https://acme.firefishsoftware.com/login page  ',
    'acme.firefishsoftware.com/users/@ann',
    'acme.firefishsoftware.com#@other.example',
  ])('%s is the same host', (text) => {
    expect(normaliseDomain(text)).toBe('acme.firefishsoftware.com');
  });

  test('an international name is compared by its punycode', () => {
    expect(normaliseDomain('https://BÜCHER.example')).toBe('xn--bcher-kva.example');
    expect(normaliseDomain('xn--bcher-kva.example')).toBe('xn--bcher-kva.example');
    expect(normaliseDomain('bücher.example')).toBe('xn--bcher-kva.example');
  });

  test.each([
    ['full-width dots', 'acme\uff0efirefishsoftware\uff0ecom'],
    ['ideographic full stops', 'acme\u3002firefishsoftware\u3002com\u3002'],
    ['half-width ideographic full stops', 'acme\uff61firefishsoftware\uff61com'],
    ['full-width letters', '\uff41\uff43\uff4d\uff45.firefishsoftware.com'],
    ['a ligature', 'acme.\ufb01refishsoftware.com'],
    ['a long s', 'acme.firefish\u017foftware.com'],
  ])('%s lead a browser to the same host, and count as the same', (_, text) => {
    expect(normaliseDomain(text)).toBe('acme.firefishsoftware.com');
  });

  test.each([
    ['a Cyrillic a', 'аcme.firefishsoftware.com'],
    ['a Greek omicron', 'acme.firefishsοftware.com'],
    ['a dotless i', 'acme.fırefishsoftware.com'],
    ['a longer name', 'acme.firefishsoftware.com.other.example'],
    ['a hyphen for a dot', 'acme-firefishsoftware.com'],
    ['a hyphenation point for a dot', 'acme\u2027firefishsoftware.com'],
    ['an accent', 'acme\u0301.firefishsoftware.com'],
    ['the punycode of a Cyrillic a', 'xn--cme-5cd.firefishsoftware.com'],
  ])('a look-alike is another host: %s', (_, text) => {
    expect(normaliseDomain(text)).toBeDefined();
    expect(normaliseDomain(text)).not.toBe('acme.firefishsoftware.com');
  });

  test.each([
    ['a user before the host', 'https://acme.firefishsoftware.com@other.example/'],
    ['a user and a password', 'https://a:b@acme.firefishsoftware.com'],
    ['a port that is the start of a user', 'acme.firefishsoftware.com:80@other.example'],
    ['a full-width @', 'acme.firefishsoftware.com\uff20other.example'],
    ['a full-width slash', 'other.example\uff0f@acme.firefishsoftware.com'],
    ['a full-width slash at the end', 'acme.firefishsoftware.com\uff0fx'],
    ['a full-width percent sign', 'acme\uff052efirefishsoftware.com'],
    ['a one-dot leader', 'acme\u2024firefishsoftware.com'],
    ['three slashes', 'https:///acme.firefishsoftware.com'],
    ['one slash', 'https:/acme.firefishsoftware.com'],
    ['an empty user', 'https://@acme.firefishsoftware.com'],
    ['a backslash', 'https://other.example\\@acme.firefishsoftware.com'],
    ['a percent-encoded dot', 'acme%2efirefishsoftware.com'],
    ['a space inside', 'acme. firefishsoftware.com'],
    ['a character nobody sees', 'acme\u200b.firefishsoftware.com'],
    ['a variation selector', 'acme\ufe0f.firefishsoftware.com'],
    ['a Hangul filler', 'acme\u3164.firefishsoftware.com'],
    ['a line break', 'acme.firefish\nsoftware.com'],
    ['another scheme', 'javascript://acme.firefishsoftware.com'],
    ['a scheme alone', 'https://'],
    ['an address of a machine', 'http://127.0.0.1'],
    ['the same in another notation', 'http://0x7f.1'],
    ['an IPv6 address', 'http://[::1]/'],
    ['one label', 'localhost'],
    ['an empty label', 'acme..com'],
    ['nothing', ' '],
    ['a name too long', `${'a.'.repeat(130)}com`],
    ['a text that is too long', 'a'.repeat(3_000)],
  ])('%s is not an address', (_, text) => {
    expect(normaliseDomain(text)).toBeUndefined();
  });

  test('any input gives a plain host that does not change if it is read again', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl(), fc.domain());
    fc.assert(
      fc.property(text, (given) => {
        const domain = normaliseDomain(given);
        if (domain === undefined) return;
        expect(domain).toMatch(/^[a-z0-9._-]+$/);
        expect(normaliseDomain(domain)).toBe(domain);
      }),
      { numRuns: 500 },
    );
  });
});
