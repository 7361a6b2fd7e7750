import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../lib/clock.ts';
import { turnKey } from '../../../lib/store/sync-keys.ts';
import type { Table } from '../../../lib/store/table.ts';
import type { Item } from '../../../lib/store/table.ts';
import { LATE_MS } from '../../../lib/times.ts';
import type { TurnRecord } from '../../../lib/turn/turn-record.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { handlersOf, openStage, type Stage, T } from './stage.ts';

const CALL_TIMEOUT_MS = 20_000;
const update = (candidateId: string) => makeEvent('record.updated', 0, { record: ann({ candidateId }) });
const people = (count: number) => Array.from({ length: count }, (_, n) => update(`sw-${String(n)}`));
const recordOf = async (stage: Stage): Promise<TurnRecord & Item> =>
  (await stage.table.get(turnKey(T))) as TurnRecord & Item; // written so
const wake = (stage: Stage, change = {}) => stage.makeInstance(change).handle({ tenantId: T }, 75_000);

describe('one turn at a time', () => {
  test('if two invocations get one wake-up at the same moment, one of them runs the turn', async () => {
    const stage = openStage();
    await stage.clock.run(stage.post(people(5)));
    expect(await stage.clock.run(Promise.all([wake(stage), wake(stage)]))).toEqual(['done', 'done']);
    expect(new Set(stage.firefish.calls.map(({ turn }) => turn)).size).toBe(1);
    expect(await recordOf(stage)).toMatchObject({ epoch: 1, closedAt: stage.clock.now() });
  });

  test('a wake-up that comes while the turn runs ends without a write', async () => {
    const stage = openStage();
    stage.firefish.callMs = 2_000;
    await stage.clock.run(stage.post(people(5)));
    const first = wake(stage);
    await stage.clock.advance(1_000);
    const before = stage.table.all();
    expect(await stage.clock.run(wake(stage))).toBe('done');
    expect(stage.table.all()).toEqual(before);
    await stage.clock.run(first);
    expect(stage.endedAt.size).toBe(5);
  });

  test('an invocation that starts when everything is done ends without a write', async () => {
    const stage = openStage();
    await stage.clock.run(stage.post(people(5)));
    await stage.clock.run(wake(stage));
    const before = stage.table.all();
    expect(await stage.clock.run(wake(stage))).toBe('done');
    expect(stage.table.all()).toEqual(before);
  });

  test('a turn that continues keeps its lease for 31 seconds after its last save', async () => {
    const stage = openStage();
    stage.firefish.callMs = 15_000;
    await stage.clock.run(stage.post(people(1)));
    const turn = wake(stage);
    await stage.clock.advance(10_000);
    const { savedAt, leaseEnd } = await recordOf(stage);
    expect(stage.clock.now() - savedAt).toBeLessThanOrEqual(3_000);
    expect(leaseEnd - savedAt).toBe(31_000);
    await stage.clock.run(turn);
  });
});

/** A frozen instance: none of its timers fires, and none of its calls leaves, until it continues. */
class Frozen {
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => undefined;

  freeze(): void {
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }
  thaw(): void {
    this.#thawed = undefined;
    this.#thaw();
  }
  async #pass<R>(use: () => Promise<R>): Promise<R> {
    await this.#thawed;
    const answer = await use();
    await this.#thawed;
    return answer;
  }
  clock(clock: Clock): Clock {
    return { now: () => clock.now(), sleep: (ms, signal) => this.#pass(() => clock.sleep(ms, signal)) };
  }
  table(table: Table): Table {
    return {
      get: (key) => this.#pass(() => table.get(key)),
      getMany: (keys) => this.#pass(() => table.getMany(keys)),
      put: (item, expected) => this.#pass(() => table.put(item, expected)),
      delete: (key, expected) => this.#pass(() => table.delete(key, expected)),
      query: (query) => this.#pass(() => table.query(query)),
    };
  }
}

describe.each([-2_000, 0, 2_000])(
  'an old turn that was frozen and continues, while the next holder’s clock is %i ms ahead',
  (ahead) => {
    async function thawed(): Promise<{ stage: Stage; errors: string[]; refused: string[] }> {
      const errors: string[] = [];
      const refused: string[] = [];
      const stage: Stage = openStage({
        handlers: handlersOf(async (context, work, group) => {
          try {
            // Many calls in a row: an old turn would continue with the next one.
            for (let call = 0; call < 8; call += 1) {
              await context.firefish(work).searchByEmail('candidate', 'x');
            }
            for (const { item } of group)
              await context.finish(item, { state: 'synced', actions: [], notes: [] });
            return { kind: 'ended' };
          } catch (error) {
            errors.push((error as Error).name);
            await context.table.put({ pk: 'zombie', sk: 'z' }, 'anything').catch((again: unknown) => {
              refused.push((again as Error).name);
            });
            throw error;
          }
        }),
      });
      stage.firefish.callMs = 1_000;
      await stage.clock.run(stage.post(people(3)));
      const ice = new Frozen();
      const old = wake(stage, { clock: ice.clock(stage.clock), table: ice.table(stage.table) });
      await stage.clock.advance(4_500);
      ice.freeze();
      const next = stage.makeInstance({ clock: stage.clock.skewed(ahead) });
      // A second worker tries again and again, as with wake-ups.
      for (let tries = 0; tries < 30 && stage.firefish.openings.length < 2; tries += 1) {
        await stage.clock.advance(2_000);
        void next.handle({ tenantId: T }, 75_000);
        await stage.clock.advance(1);
      }
      await stage.clock.advance(5_000);
      ice.thaw();
      await stage.clock.advance(60_000);
      await old;
      return { stage, errors, refused };
    }

    test('makes no call and no write, and the new holder begins when none of the old calls can still arrive', async () => {
      const { stage, errors, refused } = await thawed();
      const of = (turn: number) => stage.firefish.calls.filter((call) => call.turn === turn);
      const lastOld = Math.max(...of(1).map(({ from }) => from));
      const firstNew = Math.min(...of(2).map(({ from }) => from));
      expect(firstNew - lastOld).toBeGreaterThanOrEqual(CALL_TIMEOUT_MS + LATE_MS);
      expect(errors).toEqual(['TurnOverError', 'TurnOverError', 'TurnOverError']);
      expect(refused).toEqual(errors);
      expect(await stage.table.get({ pk: 'zombie', sk: 'z' })).toBeUndefined();
      expect(stage.endedAt.size).toBe(3);
    });
  },
);

test('a turn whose saves fail makes no call after 6 seconds, and continues when saves succeed again', async () => {
  const stage = openStage();
  stage.firefish.callMs = 500;
  let down = false;
  const table: Table = {
    get: (key) => stage.table.get(key),
    getMany: (keys) => stage.table.getMany(keys),
    query: (query) => stage.table.query(query),
    delete: (key, expected) => stage.table.delete(key, expected),
    put: (item, expected) =>
      down && item.sk === 'turn' ? Promise.reject(new Error('down')) : stage.table.put(item, expected),
  };
  await stage.clock.run(stage.post(people(2_000).slice(0, 500)));
  const turn = wake(stage, { table });
  await stage.clock.advance(2_000);
  down = true;
  const { savedAt } = await recordOf(stage);
  await stage.clock.advance(10_000);
  const last = Math.max(...stage.firefish.calls.map(({ from }) => from));
  expect(last - savedAt).toBeLessThan(6_000);
  down = false;
  await stage.clock.run(turn);
  expect(stage.endedAt.size).toBe(500);
});
