import type { StoredSecret } from '../tenants/tenant-record.ts';
import { hashSecret, isLive, makeClientSecret, type RandomBytes } from './client-secret.ts';

/** A secret to show once, and the part of it that is stored. */
export function newSecret(random: RandomBytes, now: number): { secret: string; stored: StoredSecret } {
  const secret = makeClientSecret(random);
  return { secret, stored: { hash: hashSecret(secret), createdAt: now } };
}

export const MAX_LIVE_SECRETS = 3;

/** The maximum number of secrets is valid: a further one would have to end one early. */
export class TooManySecretsError extends Error {
  override name = 'TooManySecretsError';
  /** Epoch milliseconds at which the first of them ends. */
  readonly firstEndsAt: number;
  constructor(firstEndsAt: number) {
    super(`${MAX_LIVE_SECRETS} secrets live`);
    this.firstEndsAt = firstEndsAt;
  }
}

/**
 * The secrets after a rotation, the new one first. The previous one ends after the overlap; older ones end at their
 * promised time. Without an overlap only the new one is left.
 * @throws TooManySecretsError
 */
export function rotateSecrets(
  secrets: readonly StoredSecret[],
  next: StoredSecret,
  overlapMs: number,
  now: number,
): StoredSecret[] {
  if (overlapMs === 0) return [next];
  const live = secrets.filter((secret) => isLive(secret, now));
  if (live.length >= MAX_LIVE_SECRETS) {
    throw new TooManySecretsError(Math.min(...live.map(({ expiresAt = Infinity }) => expiresAt)));
  }
  return [next, ...live.map((secret) => ({ ...secret, expiresAt: secret.expiresAt ?? now + overlapMs }))];
}
