/** More data than any real person has: events end with a clear reason, no item grows too large, and opt-outs work. */
import { describe, expect, test } from '@jest/globals';
import { MOST_NAMES } from '../../../lib/people/find-people.ts';
import { MOST_WAITING } from '../../../lib/plan/outcomes.ts';
import { MOST_FLAGGED_PHONES } from '../../../lib/plan/flags.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { itemBytes } from '../../support/write-units.ts';

type Seed = Parameters<ReturnType<typeof openHarness>['simulator']['seed']>[1];

function open(seed?: Seed) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  if (seed !== undefined) harness.simulator.seed(AGENCY, seed);
  const push = async (...events: SourceWhaleEvent[]): Promise<[string, string | undefined][]> => {
    for (let n = 0; n < events.length; n += 250) {
      await clock.run(harness.receive(events.slice(n, n + 250)));
      await drainTurns(harness, clock);
    }
    return Promise.all(
      events.map(async ({ id }): Promise<[string, string | undefined]> => {
        const { state, reason } = (await harness.outcome(id)) as { state: string; reason?: string };
        return [state, reason?.split(':')[0]];
      }),
    );
  };
  return {
    push,
    candidates: () => harness.simulator.state(AGENCY).candidates,
    largestItem: () => Math.max(...harness.memory.all().map(itemBytes)),
  };
}

/** An item of DynamoDB holds 400 kB. */
const LARGEST_ITEM = 350_000;
const PATIENCE_MS = 120_000;

describe('events that would make one person with too many ids and addresses', () => {
  const PLACEHOLDER = 'none@agency.example';
  const ADDRESSES = 190;
  const LONG = 'a'.repeat(60);
  /** As long as addresses may be. */
  const addresses = (of: number): string[] =>
    Array.from(
      { length: ADDRESSES },
      (_, n) => `p${String(of)}-${String(n)}${LONG.slice(10)}@${LONG}.${LONG}.${LONG}.example`,
    );
  const person = (n: number, emails: string[]): Record<string, unknown> => ({
    record: ann({ candidateId: `sw-${String(n)}`, emails }),
  });
  const created = (n: number): SourceWhaleEvent =>
    makeEvent('record.created', n, person(n, [PLACEHOLDER, ...addresses(n)]));

  test(
    'fail one by one, and the existing person stays',
    async () => {
      const { push, candidates, largestItem } = open();
      expect(ADDRESSES * 2 < MOST_NAMES && ADDRESSES * 3 > MOST_NAMES).toBe(true);

      expect(await push(created(0), created(1))).toEqual([
        ['synced', undefined],
        ['synced', undefined],
      ]);
      expect(await push(created(2), created(3))).toEqual([
        ['failed', 'too-many-names'],
        ['failed', 'too-many-names'],
      ]);
      expect(await push(makeEvent('record.updated', 5, person(0, [PLACEHOLDER])))).toEqual([
        ['synced', undefined],
      ]);
      expect(candidates()).toHaveLength(1);
      expect(largestItem()).toBeLessThan(LARGEST_ITEM);
    },
    PATIENCE_MS,
  );

  test(
    'still opt out each person and each record',
    async () => {
      const { push, candidates, largestItem } = open({
        candidates: [{ FirstName: 'X', Surname: 'Y', EmailAddress: addresses(9)[7], EmailMarketing: true }],
      });
      await push(created(0), created(1));
      await push(makeEvent('marketing.opted_in', 3, { ...person(0, []), marketing: {} }));
      expect(candidates().map(({ EmailMarketing }) => EmailMarketing)).toEqual([true, true]);

      const out = makeEvent('marketing.opted_out', 4, {
        ...person(9, [PLACEHOLDER, ...addresses(9)]),
        marketing: {},
      });
      expect(await push(out)).toEqual([['synced', undefined]]);
      expect(candidates().map(({ EmailMarketing }) => EmailMarketing)).toEqual([false, false]);
      expect(largestItem()).toBeLessThan(LARGEST_ITEM);
    },
    PATIENCE_MS,
  );
});

test(
  'if more events wait for a person than can be kept, the rest fails visibly, and the person and their opt-out still reach Firefish',
  async () => {
    const { push, candidates, largestItem } = open();
    const MORE = 20;
    const notes = Array.from({ length: MOST_WAITING + MORE }, (_, n) =>
      makeEvent('note.added', 10, {
        record: ann(),
        note: { id: `n${String(n)}`, text: 'Called', channel: 'call' },
      }),
    );
    const ends = await push(...notes);
    expect(ends.filter(([state]) => state === 'failed')).toEqual(
      Array.from({ length: MORE }, () => ['failed', 'too-many-waiting']),
    );
    expect(ends.filter(([state]) => state === 'skipped')).toHaveLength(MOST_WAITING);

    const out = makeEvent('marketing.opted_out', 11, { record: ann(), marketing: {} });
    expect(await push(out)).toEqual([['skipped', 'not-in-firefish']]);
    expect(await push(makeEvent('record.created', 0, { record: ann() }))).toEqual([['synced', undefined]]);
    expect(candidates()).toMatchObject([{ EmailMarketing: false }]);
    expect(largestItem()).toBeLessThan(LARGEST_ITEM);
  },
  PATIENCE_MS,
);

test(
  'more flagged numbers than can be kept fail with a reason, and an opt-out still works',
  async () => {
    const { push, candidates, largestItem } = open();
    await push(makeEvent('record.created', 0, { record: ann() }));
    const flags = Array.from({ length: MOST_FLAGGED_PHONES + 5 }, (_, n) =>
      makeEvent('phone.flagged', 1, { record: ann(), phone: `+44 7700 9${String(n).padStart(5, '0')}` }),
    );
    const ends = await push(...flags);
    expect(ends.filter(([state]) => state === 'failed')).toEqual(
      Array.from({ length: 5 }, () => ['failed', 'too-many-numbers']),
    );
    expect(await push(makeEvent('marketing.opted_out', 2, { record: ann(), marketing: {} }))).toEqual([
      ['synced', undefined],
    ]);
    expect(candidates()).toMatchObject([{ EmailMarketing: false }]);
    expect(largestItem()).toBeLessThan(10_000);
  },
  PATIENCE_MS,
);

describe('an opt-out of an address that a great many records have', () => {
  const records = (count: number, daysAgo: (n: number) => number): Seed => ({
    candidates: Array.from({ length: count }, (_, n) => ({
      ...{ FirstName: 'Ann', Surname: String(n), EmailAddress: 'ann@client.example' },
      ...{ EmailMarketing: true, CreatedDaysAgo: daysAgo(n) },
    })),
  });

  test(
    'reaches them all, and no stored item grows with their number',
    async () => {
      const { push, candidates, largestItem } = open(records(1_200, (n) => n));
      const out = makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} });
      expect(await push(out)).toMatchObject([['synced']]);
      expect(candidates().filter(({ EmailMarketing }) => EmailMarketing)).toEqual([]);
      expect(largestItem()).toBeLessThan(LARGEST_ITEM);
    },
    PATIENCE_MS,
  );

  test(
    'reaches the records that Firefish shows, and says that there are more',
    async () => {
      const { push, candidates } = open(records(1_500, () => 3));
      const out = makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} });
      expect(await push(out)).toEqual([['failed', 'too-many-records']]);
      expect(candidates().filter(({ EmailMarketing }) => !EmailMarketing).length).toBeGreaterThanOrEqual(
        1_000,
      );
    },
    PATIENCE_MS,
  );
});
