/**
 * One class per way in which a call to Firefish can fail, each with the facts that decide what happens next.
 * None carries a request body: a message may be logged, a person may not.
 */

interface CallFacts {
  /** Method and path template, as the limits count it: `PATCH /candidates/{ref}`. */
  endpoint: string;
  status?: number;
}

export abstract class FirefishError extends Error {
  readonly endpoint: string;
  readonly status: number | undefined;
  constructor(message: string, { endpoint, status }: CallFacts, options?: ErrorOptions) {
    super(message, options);
    this.endpoint = endpoint;
    this.status = status;
  }
}

/** Nothing was done: the call had to wait longer than a worker waits. Safe to do again from `retryAt` on. */
export class NotNowError extends FirefishError {
  override name = 'NotNowError';
  /** Epoch milliseconds. */
  readonly retryAt: number;
  /** `limit`: Firefish's rate limits; `token`: the token endpoint's; `outage`: the breaker is open; `credentials`: refused. */
  readonly reason: 'limit' | 'token' | 'outage' | 'credentials';
  constructor(reason: NotNowError['reason'], retryAt: number, facts: CallFacts, options?: ErrorOptions) {
    super(`not now (${reason})`, facts, options);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

/** A read that failed for want of Firefish (5xx, timeout, reset, unreadable answer): do it again later. */
export class UnavailableError extends FirefishError {
  override name = 'UnavailableError';
}

/** A write whose answer never came or could not be read: it may have been done. Look before doing it again. */
export class UnknownOutcomeError extends FirefishError {
  override name = 'UnknownOutcomeError';
  /** Epoch milliseconds at which the request left. */
  readonly sentAt: number;
  constructor(message: string, sentAt: number, facts: CallFacts, options?: ErrorOptions) {
    super(message, facts, options);
    this.sentAt = sentAt;
  }
}

/** 404: the record is not there (any more). */
export class NotFoundError extends FirefishError {
  override name = 'NotFoundError';
}

/** Firefish said no for good (400, 403, 409): `firefishMessage` is its own words, cut to 500 characters. */
export class RefusedError extends FirefishError {
  override name = 'RefusedError';
  readonly firefishMessage: string;
  constructor(firefishMessage: string, facts: CallFacts) {
    super(`Firefish refused ${facts.endpoint} with ${String(facts.status)}: ${firefishMessage}`, facts);
    this.firefishMessage = firefishMessage;
  }
}
