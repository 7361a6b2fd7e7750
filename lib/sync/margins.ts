/** What claims and waits allow for, the same everywhere: a claim must hold until a lost answer's write has settled. */

/** How long after its timeout a request may still be carried out by Firefish. */
export const LATE_MS = 5_000;
/** How far the clocks of two workers may be apart. */
export const CLOCK_SKEW_MS = 1_000;
