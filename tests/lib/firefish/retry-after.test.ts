import { describe, expect, test } from '@jest/globals';
import { retryAfterMs } from '../../../lib/firefish/retry-after.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const wait = (headers: Record<string, string>): number | undefined => retryAfterMs(new Headers(headers), NOW);

describe('Retry-After', () => {
  test.each([
    ['seconds', '90', 90_000],
    ['no seconds', '0', 0],
    ['parts of a second', '1.5', 1_500],
    ['a date, which is cut to seconds', 'Mon, 23 Nov 2026 10:01:30 GMT', 91_000],
    ['a date that has passed', 'Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['a year: at most a day is believed', '31536000', 24 * 3_600_000],
  ])('may be %s', (_what, said, expected) => {
    expect(wait({ 'retry-after': said })).toBe(expected);
  });

  test('is read against the clock that wrote it', () => {
    const headers = { 'retry-after': 'Mon, 23 Nov 2026 12:00:30 GMT', date: 'Mon, 23 Nov 2026 12:00:00 GMT' };
    expect(wait(headers)).toBe(31_000);
  });

  test.each([[{}], [{ 'retry-after': '' }], [{ 'retry-after': 'soon' }]])(
    'may say nothing: %j',
    (headers) => {
      expect(wait(headers as Record<string, string>)).toBeUndefined();
    },
  );
});
