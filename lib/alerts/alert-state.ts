/**
 * When an alert about a tenant is sent: once when the problem begins, once when it is over. A problem that comes and
 * goes stays one alert, because it is over only after it has been absent for a while.
 *
 * It is sent at least once: a sweep claims the alert first, so that two sweeps never both send it, and then records
 * that it was sent. If a sweep ends between the two, its claim expires, and the next sweep sends it (perhaps again). An
 * alert that comes twice costs a moment; one that never comes costs days.
 */

/** What is kept of an alert that has begun and is not over. Instants are epoch milliseconds. */
export interface AlertState {
  since: number;
  /**
   * Until when a sweep may be sending it. If that time has passed, perhaps it was not sent. Absent after it was sent.
   */
  claimedUntil?: number | undefined;
  /** The problem has been absent since then. */
  goneSince?: number | undefined;
}

/** How long a problem must be absent before it is over. */
export const OVER_AFTER_MS = 10 * 60_000;
/** Longer than one attempt to send can take. */
export const CLAIM_MS = 50_000;

export type Step =
  | { kind: 'nothing' }
  /** Store this; send nothing. */
  | { kind: 'keep'; state: AlertState }
  /** Store this, send, then store `after`; `undefined`: nothing. */
  | { kind: 'tell'; state: 'raised' | 'over'; claim: AlertState; then: AlertState | undefined };

/**
 * @param known what is kept of the alert, if it has begun
 * @param since since when it is so now; undefined if it is not
 */
export function nextStep(known: AlertState | undefined, since: number | undefined, now: number): Step {
  if (known === undefined) return since === undefined ? { kind: 'nothing' } : raise(since, now);
  const { claimedUntil, goneSince } = known;
  if (claimedUntil !== undefined && claimedUntil > now) return { kind: 'nothing' };
  if (since !== undefined) {
    // The sweep that claimed it has ended: it is unknown whether the beginning or the end was sent last.
    if (claimedUntil !== undefined) return raise(known.since, now);
    return goneSince === undefined ? { kind: 'nothing' } : { kind: 'keep', state: { since: known.since } };
  }
  if (goneSince === undefined) return { kind: 'keep', state: { ...known, goneSince: now } };
  if (now - goneSince < OVER_AFTER_MS) return { kind: 'nothing' };
  return { kind: 'tell', state: 'over', claim: { ...known, claimedUntil: now + CLAIM_MS }, then: undefined };
}

const raise = (since: number, now: number): Step => ({
  kind: 'tell',
  state: 'raised',
  claim: { since, claimedUntil: now + CLAIM_MS },
  then: { since },
});
