import type { TenantId } from '../../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import { type Binding, DecryptionError } from '../../../lib/crypto/cipher.ts';
import { open, seal } from '../../../lib/crypto/gcm.ts';
import { place } from '../../support/cipher.ts';

const KEY = Buffer.alloc(32, 1);
const HERE: Binding = { tenantId: 't1' as TenantId, key: { pk: 't1#event', sk: 'e1' }, field: 'payload' };

test('the header is authenticated like the content', () => {
  const sealed = seal(KEY, place('t1' as TenantId), Uint8Array.of(1, 2), 'text');
  expect(open(KEY, place('t1' as TenantId), 2, sealed)).toBe('text');
  sealed[1] = 3;
  expect(() => open(KEY, place('t1' as TenantId), 2, sealed)).toThrow(DecryptionError);
});

test('the same text is never encrypted to the same bytes', () => {
  const once = (): Uint8Array => seal(KEY, place('t1' as TenantId), Uint8Array.of(1), 'text');
  expect(once()).not.toEqual(once());
});

describe('a ciphertext that was moved to another place is not read there', () => {
  const PLACES: [string, Binding][] = [
    ['another tenant', { ...HERE, tenantId: 't2' as TenantId }],
    ['another partition', { ...HERE, key: { pk: 't1#person', sk: 'e1' } }],
    ['another item', { ...HERE, key: { pk: 't1#event', sk: 'e2' } }],
    ['another attribute', { ...HERE, field: 'dismissal' }],
    ['a place that is the same text in other parts', { ...HERE, key: { pk: 't1#even', sk: 'te1' } }],
  ];
  const sealed = seal(KEY, HERE, Uint8Array.of(1), 'text');

  test.each(PLACES)('%s', (_, elsewhere) => {
    expect(() => open(KEY, elsewhere, 1, sealed)).toThrow(DecryptionError);
  });

  test('but is read in its own place, whatever else the item has', () => {
    const item = { ...HERE.key, version: 3, state: 'failed' };
    expect(open(KEY, { ...HERE, key: item }, 1, sealed)).toBe('text');
  });
});
