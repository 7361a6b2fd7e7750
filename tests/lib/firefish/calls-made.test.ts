import { expect, test } from '@jest/globals';
import { placesTaken } from '../../../lib/firefish/calls-made.ts';
import type { Run } from '../../../lib/firefish/windows.ts';

const NOW = 1_000_000;
const MINUTE = 60_000;

test('of a limit’s places never more are taken than there are, although some calls of the next minute have theirs', () => {
  const runs: Run[] = [
    [NOW - MINUTE - 1, 500],
    [NOW - MINUTE, 187],
    [NOW + 900, 13],
  ];
  expect(placesTaken(runs, NOW - MINUTE, 250)).toBe(200);
  expect(placesTaken([...runs, [NOW + 1_300, 13]], NOW - MINUTE, 200)).toBe(200);
  expect(placesTaken(runs, NOW - MINUTE)).toBe(200);
});
