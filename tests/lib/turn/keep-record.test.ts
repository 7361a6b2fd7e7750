import type { TenantId } from '../../../lib/ids.ts';
import { expect, test } from '@jest/globals';
import { openMemory, type TurnItem } from '../../../lib/turn/turn-record.ts';
import { plainCipher } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test.each([
  ['the instance that saved it, by its clock alone', 'a', 9_950],
  ['another instance, whose clock may be two seconds ahead', 'b', 8_000],
  ['who has no name, like a preview', undefined, 8_000],
])('the age of a saved record is measured by %s', async (_who, instance, elapsedMs) => {
  const clock = new VirtualClock();
  const before: TurnItem = {
    ...{ pk: 't1#turn', sk: 'turn', version: 1, epoch: 1, holder: 'h', instance: 'a', savedAt: clock.now() },
    ...{ leaseEnd: clock.now(), closedAt: clock.now(), announced: [], suspects: {}, waits: {} },
    firefishGivenAt: 0,
  };
  await clock.advance(10_000);
  const asker = instance === undefined ? {} : { instance };
  expect(await openMemory({ cipher: plainCipher, clock, ...asker }, 't1' as TenantId, before)).toMatchObject({
    elapsedMs,
    crashed: false,
  });
});
