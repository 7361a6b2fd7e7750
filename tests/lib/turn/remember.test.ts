/** If an event ends without work on it, its consent is stored first (rule 5). */
import { innerId } from '../../../lib/events/inner-id.ts';
import { expect, test } from '@jest/globals';
import { RefusedError } from '../../../lib/firefish/errors.ts';
import { turnKey } from '../../../lib/store/sync-keys.ts';
import { shortHash } from '../../../lib/turn/turn-record.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { handlersOf, live, oneCall, openStage, type Stage, T } from './stage.ts';

const REFUSED = new RefusedError('no', { endpoint: 'GET /candidates', status: 400 });
const DAY_MS = 24 * 3_600_000;

const ENDS: Record<string, { reason: string; before: (stage: Stage, id: string) => unknown }> = {
  'its tenant is disabled': {
    reason: 'disabled',
    before: ({ tenant }) => {
      tenant.status = 'disabled';
    },
  },
  'it has waited thirty days': {
    reason: 'expired',
    before: ({ clock }) => clock.advance(30 * DAY_MS + 60_000),
  },
  'its process ended each time': {
    reason: 'crashed',
    before: ({ table, clock }, id) => {
      const now = clock.now();
      const suspects = { [shortHash(innerId(id))]: { crashes: 3 } };
      const times = { savedAt: now, leaseEnd: now, closedAt: now, epoch: 1, firefishGivenAt: 1 };
      return table.put(
        { ...turnKey(T), ...times, holder: 'another', announced: [], suspects, waits: {} },
        'absent',
      );
    },
  },
  'work on it fails because of our own error': {
    reason: 'error TypeError',
    before: ({ firefish }) => {
      firefish.callMs = NaN;
    },
  },
  'Firefish refuses what work on it begins with': {
    reason: 'refused GET /candidates 400',
    before: ({ firefish }) => {
      firefish.callMs = -1;
    },
  },
};

test.each(Object.entries(ENDS))('an opt-out is stored before its event ends if %s', async (_, end) => {
  const remembered: string[] = [];
  const handlers = handlersOf(
    (context, work, group) => {
      if (Number.isNaN(stage.firefish.callMs)) throw new TypeError('ours');
      if (stage.firefish.callMs < 0) throw REFUSED;
      return oneCall(context, work, group);
    },
    {
      remember: async ({ table }, { item, event }) => {
        expect(await table.get(item)).toMatchObject({ state: 'queued' });
        remembered.push(event.id);
      },
    },
  );
  const stage = openStage({ handlers });
  const event = makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} });
  await stage.clock.run(stage.post([event]));
  await end.before(stage, event.id);
  await live(stage, 120 * 60_000);
  expect(await stage.eventOf(event.id)).toMatchObject({ reason: end.reason });
  expect(remembered).toEqual([event.id]);
});
