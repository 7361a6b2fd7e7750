/**
 * Issued secrets: a recognisable prefix, 256 random bits, and a checksum, so that a code scanner can distinguish a
 * leaked secret from a random word without asking us. Only the SHA-256 is stored: a secret of this size needs no slow
 * hash, because nobody can try 2^256 of them.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { StoredSecret } from '../tenants/tenant-record.ts';

export type RandomBytes = (size: number) => Uint8Array;

const SECRET_BYTES = 32;
const SECRET_PREFIX = 'swsec_';
const CLIENT_ID_BYTES = 12;
const TOKEN_PREFIX = 'swat_';

const SECRET_FORM = /^swsec_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/;
export const CLIENT_ID_FORM = /^sw_[A-Za-z0-9_-]{16}$/;
export const TOKEN_FORM = /^swat_[A-Za-z0-9_-]{43}$/;

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export const makeClientId = (random: RandomBytes): string => `sw_${base64url(random(CLIENT_ID_BYTES))}`;
export const makeAccessToken = (random: RandomBytes): string =>
  `${TOKEN_PREFIX}${base64url(random(SECRET_BYTES))}`;

/** `swsec_<256 random bits>_<CRC-32 of all before>` */
export function makeClientSecret(random: RandomBytes): string {
  const body = `${SECRET_PREFIX}${base64url(random(SECRET_BYTES))}`;
  return `${body}_${checksum(body)}`;
}

export function isClientSecret(text: string): boolean {
  const at = text.lastIndexOf('_');
  return SECRET_FORM.test(text) && text.slice(at + 1) === checksum(text.slice(0, at));
}

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Compares hashes in constant time. Both are base64url of SHA-256. */
export const sameHash = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one, 'base64url'), Buffer.from(other, 'base64url')];
  return a.length === b.length && timingSafeEqual(a, b);
};

export const isLive = ({ expiresAt }: StoredSecret, now: number): boolean =>
  expiresAt === undefined || expiresAt > now;
