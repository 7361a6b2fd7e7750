/**
 * An event's place in the one order that counts: by `occurredAt`, ties by id (the greater id is later).
 * Orders compare as strings.
 */
export type EventOrder = string & { readonly brand: 'EventOrder' };

/** Before every event: what was so from the beginning. */
export const FROM_THE_BEGINNING = '' as EventOrder;

/** After every event: what no event has said yet. */
export const NOT_YET = '~' as EventOrder;

/** Of the milliseconds, and of what a sender says below them. */
const DIGITS = 15;
const FINER_DIGITS = 6;
/** Added to every instant, so that those before 1970 are no negative numbers: as texts these would sort backwards. */
const SHIFT_MS = 10 ** 14;

export function eventOrder(event: { occurredAt: string; id: string }): EventOrder {
  const milliseconds = String(Date.parse(event.occurredAt) + SHIFT_MS).padStart(DIGITS, '0');
  const [, finer = ''] = /\.\d{3}(\d+)/.exec(event.occurredAt) ?? [];
  return `${milliseconds}${finer.slice(0, FINER_DIGITS).padEnd(FINER_DIGITS, '0')}~${event.id}` as EventOrder;
}

/** Epoch milliseconds of an order. */
export const instantOf = (order: EventOrder): number => Number(order.slice(0, DIGITS)) - SHIFT_MS;

/** The id of the event whose order it is. */
export const eventIdOf = (order: EventOrder): string => order.slice(DIGITS + FINER_DIGITS + 1);

export const earlier = (a: EventOrder, b: EventOrder): EventOrder => (a < b ? a : b);
export const later = (a: EventOrder, b: EventOrder): EventOrder => (a > b ? a : b);

/** For sorting whatever carries an order. */
export const byOrder = (a: { order: EventOrder }, b: { order: EventOrder }): number =>
  a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
