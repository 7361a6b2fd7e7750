/**
 * An event's place in the one order that counts: by `occurredAt`, ties by id (the greater id is later).
 * Stamps compare as strings.
 */
export type Stamp = string & { readonly brand: 'Stamp' };

/** Before every event: what was so from the beginning. */
export const FOREVER = '' as Stamp;

/** After every event: what no event has said yet. */
export const UNSAID = '~' as Stamp;

const DIGITS = 15;

export function stampOf(event: { occurredAt: string; id: string }): Stamp {
  return `${String(Date.parse(event.occurredAt)).padStart(DIGITS, '0')}~${event.id}` as Stamp;
}

/** Epoch milliseconds of a stamp. */
export const instantOf = (stamp: Stamp): number => Number(stamp.slice(0, DIGITS));

/** The id of the event whose stamp it is. */
export const eventIdOf = (stamp: Stamp): string => stamp.slice(DIGITS + 1);

export const earlier = (a: Stamp, b: Stamp): Stamp => (a < b ? a : b);
export const later = (a: Stamp, b: Stamp): Stamp => (a > b ? a : b);

/** For sorting whatever carries a stamp. */
export const byStamp = (a: { stamp: Stamp }, b: { stamp: Stamp }): number =>
  a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0;
