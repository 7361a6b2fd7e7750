import { expect, test } from '@jest/globals';
import { instantOf, eventOrder } from '../../../lib/events/event-order.ts';

const at = (occurredAt: string, id = 'e') => eventOrder({ occurredAt, id });

test.each([
  ['years before 1970', '1969-12-30T10:00:00Z', '1969-12-31T10:00:00Z'],
  ['the turn of 1970', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z'],
  ['parts of a millisecond', '2026-11-23T10:15:30.1201Z', '2026-11-23T10:15:30.1202Z'],
  ['a part of a millisecond and none', '2026-11-23T10:15:30.120Z', '2026-11-23T10:15:30.120001Z'],
  ['instants in two zones', '2026-11-23T11:15:30+02:00', '2026-11-23T10:15:30+00:00'],
])('%s are in order', (_, earlier, later) => {
  expect(at(earlier, 'z') < at(later, 'a')).toBe(true);
});

test('at one instant the greater id is later, however the instant is written', () => {
  expect(at('2026-11-23T10:15:30Z', 'a') < at('2026-11-23T11:15:30.000000+01:00', 'b')).toBe(true);
});

test.each(['1969-12-30T10:00:00.000Z', '2026-11-23T10:15:30.120Z'])('%s can be read back', (occurredAt) => {
  expect(new Date(instantOf(at(occurredAt, 'a~1'))).toISOString()).toBe(occurredAt);
});
