import type { StoredSecret } from '../tenants/tenant-record.ts';
import { hashSecret, isLive, makeClientSecret, type RandomBytes } from './client-secret.ts';

/** A secret to show once, and what is kept of it. */
export function newSecret(random: RandomBytes, now: number): { secret: string; stored: StoredSecret } {
  const secret = makeClientSecret(random);
  return { secret, stored: { hash: hashSecret(secret), createdAt: now } };
}

/**
 * The secrets after a rotation: the new one, and of the live ones the newest, until the overlap is over. An older
 * one, still dying from the rotation before, ends now: there are never more than two.
 */
export function rotateSecrets(
  secrets: readonly StoredSecret[],
  next: StoredSecret,
  overlapMs: number,
  now: number,
): StoredSecret[] {
  const newest = secrets.filter((secret) => isLive(secret, now)).sort((a, b) => b.createdAt - a.createdAt)[0];
  if (newest === undefined || overlapMs === 0) return [next];
  return [next, { ...newest, expiresAt: Math.min(newest.expiresAt ?? Infinity, now + overlapMs) }];
}
