/** One failing call to table or queue at every point between the request and the end of its events. */
import type { TenantId } from '../../../lib/ids.ts';
import { expect, test } from '@jest/globals';
import { eventOf } from '../../support/former-event.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { Passage } from '../../support/passage.ts';
import { live, openStage, type Stage } from './stage.ts';

type When = 'before' | 'after';

class OneFailingCall extends Passage {
  calls = 0;
  where = '';
  readonly #at: number;
  readonly #when: When;

  constructor(at: number, when: When) {
    super();
    this.#at = at;
    this.#when = when;
  }

  override async pass<R>(call: () => Promise<R>, name: string): Promise<R> {
    this.calls += 1;
    const isMine = this.calls === this.#at;
    if (isMine) this.where = name;
    if (isMine && this.#when === 'before') throw new Error('failed');
    const answer = await call();
    if (isMine) throw new Error('failed');
    return answer;
  }
}

const LONGEST_MS = 100_000;

/** Two requests, one while the turn runs; what was not stored is sent again. */
async function run(passage: OneFailingCall): Promise<{ stage: Stage; ids: string[] }> {
  const stage = openStage();
  stage.firefish.callMs = 400;
  const table = passage.table(stage.table);
  const wakeUps = passage.wakeUps(stage.queue);
  const intake = stage.intakeOf(table, wakeUps);
  const send = async (candidateIds: string[]): Promise<string[]> => {
    let events = candidateIds.map((candidateId) =>
      makeEvent('record.updated', 0, { record: ann({ candidateId }) }),
    );
    const ids = events.map(({ id }) => id);
    while (events.length > 0) {
      try {
        const { results } = await intake.accept(
          'tenant-1' as TenantId,
          events.map((event) => ({ event: eventOf(event) })),
        );
        events = events.filter((_, index) => results[index] === 'retry');
      } catch {
        // 503: all of it is sent again.
      }
    }
    return ids;
  };
  const first = await stage.clock.run(send(['a', 'b']));
  const second = stage.clock.sleep(300).then(() => send(['b', 'c']));
  await live(stage, LONGEST_MS, stage.makeInstance({ table, wakeUps }));
  return { stage, ids: [...first, ...(await second)] };
}

test.each<When>(['before', 'after'])(
  'one call that fails %s it took effect loses no event, and all events end within 100 s',
  async (when) => {
    const counted = new OneFailingCall(Infinity, when);
    await run(counted);
    expect(counted.calls).toBeGreaterThan(20);
    for (let at = 1; at <= counted.calls; at += 1) {
      const passage = new OneFailingCall(at, when);
      const { stage, ids } = await run(passage);
      const states = await Promise.all(ids.map(async (id) => (await stage.eventOf(id))?.state));
      const rows = stage.table.all().filter(({ pk }) => /#(inbox|later)$/.test(pk));
      expect({ at, where: passage.where, states, rows: rows.length }).toEqual({
        ...{ at, where: passage.where },
        ...{ states: ['synced', 'synced', 'synced', 'synced'], rows: 0 },
      });
    }
  },
  120_000,
);
