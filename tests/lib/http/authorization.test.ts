import { describe, expect, test } from '@jest/globals';
import { parseAuthorization } from '../../../lib/http/authorization.ts';

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('the Authorization header', () => {
  test('Basic: the id is before the first colon, the secret after it', () => {
    expect(parseAuthorization(basic('id:se:cret'))).toEqual({
      scheme: 'basic',
      clientId: 'id',
      secret: 'se:cret',
    });
    expect(parseAuthorization(basic(':'))).toEqual({ scheme: 'basic', clientId: '', secret: '' });
  });

  test('Basic: spaces that were pasted with id or secret are removed', () => {
    const trimmed = { scheme: 'basic', clientId: 'id', secret: 'secret' };
    for (const pair of [' id :\tsecret\n', 'id:secret\r\n', '\u00a0id:secret\ufeff']) {
      expect(parseAuthorization(basic(pair))).toEqual(trimmed);
    }
  });

  test('the scheme can be in upper or lower case', () => {
    expect(parseAuthorization(basic('a:b').replace('Basic', 'bASIC'))).toMatchObject({ clientId: 'a' });
    expect(parseAuthorization('bearer abc')).toEqual({ scheme: 'bearer', token: 'abc' });
  });

  test.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    basic('no colon'),
    'Basic @@@',
    `${basic('a:b')}, ${basic('c:d')}`,
    `${basic('a:b')} x`,
    'Bearer a b',
    'Bearer a"b',
    'Digest abc',
  ])('is ignored otherwise: %s', (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });
});
