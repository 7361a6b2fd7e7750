/** An agency is disabled while its events wait or are worked on: the real turn in virtual time. */
import { describe, expect, test } from '@jest/globals';
import type { EndedEvent } from '../../../lib/events/event-item.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, type Harness } from '../../support/harness.ts';
import { openTenant, type Refusal } from '../internal/stage.ts';

/** Within this time all work for the agency stops, and its queued events have ended. */
const BOUND_MS = 60_000;
const CREDENTIALS = { firefishClientId: 'ff-1', firefishClientSecret: 's' };

const people = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    makeEvent('record.created', n, {
      record: ann({ candidateId: `sw-${String(n)}`, emails: [`person-${String(n)}@client.example`] }),
    }),
  );

async function outcomes(harness: Harness, events: readonly { id: string }[]): Promise<EndedEvent[]> {
  return Promise.all(
    events.map(async ({ id }) => {
      const event = await harness.outcome(id);
      if (event === undefined || event.state === 'queued') throw new Error(`${id} has not ended`);
      return event;
    }),
  );
}

const allDisabled = (events: readonly EndedEvent[]): void => {
  expect([...new Set(events.map(({ state, reason }) => `${state}: ${String(reason)}`))]).toEqual([
    'skipped: disabled',
  ]);
};

describe('events of a disabled agency', () => {
  test.each([3, 40])(
    'end as skipped: disabled, %d of them, and nobody is created in Firefish',
    async (count) => {
      const { clock, harness, ask, drain } = await openTenant();
      const events = people(count);
      await clock.run(harness.receive(events));
      await ask('disable', {});
      const disabledAt = clock.now();
      await drain();
      const ended = await outcomes(harness, events);
      allDisabled(ended);
      for (const { finishedAt } of ended) expect(finishedAt - disabledAt).toBeLessThanOrEqual(BOUND_MS);
      expect(harness.simulator.state(AGENCY).candidates).toEqual([]);
    },
  );

  test('stop within a minute, also during a slow flood', async () => {
    const { clock, harness, ask, drain } = await openTenant(undefined, {}, async () => {
      asked.push(clock.now());
      await clock.sleep(4_000);
    });
    const asked: number[] = [];
    const events = people(300);
    await clock.run(harness.receive(events));
    const working = drain();
    while (asked.length < 20) await new Promise((resolve) => setImmediate(resolve));
    const disabledAt = clock.now();
    await ask('disable', {});
    await working;
    const ended = await outcomes(harness, events);
    expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['synced', 'skipped']));
    expect(Math.max(...asked) - disabledAt).toBeLessThanOrEqual(BOUND_MS);
    expect(Math.max(...ended.map(({ finishedAt }) => finishedAt)) - disabledAt).toBeLessThanOrEqual(BOUND_MS);
  });

  test('end at once, also if they wait because Firefish is down', async () => {
    const down: Refusal = () => Response.json({ Message: 'An error has occurred.' }, { status: 500 });
    const { clock, harness, ask, drain } = await openTenant(down);
    const events = people(3);
    await clock.run(harness.receive(events));
    const sync = harness.makeInstance();
    await clock.run(sync.handle({ tenantId: harness.tenant.tenantId }, 75_000));
    expect(await harness.outcome(events[0]?.id ?? '')).toMatchObject({ state: 'queued' });
    await ask('disable', {});
    const disabledAt = clock.now();
    await drain();
    const ended = await outcomes(harness, events);
    allDisabled(ended);
    for (const { finishedAt } of ended) expect(finishedAt - disabledAt).toBeLessThanOrEqual(BOUND_MS);
  });

  test('end also if the agency is enabled again before a turn has seen them, and a replay of failed events works', async () => {
    let refuses = true;
    const { clock, harness, ask, drain, push, verb } = await openTenant(({ method, url }) =>
      refuses && method === 'POST' && new URL(url).pathname.includes('/candidates')
        ? Response.json({ Message: 'no' }, { status: 400 })
        : undefined,
    );
    const [failing, ...queued] = people(12);
    if (failing === undefined) throw new Error('there are twelve');
    await push(failing);
    expect(await harness.outcome(failing.id)).toMatchObject({ state: 'failed' });
    refuses = false;
    await clock.run(harness.receive(queued));
    await ask('disable', {});
    await clock.advance(500);
    await ask('enable', CREDENTIALS);
    await drain();
    expect(await verb('replay', { all: true })).toEqual({ replayed: 1 });
    await drain();
    expect(await harness.outcome(failing.id)).toMatchObject({ state: 'synced' });
    allDisabled(await outcomes(harness, queued));
    expect(harness.simulator.state(AGENCY).candidates).toHaveLength(1);
  });
});
