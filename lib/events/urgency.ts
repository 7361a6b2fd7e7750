/**
 * Classes of urgency, most urgent first. 1: opt-outs, opt-ins, flags and internal events; 2: what a person did just
 * now (small POSTs); 3: everything else; 4: `origin: automation`.
 */
export const URGENCIES = [1, 2, 3, 4] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Classes 1 and 2 may use the reserve of each Firefish limit. */
export const isUrgent = (urgency: Urgency): boolean => urgency <= 2;

/**
 * Work in hand. Its urgency can rise while it waits: an urgent event that joins a person in hand raises all that
 * person's waiting calls. The limiter reads it each time it chooses the next call.
 */
export interface Work {
  urgency: Urgency;
}
