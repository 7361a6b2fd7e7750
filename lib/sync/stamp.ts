/**
 * An event's place in the one order that counts: by `occurredAt`, ties by id (the greater id is later).
 * Stamps compare as strings.
 */
export type Stamp = string & { readonly brand: 'Stamp' };

/** Before every event: what was so from the beginning. */
export const FROM_THE_BEGINNING = '' as Stamp;

/** After every event: what no event has said yet. */
export const NOT_YET = '~' as Stamp;

/** Of the milliseconds, and of what a sender says below them. */
const DIGITS = 15;
const FINER_DIGITS = 6;
/** Added to every instant, so that those before 1970 are no negative numbers: as texts these would sort backwards. */
const SHIFT_MS = 10 ** 14;

export function stampOf(event: { occurredAt: string; id: string }): Stamp {
  const milliseconds = String(Date.parse(event.occurredAt) + SHIFT_MS).padStart(DIGITS, '0');
  const [, finer = ''] = /\.\d{3}(\d+)/.exec(event.occurredAt) ?? [];
  return `${milliseconds}${finer.slice(0, FINER_DIGITS).padEnd(FINER_DIGITS, '0')}~${event.id}` as Stamp;
}

/** Epoch milliseconds of a stamp. */
export const instantOf = (stamp: Stamp): number => Number(stamp.slice(0, DIGITS)) - SHIFT_MS;

/** The id of the event whose stamp it is. */
export const eventIdOf = (stamp: Stamp): string => stamp.slice(DIGITS + FINER_DIGITS + 1);

export const earlier = (a: Stamp, b: Stamp): Stamp => (a < b ? a : b);
export const later = (a: Stamp, b: Stamp): Stamp => (a > b ? a : b);

/** For sorting whatever carries a stamp. */
export const byStamp = (a: { stamp: Stamp }, b: { stamp: Stamp }): number =>
  a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0;
