import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../../../lib/events/event.ts';
import { eventOrder, instantOf } from '../../../lib/events/event-order.ts';
import { instantAt, millisecondsOf, readInstant } from '../../../lib/events/instant.ts';
import { readEvent } from '../../../lib/events/reading/read-event.ts';

describe('an instant', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000000Z'],
    ['2026-01-02t03:04:05z', '2026-01-02T03:04:05.000000000Z'],
    ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T03:04:05.1234567899Z', '2026-01-02T03:04:05.123456789Z'],
    ['2026-01-02T04:04:05+01:00', '2026-01-02T03:04:05.000000000Z'],
    ['2026-01-01T22:34:05.5-04:30', '2026-01-02T03:04:05.500000000Z'],
    ['2026-06-30T23:59:60Z', '2026-06-30T23:59:59.999999999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000000Z'],
    ['1960-01-01T00:00:00+14:00', '1959-12-31T10:00:00.000000000Z'],
    [`2026-01-02T03:04:05.${'1'.repeat(43)}Z`, '2026-01-02T03:04:05.111111111Z'],
    [' 2026-01-02T03:04:05Z ', '2026-01-02T03:04:05.000000000Z'],
    [1791000000, '2026-10-03T04:00:00.000000000Z'],
    [1791000000.12, '2026-10-03T04:00:00.120000000Z'],
    [1791000000123, '2026-10-03T04:00:00.123000000Z'],
    [1791000000123.5, '2026-10-03T04:00:00.123500000Z'],
    ['1791000000', '2026-10-03T04:00:00.000000000Z'],
    ['1791000000123', '2026-10-03T04:00:00.123000000Z'],
    [99_999_999_999, '5138-11-16T09:46:39.000000000Z'],
    [100_000_000_000, '1973-03-03T09:46:40.000000000Z'],
    [0, '1970-01-01T00:00:00.000000000Z'],
    [1e-9, '1970-01-01T00:00:00.000000000Z'],
  ])('%j is %j', (said, instant) => {
    expect(readInstant(said)).toBe(instant);
  });

  it.each([
    ...['yesterday', '', '2026-01-01', '2026-01-02T03:04:05', '2026-01-02T03:04Z', '2026-02-30T00:00:00Z'],
    ...['2026-01-02T24:00:00Z', '2026-01-02T03:04:61Z', '2026-01-02T03:04:05+25:00', '2026-13-01T00:00:00Z'],
    ...['0000-01-01T00:00:00+01:00', '1e3', '-5', '0x10', `2026-01-02T03:04:05.${'0'.repeat(60)}Z`],
    ...[-0, '-0', -1, NaN, Infinity, 1e300, true, null, undefined, {}, []],
  ])('is not %j', (said) => {
    expect(readInstant(said)).toBeUndefined();
  });

  it('can be read back from its milliseconds, and sorts in the same order', () => {
    const time = fc.integer({ min: Date.UTC(0), max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(millisecondsOf(instantAt(a))).toBe(a);
        expect(instantAt(a) < instantAt(b)).toBe(a < b);
        expect(readInstant(new Date(a).toISOString())).toBe(instantAt(a));
      }),
    );
  });
});

describe('the order of events', () => {
  const ARRIVAL = '2026-01-01T12:00:00.000Z';
  const event = (occurredAt: string | number, id = 'a', arrival = ARRIVAL): Event => {
    const read = readEvent(
      { id, occurredAt, type: 'domain.opted_out', domain: 'a.example' },
      new Date(arrival),
    );
    if (!read.ok) throw new Error(JSON.stringify(read.errors));
    return read.event;
  };
  /** The first of each pair is the earlier one. */
  const EARLIER: [string, Event, Event][] = [
    ['what happened before', event('2026-01-01T11:00:00Z', 'b'), event('2026-01-01T11:00:00.001Z', 'a')],
    [
      'below the millisecond',
      event('2026-01-01T11:00:00.0001Z', 'b'),
      event('2026-01-01T11:00:00.0002Z', 'a'),
    ],
    ['ties: the lesser id', event('2026-01-01T11:00:00Z', 'a'), event('2026-01-01T11:00:00Z', 'b')],
    ['ties: an id that another begins with', event(1767265200, 'a'), event(1767265200, 'a0')],
    [
      'ahead of its arrival, before what really came after',
      event('2026-01-01T12:04:00Z', 'b'),
      event('2026-01-01T12:00:01Z', 'a', '2026-01-01T12:00:02.000Z'),
    ],
    ['both ahead of one arrival', event('2026-01-01T12:03:00Z', 'b'), event('2026-01-01T12:04:00Z', 'a')],
    ['at the arrival, before ahead of it', event(ARRIVAL, 'b'), event('2026-01-01T12:04:00Z', 'a')],
    ['before 1970', event('1960-01-01T00:00:00Z', 'b'), event('1960-01-02T00:00:00Z', 'a')],
  ];

  it.each(EARLIER)('starts with: %s', (_, first, second) => {
    expect(eventOrder(first) < eventOrder(second)).toBe(true);
  });

  it('contains the instant at which the event takes effect, and its id', () => {
    const order = eventOrder(event('2026-01-01T12:04:00Z', 'x~1'));
    expect(instantOf(order)).toBe(Date.parse(ARRIVAL));
    expect(order.endsWith('x~1')).toBe(true);
  });

  it('refuses an event that is more than five minutes ahead', () => {
    expect(() => event('2026-01-01T12:05:00Z')).not.toThrow();
    expect(() => event('2026-01-01T12:05:00.001Z')).toThrow('five minutes');
  });
});
