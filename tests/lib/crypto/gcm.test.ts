import { expect, test } from '@jest/globals';
import { DecryptionError } from '../../../lib/crypto/cipher.ts';
import { open, seal } from '../../../lib/crypto/gcm.ts';

const KEY = Buffer.alloc(32, 1);

test('the header is vouched for as much as the content is', () => {
  const sealed = seal(KEY, 't1', Uint8Array.of(1, 2), 'text');
  expect(open(KEY, 't1', 2, sealed)).toBe('text');
  sealed[1] = 3;
  expect(() => open(KEY, 't1', 2, sealed)).toThrow(DecryptionError);
});

test('the same text is never sealed to the same bytes', () => {
  expect(seal(KEY, 't1', Uint8Array.of(1), 'text')).not.toEqual(seal(KEY, 't1', Uint8Array.of(1), 'text'));
});
