import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  CLIENT_ID_FORM,
  hashSecret,
  isClientSecret,
  makeAccessToken,
  makeClientId,
  makeClientSecret,
  sameHash,
  TOKEN_FORM,
} from '../../../lib/credentials/client-secret.ts';

describe('issued secrets', () => {
  test('have their prefix, 256 random bits and a checksum', () => {
    const drawn: number[] = [];
    const secret = makeClientSecret((size) => {
      drawn.push(size);
      return randomBytes(size);
    });
    expect(secret).toMatch(/^swsec_/);
    expect(drawn).toEqual([32]);
    expect(isClientSecret(secret)).toBe(true);
  });

  test('a secret with one wrong letter is recognised by its checksum, without a read', () => {
    const secret = makeClientSecret(randomBytes);
    for (let at = 0; at < secret.length; at += 1) {
      const other = secret[at] === 'a' ? 'b' : 'a';
      expect(isClientSecret(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false);
    }
    expect(isClientSecret(secret.slice(0, -1))).toBe(false);
  });

  test('ids and tokens have their own forms', () => {
    expect(makeClientId(randomBytes)).toMatch(CLIENT_ID_FORM);
    expect(makeAccessToken(randomBytes)).toMatch(TOKEN_FORM);
  });

  test('hashes are compared as a whole', () => {
    const hash = hashSecret('a');
    expect(sameHash(hash, hashSecret('a'))).toBe(true);
    expect(sameHash(hash, hashSecret('b'))).toBe(false);
    expect(sameHash(hash, hash.slice(0, 20))).toBe(false);
  });
});
