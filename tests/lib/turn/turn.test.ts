import { describe, expect, test } from '@jest/globals';
import { NotNowError } from '../../../lib/firefish/errors.ts';
import { turnKey } from '../../../lib/store/sync-keys.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { handlersOf, live, oneCall, openStage, type Stage, T } from './stage.ts';

const update = (candidateId: string, minute = 0) =>
  makeEvent('record.updated', minute, { record: ann({ candidateId }) });
const optOut = (candidateId: string) =>
  makeEvent('marketing.opted_out', 5, { record: ann({ candidateId }), marketing: {} });

test('a lone event ends within a second, and leaves no open work behind', async () => {
  const stage = openStage();
  const event = update('sw-1');
  await stage.clock.run(stage.post([event]));
  await live(stage, 1_000);
  expect(await stage.eventOf(event.id)).toMatchObject({ state: 'synced', attempts: 1 });
  const left = stage.table.all().map(({ pk }) => pk.split('#')[1]);
  expect(left.filter((what) => what === 'inbox' || what === 'later')).toEqual([]);
});

test('all 500 people of one POST end, with at most 24 calls at the same time', async () => {
  const stage = openStage();
  const events = Array.from({ length: 500 }, (_, n) => update(`sw-${String(n)}`));
  await stage.clock.run(stage.post(events));
  await live(stage, 10_000);
  expect(stage.endedAt.size).toBe(500);
  const atOnce = stage.firefish.calls.map(
    (call) => stage.firefish.calls.filter((other) => other.from <= call.from && other.to > call.from).length,
  );
  expect(Math.max(...atOnce)).toBe(24);
});

test('an opt-out starts within a second, although 3,000 bulk events are open', async () => {
  const stage = openStage();
  stage.firefish.callMs = 2_000;
  for (let post = 0; post < 6; post += 1) {
    const events = Array.from({ length: 500 }, (_, n) => update(`sw-${String(post)}-${String(n)}`));
    await stage.clock.run(stage.post(events));
  }
  await live(stage, 10_000);
  const before = stage.firefish.calls.length;
  const asked = stage.clock.now();
  const event = optOut('sw-other');
  await stage.clock.run(stage.post([event]));
  await stage.clock.advance(5_000);
  const endedAt = stage.endedAt.get(event.id)!;
  expect(endedAt - 2_000 - asked).toBeLessThanOrEqual(1_000);
  expect(before).toBeGreaterThan(24);
});

