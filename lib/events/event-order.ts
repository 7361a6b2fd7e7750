import type { EventId } from '../ids.ts';

/**
 * The position of an event in event order: by the instant at which it takes effect, then (both ahead of one arrival) by
 * `occurredAt`, then by id (the greater id is later). Orders compare as strings.
 */
export type EventOrder = string & { readonly brand: 'EventOrder' };

/** Before every event: what holds from the beginning. */
export const FROM_THE_BEGINNING = '' as EventOrder;

/** After every event. */
export const NOT_YET = '~' as EventOrder;

/** The digits of the milliseconds, and of the fraction below them. */
const DIGITS = 15;
const FINER_DIGITS = 6;
/** Added to every instant, so that instants before 1970 are not negative: as texts these would sort backwards. */
const SHIFT_MS = 10 ** 14;

/** Before the id: of an event that takes effect when it occurred, and of one that was ahead of its arrival. */
const IN_TIME = '!';
const AHEAD = '~';

export function eventOrder({ occurredAt, effectiveAt = occurredAt, id }: Timed): EventOrder {
  const ahead = effectiveAt === occurredAt ? IN_TIME : `${AHEAD}${digitsOf(occurredAt)}`;
  return `${digitsOf(effectiveAt)}${ahead}${id}` as EventOrder;
}

interface Timed {
  /** RFC 3339. */
  occurredAt: string;
  effectiveAt?: string;
  id: string;
}

function digitsOf(instant: string): string {
  const milliseconds = String(Date.parse(instant) + SHIFT_MS).padStart(DIGITS, '0');
  const [, finer = ''] = /\.\d{3}(\d+)/.exec(instant) ?? [];
  return `${milliseconds}${finer.slice(0, FINER_DIGITS).padEnd(FINER_DIGITS, '0')}`;
}

/** When an event of this order takes effect, in epoch milliseconds. */
export const instantOf = (order: EventOrder): number => Number(order.slice(0, DIGITS)) - SHIFT_MS;

/** The id of the event of this order. */
export function eventIdOf(order: EventOrder): EventId {
  const rest = order.slice(DIGITS + FINER_DIGITS);
  // Only `eventOrder` makes them.
  return rest.slice(rest.startsWith(AHEAD) ? 1 + DIGITS + FINER_DIGITS : 1) as EventId;
}

export const earlier = (a: EventOrder, b: EventOrder): EventOrder => (a < b ? a : b);
export const later = (a: EventOrder, b: EventOrder): EventOrder => (a > b ? a : b);

/** Sorts anything with an order. */
export const byOrder = (a: { order: EventOrder }, b: { order: EventOrder }): number =>
  a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
