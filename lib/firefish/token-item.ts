/** The shared token's item, and which credentials it belongs to. */
import { createHash } from 'node:crypto';
import type { NewItem } from '../store/table.ts';
import { tokenKey } from '../store/keys.ts';
import type { ScopeSearch } from './scope-search.ts';
import type { Credentials } from './token-request.ts';

/** Longer than any event waits. */
const KEPT_FOR_SECONDS = 31 * 24 * 3600;

export interface StoredToken {
  /** By which a 401 says which token has failed. */
  id: string;
  /** The access token, encrypted. */
  sealed: Uint8Array;
  /** Epoch milliseconds, all of them. */
  fetchedAt: number;
  /** From then on somebody shall renew it. */
  renewFrom: number;
  /** From then on nobody uses it. */
  usableUntil: number;
}

/** Renewed this long before its end, or this part of its life, whichever is later: six an hour is what the budget bears. */
const RENEW_BEFORE_MS = 30_000;
const RENEW_BEFORE_PART = 0.2;
/** Not used in its last seconds: clocks differ, and a call takes a while to arrive. */
const UNUSED_LAST_MS = 10_000;
const UNUSED_LAST_PART = 0.1;

/** When a token is renewed, and until when it is used. @param sentAt when it was asked for, epoch milliseconds */
export const tokenTimes = (
  sentAt: number,
  lifetimeMs: number,
): Pick<StoredToken, 'fetchedAt' | 'renewFrom' | 'usableUntil'> => ({
  fetchedAt: sentAt,
  renewFrom: sentAt + lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs * RENEW_BEFORE_PART),
  usableUntil: sentAt + lifetimeMs - Math.min(UNUSED_LAST_MS, lifetimeMs * UNUSED_LAST_PART),
});

/** What is undefined is not in the item. */
export interface TokenState {
  /** Which credentials token, scopes and wait below belong to. */
  credentials?: string | undefined;
  token?: StoredToken | undefined;
  /** One instance alone asks for a token, until then. */
  lease?: { holder: string; until: number } | undefined;
  /** Nobody asks before: the limits of this client id or of the egress address. */
  waitUntil?: number | undefined;
  /** This client id's token requests, as runs. */
  requests?: Uint8Array | undefined;
  scopes?: ScopeSearch | undefined;
}

export const toTokenItem = (tenantId: string, state: TokenState, now: number): NewItem => ({
  ...state,
  ...tokenKey(tenantId),
  expiresAt: Math.ceil(now / 1000) + KEPT_FOR_SECONDS,
});

/**
 * Tells credentials apart without holding them. Firefish makes its secrets at random, so that a hash is no
 * way back to them.
 * @param givenAt when they were given: the same ones, given anew, may have been allowed more since their last token
 */
export const fingerprint = (
  tenantId: string,
  { clientId, clientSecret }: Credentials,
  givenAt: number,
): string =>
  createHash('sha256')
    .update(JSON.stringify([tenantId, clientId, clientSecret, givenAt]))
    .digest('base64url')
    .slice(0, 16);
