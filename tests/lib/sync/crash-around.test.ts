/** Whoever dies around the worker: the door, the sweeper, the administration. The next one ends what they began. */
import { describe, expect, it } from '@jest/globals';
import { ann, note, optOut, say } from '../../model/cases/case.ts';
import { CrashError, CrashPoint } from '../../support/crash.ts';
import { drain } from '../../support/drain.ts';
import { AGENCY } from '../../support/in-process.ts';
import { type Hands, openStage, type Stage } from '../../support/stage.ts';

const EMAIL = 'ann@x.example';
const EVENTS = [say('e1', 1, 'record.created', ann()), note('e2', 2, ann(), 'Called back')];
const RESENT_AFTER_MS = 200_000;
const PATIENCE_MS = 60_000;

interface Act {
  name: string;
  /** What there is before. */
  prepare: (stage: Stage) => Promise<void>;
  act: (hands: Hands) => Promise<unknown>;
  /** Who died is called once more, as whoever called them would; where nobody would, nothing. */
  again: boolean;
  check: (stage: Stage) => Promise<void>;
}

const endOf = async ({ system }: Stage, id: string): Promise<string> =>
  (await system.outcome(id))?.state ?? 'unknown';

async function onceInFirefish(stage: Stage): Promise<void> {
  const { candidates, actions } = stage.system.simulator.state(AGENCY);
  expect(await Promise.all(EVENTS.map(({ id }) => endOf(stage, id)))).toEqual(['synced', 'synced']);
  expect(candidates).toHaveLength(1);
  expect(actions.filter(({ Note }) => Note?.includes('Called back'))).toHaveLength(1);
}

/** What is stored of a sender who never came back ends all the same. */
async function nothingWaits(stage: Stage): Promise<void> {
  for (const { id } of EVENTS) expect(['synced', 'skipped', 'unknown']).toContain(await endOf(stage, id));
  expect(stage.system.simulator.state(AGENCY).candidates.length).toBeLessThan(2);
}

const ACTS: Act[] = [
  {
    name: 'the door, whose sender sends again',
    prepare: () => Promise.resolve(),
    act: ({ receive }) => receive(EVENTS),
    again: true,
    check: onceInFirefish,
  },
  {
    name: 'the door, whose sender does not come back',
    prepare: () => Promise.resolve(),
    act: ({ receive }) => receive(EVENTS),
    again: false,
    check: nothingWaits,
  },
  {
    name: 'the sweeper over messages that got lost',
    async prepare({ system, clock }) {
      await system.receive(EVENTS);
      system.queue.take(10);
      await clock.advance(RESENT_AFTER_MS);
    },
    act: ({ sweeper }) => sweeper.sweep(),
    again: true,
    check: onceInFirefish,
  },
  {
    name: 'replay',
    async prepare(stage) {
      stage.system.simulator.faults.add({
        kind: 'status',
        status: 400,
        endpoint: 'POST /candidates',
        times: 2,
      });
      await stage.system.receive(EVENTS);
      await drain(stage.system, stage.clock);
      expect(await endOf(stage, 'e1')).toBe('failed');
    },
    act: ({ admin }) => admin({ verb: 'replay', all: true }),
    again: true,
    async check(stage) {
      expect(await endOf(stage, 'e1')).toBe('synced');
      expect(stage.system.simulator.state(AGENCY).candidates).toHaveLength(1);
    },
  },
  {
    name: 'erase',
    async prepare({ system, clock }) {
      await system.receive([...EVENTS, optOut('e3', 3, ann())]);
      await drain(system, clock);
    },
    act: ({ admin }) => admin({ verb: 'erase', email: EMAIL }),
    again: true,
    async check({ system, clock }) {
      const kept = system.table
        .all()
        .map((item) =>
          JSON.stringify(item, (_, value: unknown) =>
            value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
          ),
        );
      expect(kept.filter((item) => item.includes(EMAIL) || item.includes('Archer'))).toEqual([]);
      await system.receive([say('e4', 4, 'record.synced', ann({ candidateId: 'sw_new', role: 'Lead' }))]);
      await drain(system, clock);
      expect(system.simulator.state(AGENCY).candidates).toMatchObject([
        { JobTitle: 'Lead', EmailMarketing: false, SmsMarketing: false, PostalMarketing: false },
      ]);
    },
  },
];

async function run({ prepare, act, again, check }: Act, crash: CrashPoint): Promise<void> {
  const stage = await openStage({ settings: { newRecordsOptedOut: false } });
  await prepare(stage);
  const died = await act(stage.hands(crash)).then(
    () => crash.dead,
    (error: unknown) => {
      if (error instanceof CrashError || error instanceof AggregateError) return true;
      throw error;
    },
  );
  if (died && again) await act(stage.hands());
  await drain(stage.system, stage.clock);
  await check(stage);
}

describe.each(ACTS)('$name', (one) => {
  it.each(['before', 'after'] as const)(
    'may die %s each of its calls',
    async (when) => {
      const counted = new CrashPoint();
      await run(one, counted);
      expect(counted.calls).toBeGreaterThan(3);
      for (let at = 1; at <= counted.calls; at += 1) {
        const crash = new CrashPoint(at, when);
        await run(one, crash);
        expect({ at, died: crash.dead }).toEqual({ at, died: true });
      }
    },
    PATIENCE_MS,
  );
});

it('a worker dies around a write, and the next event says what was so before it', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; ; at += 1) {
      const stage = await openStage();
      const { system, clock } = stage;
      await system.receive([say('e1', 1, 'record.created', ann({ role: 'Tester' }))]);
      await drain(system, clock);
      await system.receive([say('e2', 2, 'record.updated', ann({ role: 'Lead' }))]);
      const crash = new CrashPoint(at, when);
      await stage
        .hands(crash)
        .work()
        .catch(() => undefined);
      if (!crash.dead) break;
      await system.receive([say('e3', 3, 'record.updated', ann({ role: 'Tester' }))]);
      await drain(system, clock);
      const [candidate] = system.simulator.state(AGENCY).candidates;
      expect({ when, at, role: candidate?.['JobTitle'] }).toEqual({ when, at, role: 'Tester' });
    }
  }
});
