/**
 * One class per way in which a call to Firefish can fail, each with the facts that decide what happens next.
 * None carries a request body: a message may be logged, a person may not.
 */
import type { WaitReason } from '../events/reasons.ts';
import { TurnOverError } from '../turn-over-error.ts';

interface CallFacts {
  /** Method and path template, as the limits count it: `PATCH /candidates/{ref}`. */
  endpoint: string;
  status?: number | undefined;
}

export abstract class FirefishError extends Error {
  readonly endpoint: string;
  readonly status: number | undefined;
  constructor(message: string, { endpoint, status }: CallFacts) {
    super(message);
    this.endpoint = endpoint;
    this.status = status;
  }
}

/** Nothing was done: the call would wait longer than calls wait inside a turn. Safe to do again from `retryAt` on. */
export class NotNowError extends FirefishError {
  override name = 'NotNowError';
  /** Epoch milliseconds. */
  readonly retryAt: number;
  /** `limit`: Firefish's rate limits; `token`: the token endpoint's; `outage`: the breaker is open; `credentials`: refused. */
  readonly reason: Extract<WaitReason, 'limit' | 'token' | 'outage' | 'credentials'>;
  constructor(reason: NotNowError['reason'], retryAt: number, facts: CallFacts) {
    super(`not now (${reason})`, facts);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

/** A read or an update that failed each time it was tried, and was not done: do it again later. */
export class UnavailableError extends FirefishError {
  override name = 'UnavailableError';
}

/** A write whose answer never came or could not be read: it may have been done. Look before doing it again. */
export class UnknownOutcomeError extends FirefishError {
  override name = 'UnknownOutcomeError';
  /** Epoch milliseconds at which the request left. */
  readonly sentAt: number;
  constructor(message: string, sentAt: number, facts: CallFacts) {
    super(message, facts);
    this.sentAt = sentAt;
  }
}

/** A creation or a note that definitely failed. Look before doing it again: Firefish may have carried it out. */
export class FailedError extends FirefishError {
  override name = 'FailedError';
}

/** The record is not there (any more). */
export class NotFoundError extends FirefishError {
  override name = 'NotFoundError';
}

abstract class SaidNoError extends FirefishError {
  /** Firefish's own words, at most 500 characters: they may name a person, so they are in no message and no log. */
  readonly words: string;
  constructor(what: string, words: string, facts: CallFacts) {
    super(`${what} ${facts.endpoint} ${String(facts.status)}`, facts);
    this.words = words;
  }
}

/** 409: someone else changes the record. It is tried again for a while. */
export class ConflictedError extends SaidNoError {
  override name = 'ConflictedError';
  constructor(words: string, facts: CallFacts) {
    super('conflict', words, facts);
  }
}

/** Firefish refused permanently. */
export class RefusedError extends SaidNoError {
  override name = 'RefusedError';
  /** OAuth's, of the token endpoint. */
  readonly code: string | undefined;
  constructor(words: string, facts: CallFacts, code?: string) {
    super('refused', words, facts);
    this.code = code;
  }
}

/** Errors after which it is certain that the call changed nothing. */
export const isHarmless = (error: unknown): boolean =>
  error instanceof SaidNoError ||
  error instanceof NotNowError ||
  error instanceof NotFoundError ||
  error instanceof TurnOverError;
