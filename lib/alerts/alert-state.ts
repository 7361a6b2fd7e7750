/**
 * When someone is told of what is wrong with a tenant: once when it begins, once when it is over. What comes and
 * goes stays one alert, for it is over only when it has not been so for a while.
 *
 * Told at least once: a sweep claims the alert first, so that two sweeps never both tell, and notes afterwards
 * that it is told. A sweep that dies between the two leaves a claim that expires, and the next sweep tells (perhaps again): an
 * alert that comes twice costs a moment, one that never comes costs days.
 */

/** What is kept of an alert that has begun and is not over. Instants are epoch milliseconds. */
export interface AlertState {
  since: number;
  /** Someone is telling, until then; if it lies behind, perhaps nobody was told. Absent once someone was. */
  claimedUntil?: number | undefined;
  /** What it is about has not been so since then. */
  goneSince?: number | undefined;
}

/** How long what is wrong must be gone before it is over. */
export const OVER_AFTER_MS = 10 * 60_000;
/** Longer than one attempt to tell can take. */
export const CLAIM_MS = 50_000;

export type Step =
  | { kind: 'nothing' }
  /** Keep this; nobody is told. */
  | { kind: 'keep'; state: AlertState }
  /** Keep this, tell, then keep what follows; `undefined`: nothing any more. */
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
    // The sweep that claimed it has died: it is unknown what was told last, the beginning or the end.
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
