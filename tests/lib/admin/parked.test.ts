import { expect, test } from '@jest/globals';
import { commonReason } from '../../../lib/admin/events/parked.ts';

test.each([
  [
    'Firefish refused PATCH /candidates/12 with 409: Ref 5',
    'Firefish refused PATCH /candidates/# with 409: Ref #',
  ],
  [
    'Firefish refused POST /contacts with 400: "Ann" is taken',
    'Firefish refused POST /contacts with 400: "…" is taken',
  ],
])('failures with one reason have one group name, which includes the status: %s', (reason, common) => {
  expect(commonReason(reason)).toBe(common);
});
