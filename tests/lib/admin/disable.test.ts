import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '../../../lib/events/stored-event.ts';
import { drain } from '../../support/drain.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY } from '../../support/in-process.ts';
import { openStage, type Stage } from '../../support/stage.ts';

/** What the contract gives it to reach everybody, and a moment to end what is there. */
const BOUND_MS = 60_000 + 5_000;

const people = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    makeEvent('record.created', n, {
      record: ann({ candidateId: `sw-${n}`, emails: [`person-${n}@client.example`] }),
    }),
  );

/** Drains, and answers what became of each event. */
async function outcomes({ system, clock }: Stage, events: readonly { id: string }[]): Promise<StoredEvent[]> {
  await drain(system, clock);
  return Promise.all(events.map(async ({ id }) => (await system.outcome(id))!));
}

describe('events of an agency that is disabled', () => {
  test.each([
    ['a few that have messages of their own', 3],
    ['a flood that waits in the backlog', 40],
  ])('%s end skipped: disabled within the bound, and nobody is made in Firefish', async (_, count) => {
    const stage = await openStage();
    const hands = stage.hands();
    const events = people(count);
    await hands.receive(events);
    await hands.admin({ verb: 'disable' });
    // As a worker sees it that has looked at the tenant just now.
    const disabledAt = stage.clock.now();
    await stage.clock.advance(60_000);
    const ended = await outcomes(stage, events);
    expect(new Set(ended.map(({ state, reason }) => `${state}: ${reason!}`))).toEqual(
      new Set(['skipped: disabled']),
    );
    for (const { finishedAt } of ended) expect(finishedAt! - disabledAt).toBeLessThanOrEqual(BOUND_MS);
    expect(stage.system.simulator.state(AGENCY).candidates).toEqual([]);
  });

  test('are taken up by no worker half a minute later, though it worked for the agency just before', async () => {
    const stage = await openStage();
    const hands = stage.hands();
    const [first, ...others] = people(3);
    await hands.receive([first!]);
    await stage.clock.run(hands.work());
    expect(await stage.system.outcome(first!.id)).toMatchObject({ state: 'synced' });
    await hands.admin({ verb: 'disable' });
    // Through a door that still knows it as it was.
    await hands.receive(others);
    await stage.clock.advance(30_000);
    await stage.clock.run(hands.work());
    for (const { id } of others) {
      expect(await stage.system.outcome(id)).toMatchObject({ state: 'skipped', reason: 'disabled' });
    }
    expect(stage.system.simulator.state(AGENCY).candidates).toHaveLength(1);
  });

  test('are worked on for a minute at most, where a slow flood was under way', async () => {
    const stage = await openStage();
    const asked: number[] = [];
    const hands = stage.hands(undefined, async (request) => {
      asked.push(stage.clock.now());
      await stage.clock.sleep(4_000);
      return stage.system.simulator.handle(request);
    });
    const events = people(300);
    await hands.receive(events);
    const working = hands.work();
    await stage.clock.advance(10_000);
    expect(asked.length).toBeGreaterThan(0);
    await hands.admin({ verb: 'disable' });
    const disabledAt = stage.clock.now();
    await stage.clock.run(working);
    for (let seconds = 0; seconds < 120; seconds += 1) {
      await stage.clock.run(hands.work());
      await stage.clock.advance(1_000);
    }
    const ended = await Promise.all(events.map(({ id }) => stage.system.outcome(id)));
    expect(new Set(ended.map((event) => event!.state))).toEqual(new Set(['synced', 'skipped']));
    expect(Math.max(...asked) - disabledAt).toBeLessThan(60_000);
    expect(Math.max(...ended.map((event) => event!.finishedAt!)) - disabledAt).toBeLessThan(BOUND_MS);
  });

  test('that wait for a Firefish which is down end as well, and not after thirty days', async () => {
    const stage = await openStage();
    const hands = stage.hands();
    stage.system.simulator.faults.add({ endpoint: /./, kind: 'status', status: 500, times: 100_000 });
    const events = people(3);
    await hands.receive(events);
    for (let n = 0; n < 6; n += 1) {
      await stage.clock.run(hands.work());
      await stage.clock.advance(10_000);
    }
    expect((await stage.system.outcome(events[0]!.id))!.state).toBe('queued');
    await hands.admin({ verb: 'disable' });
    const disabledAt = stage.clock.now();
    const ended = await outcomes(stage, events);
    expect(ended.map(({ state, reason }) => [state, reason])).toEqual(
      events.map(() => ['skipped', 'disabled']),
    );
    for (const { finishedAt } of ended)
      expect(finishedAt! - disabledAt).toBeLessThanOrEqual(BOUND_MS + 10_000);
  });

  test('end also where it is enabled anew before anybody has looked at them; a replay of what failed does not', async () => {
    const stage = await openStage();
    const hands = stage.hands();
    const [failing, ...queued] = people(12);
    stage.system.simulator.faults.add({
      endpoint: /POST .*candidates/,
      kind: 'status',
      status: 400,
      times: 1,
    });
    await hands.receive([failing!]);
    await stage.clock.run(hands.work());
    expect((await stage.system.outcome(failing!.id))!.state).toBe('failed');
    await hands.receive(queued);
    await hands.admin({ verb: 'disable' });
    await stage.clock.advance(500);
    await hands.admin({ verb: 'enable', firefishClientId: 'ff-1', firefishClientSecret: 's' });
    await stage.clock.advance(60_000);
    await hands.admin({ verb: 'replay', all: true });
    const [replayed, ...ended] = await outcomes(stage, [failing!, ...queued]);
    expect(replayed!.state).toBe('synced');
    expect(new Set(ended.map(({ state, reason }) => `${state}: ${reason!}`))).toEqual(
      new Set(['skipped: disabled']),
    );
    expect(stage.system.simulator.state(AGENCY).candidates).toHaveLength(1);
  });

  test('are not brought back by enabling it anew: they are pushed again', async () => {
    const stage = await openStage();
    const hands = stage.hands();
    const events = people(2);
    await hands.receive(events);
    await hands.admin({ verb: 'disable' });
    await stage.clock.advance(60_000);
    await outcomes(stage, events);
    await hands.admin({ verb: 'enable', firefishClientId: 'ff-1', firefishClientSecret: 's' });
    await stage.clock.advance(60_000);
    const again = await outcomes(stage, events);
    expect(again.map(({ state }) => state)).toEqual(['skipped', 'skipped']);
  });
});
