import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readJson } from '../../../lib/http/read-json.ts';

const MAX_BYTES = 1_000_000;
const JSON_TYPE = { 'content-type': 'application/json' };

/** As API Gateway hands bytes over that are no text. */
const read = (body: string | Uint8Array, headers: Record<string, string> = JSON_TYPE): unknown =>
  readJson(
    {
      headers,
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
      // Nothing else of it is looked at.
    } as unknown as APIGatewayProxyEventV2,
    MAX_BYTES,
  );
const refused = (type: string, message = ''): object =>
  expect.objectContaining({ type, message: expect.stringContaining(message) });

describe('a body of JSON', () => {
  test('is read unchanged', () => {
    expect(read('{"a":[1,{"b":"Zoë \\ud83d\\ude00"}],"c":null}')).toEqual({
      a: [1, { b: 'Zoë 😀' }],
      c: null,
    });
    expect(read(' {} ', { 'content-type': 'Application/JSON; charset="UTF-8"' })).toEqual({});
    expect(read('[1]')).toEqual([1]);
  });

  test.each([
    ['a name twice', '{"a":1,"a":2}', 'a must occur once'],
    ['a name twice, once in escapes', '{"a":1,"\\u0061":2}', 'a must occur once'],
    ['a name twice deep inside', '{"a":[{"b":1,"b":2}]}', 'a.0.b must occur once'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', '__proto__ must occur once'],
    ['nesting of a hundred', `${'['.repeat(100)}${']'.repeat(100)}`, 'nested deeper than 32'],
    ['nesting of two hundred thousand', `${'['.repeat(2e5)}${']'.repeat(2e5)}`, 'nested deeper than 32'],
    ['half a character', '{"a":{"b":"\\ud800"}}', 'a.b must be well-formed Unicode'],
    ['the character NUL', '{"a":["x\\u0000"]}', 'a.0 must not contain the character NUL'],
  ])('with %s is refused, and the error names it', (_, body, message) => {
    expect(() => read(body)).toThrow(refused('invalid-request', message));
  });

  test.each([
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['an overlong form of a character', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['nothing', ''],
    ['half of it', '{"a":'],
    ['two of them', '{}{}'],
    ['a number that JSON has not', '{"a":NaN}'],
    ['a comma too many', '{"a":1,}'],
  ])('that is %s is not JSON', (_, body) => {
    expect(() => read(body)).toThrow(refused('invalid-json'));
  });

  test('that is compressed is not decompressed, however small it is', () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    for (const encoding of ['gzip', 'x-gzip', 'br', 'deflate', 'identity, gzip']) {
      const headers = { ...JSON_TYPE, 'content-encoding': encoding };
      expect(() => read(bomb, headers)).toThrow(
        refused('unsupported-media-type', 'without Content-Encoding'),
      );
    }
    expect(() => read(bomb)).toThrow(refused('invalid-json'));
  });

  test('that is too large is not parsed', () => {
    expect(() => read(`"${'x'.repeat(MAX_BYTES)}"`)).toThrow(refused('body-too-large'));
  });

  test('of another type or charset is not read', () => {
    for (const type of [
      '',
      'text/json',
      'application/json; charset=utf-7',
      'application/x-www-form-urlencoded',
    ])
      expect(() => read('{}', { 'content-type': type })).toThrow(refused('unsupported-media-type'));
  });

  test('with huge numbers and with names such as __proto__ does no harm', () => {
    expect(read('{"n":1e999,"i":123456789012345678901234567890}')).toEqual({
      n: Infinity,
      i: 1.2345678901234568e29,
    });
    const value = read('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('admin');
  });
});