const openRows = (stage: Stage): string[] =>
  stage.table
    .all()
    .filter(({ pk }) => /#(inbox|later)$/.test(pk))
    .map(({ pk }) => pk.split('#')[1]!);

describe('a group of events', () => {
  test('has all events of one person, in event order, and shares no name with another group in hand', async () => {
    const inHand = new Set<string>();
    const groups: string[][] = [];
    const stage = openStage({
      work: async (context, work, group) => {
        const names = group.map(({ event }) =>
          'record' in event && 'firstName' in event.record ? event.record.firstName : '',
        );
        for (const name of names) expect(inHand.has(name)).toBe(false);
        for (const name of names) inHand.add(name);
        groups.push(group.map(({ item }) => item.order));
        const result = await oneCall(context, work, group);
        for (const name of names) inHand.delete(name);
        return result;
      },
    });
    const of = (name: string, minute: number) =>
      makeEvent('record.updated', minute, { record: ann({ candidateId: name, firstName: name }) });
    await stage.clock.run(stage.post([of('a', 3), of('b', 1), of('a', 1), of('a', 2)]));
    await live(stage, 1_000);
    expect(groups).toHaveLength(2);
    for (const orders of groups) expect(orders).toEqual(orders.toSorted());
    expect(stage.endedAt.size).toBe(4);
  });

  test('becomes urgent if an urgent event shares a name with it, and that event runs right after it', async () => {
    const urgencies: number[] = [];
    const stage = openStage({
      work: async (context, work, group) => {
        await context.clock.sleep(2_000);
        urgencies.push(work.urgency);
        return oneCall(context, work, group);
      },
    });
    const events = Array.from({ length: 100 }, (_, n) => update(`sw-${String(n)}`));
    await stage.clock.run(stage.post(events));
    await live(stage, 500);
    const event = optOut('sw-0');
    await stage.clock.run(stage.post([event]));
    await live(stage, 5_500);
    expect(urgencies.slice(0, 24).filter((urgency) => urgency === 1)).toHaveLength(1);
    expect(stage.endedAt.get(event.id)! - stage.endedAt.get(events[0]!.id)!).toBeLessThan(2_500);
  });

  test('of many small requests at once, 20 events and then one a second are urgent, and the rest is bulk work', async () => {
    const urgencies: number[] = [];
    const stage = openStage({
      work: (context, work, group) => {
        urgencies.push(work.urgency);
        return oneCall(context, work, group);
      },
    });
    for (let n = 0; n < 60; n += 1) await stage.clock.run(stage.post([update(`sw-${String(n)}`)]));
    await live(stage, 3_000);
    expect(urgencies.filter((urgency) => urgency === 2)).toHaveLength(20);
    expect(urgencies.filter((urgency) => urgency === 3)).toHaveLength(40);
  });
});

describe('a wait', () => {
  test('of up to ten seconds happens inside the turn; a longer one has its own row, which is moved and never rewritten', async () => {
    const waits = [8_000, 90_000, 200_000];
    const stage = openStage({
      work: async (context, work, group) => {
        const pause = waits.shift();
        if (pause === undefined) return oneCall(context, work, group);
        return { kind: 'waits', until: context.clock.now() + pause, reason: 'settling' };
      },
    });
    const event = update('sw-1');
    await stage.clock.run(stage.post([event]));
    await live(stage, 6_000);
    expect(openRows(stage)).toEqual(['inbox']);
    await live(stage, 10_000);
    expect(openRows(stage)).toEqual(['later']);
    expect(await stage.eventOf(event.id)).toMatchObject({ state: 'queued', waitReason: 'settling' });
    await live(stage, 90_000);
    expect(openRows(stage)).toEqual(['later']);
    await live(stage, 205_000);
    expect(await stage.eventOf(event.id)).toMatchObject({ state: 'synced' });
    expect(openRows(stage)).toEqual([]);
  });

  test('of one event that is followed by a longer wait of the whole tenant ends with the longer one', async () => {
    let isAlone = true;
    const stage = openStage({
      work: async (context, work, group) => {
        if (!isAlone) return oneCall(context, work, group);
        isAlone = false;
        return { kind: 'waits', until: context.clock.now() + 90_000, reason: 'settling' };
      },
    });
    const outage = { reason: 'outage' as const, until: stage.clock.now() + 300_000 };
    const event = update('sw-1');
    await stage.clock.run(stage.post([event]));
    await live(stage, 60_000);
    stage.firefish.waits = () => (stage.clock.now() < outage.until ? outage : undefined);
    // Other work keeps the turn running when it is due.
    await live(stage, 25_000);
    await stage.clock.run(stage.post([update('sw-2')]));
    await live(stage, 600_000);
    expect(stage.endedAt.get(event.id)).toBeLessThan(outage.until + 65_000);
  });

  test('of the whole tenant writes nothing for each event, and delays no other urgency', async () => {
    const stage = openStage({
      work: (context, work, group) =>
        work.urgency > 2 && stage.clock.now() < closedUntil
          ? Promise.reject(new NotNowError('limit', closedUntil, { endpoint: 'GET /x' }))
          : oneCall(context, work, group),
    });
    const closedUntil = stage.clock.now() + 20 * 60_000;
    stage.firefish.waits = (urgency) =>
      urgency > 2 && stage.clock.now() < closedUntil ? { reason: 'limit', until: closedUntil } : undefined;
    const events = Array.from({ length: 50 }, (_, n) => update(`sw-${String(n)}`));
    await stage.clock.run(stage.post(events));
    await live(stage, 30_000);
    const versions = await Promise.all(events.map(async ({ id }) => (await stage.eventOf(id))!.version));
    expect(new Set(versions)).toEqual(new Set([1]));
    expect(await stage.table.get(turnKey(T))).toMatchObject({ waits: { 3: { reason: 'limit' } } });
    const urgent = optOut('sw-1');
    await stage.clock.run(stage.post([urgent]));
    await live(stage, 1_000);
    expect(stage.endedAt.has(urgent.id)).toBe(true);
    await live(stage, 21 * 60_000);
    expect(stage.endedAt.size).toBe(51);
  });

  test('of more than the longest message delay ends by a timer row', async () => {
    const stage = openStage();
    const closedUntil = stage.clock.now() + 3_600_000;
    stage.firefish.waits = () =>
      stage.clock.now() < closedUntil ? { reason: 'outage', until: closedUntil } : undefined;
    const event = update('sw-1');
    await stage.clock.run(stage.post([event]));
    await live(stage, 3_600_000 - 60_000);
    const before = stage.firefish.openings.length;
    expect(before).toBeLessThan(5);
    await live(stage, 200_000);
    expect(await stage.eventOf(event.id)).toMatchObject({ state: 'synced' });
  });

  test('of 30 days ends as failed', async () => {
    const stage = openStage();
    stage.firefish.waits = () => ({ reason: 'outage', until: stage.clock.now() + 8 * 24 * 3_600_000 });
    const event = update('sw-1');
    await stage.clock.run(stage.post([event]));
    for (let day = 0; day < 5; day += 1) {
      await stage.clock.advance(8 * 24 * 3_600_000);
      await stage.clock.run(stage.makeInstance().handle({ tenantId: T }, 75_000));
      if (stage.endedAt.size > 0) break;
    }
    expect(await stage.eventOf(event.id)).toMatchObject({
      state: 'failed',
      reason: 'expired',
    });
  });
});

describe('our own errors', () => {
  test('are tried again, each event alone, and only the event at fault ends failed', async () => {
    const sizes: number[] = [];
    const stage = openStage({
      work: (context, work, group) => {
        sizes.push(group.length);
        const isBad = group.some(({ item }) => item.pk.endsWith(bad.id));
        return isBad ? Promise.reject(new RangeError('bad')) : oneCall(context, work, group);
      },
    });
    const bad = update('sw-1', 1);
    const good = [update('sw-1', 0), update('sw-1', 2)];
    await stage.clock.run(stage.post([...good, bad]));
    await live(stage, 60_000);
    expect(sizes.slice(0, 1)).toEqual([3]);
    expect(new Set(sizes.slice(1))).toEqual(new Set([1]));
    for (const { id } of good) expect(await stage.eventOf(id)).toMatchObject({ state: 'synced' });
    await live(stage, 3 * 3_600_000);
    expect(await stage.eventOf(bad.id)).toMatchObject({ state: 'failed', reason: 'error RangeError' });
  });
});

describe('a disabled tenant', () => {
  test('has its events end as skipped after their consent is stored, whatever Firefish does', async () => {
    const remembered: string[] = [];
    const stage = openStage({
      handlers: handlersOf(oneCall, {
        remember: (_context, { event }) => {
          remembered.push(event.id);
          return Promise.resolve();
        },
      }),
    });
    stage.firefish.waits = () => ({ reason: 'outage', until: stage.clock.now() + 3_600_000 });
    stage.tenant.status = 'disabled';
    const event = optOut('sw-1');
    await stage.clock.run(stage.post([event]));
    await live(stage, 1_000);
    expect(await stage.eventOf(event.id)).toMatchObject({ state: 'skipped', reason: 'disabled' });
    expect(remembered).toEqual([event.id]);
    expect(stage.firefish.calls).toEqual([]);
  });

  test('is noticed within 15 s by a turn that runs', async () => {
    const stage = openStage();
    stage.firefish.callMs = 4_000;
    const events = Array.from({ length: 400 }, (_, n) => update(`sw-${String(n)}`));
    await stage.clock.run(stage.post(events));
    await live(stage, 5_000);
    stage.tenant.status = 'disabled';
    await live(stage, 15_000);
    expect(stage.endedAt.size).toBe(400);
    expect(await stage.eventOf(events[399]!.id)).toMatchObject({ state: 'skipped', reason: 'disabled' });
  });
});

test('if the credentials change, events in hand end with the credentials that their calls were sent with', async () => {
  const seen: number[][] = [];
  const stage = openStage({
    work: async (context, work, group) => {
      const before = context.tenant.firefishGivenAt;
      await context.clock.sleep(15_000);
      seen.push([before, context.tenant.firefishGivenAt]);
      return oneCall(context, work, group);
    },
  });
  await stage.clock.run(stage.post([update('sw-1')]));
  await live(stage, 1_000);
  stage.tenant.firefishGivenAt = 2;
  await live(stage, 11_000);
  await stage.clock.run(stage.post([update('sw-2')]));
  await live(stage, 60_000);
  expect(seen).toEqual([
    [1, 1],
    [2, 2],
  ]);
});
