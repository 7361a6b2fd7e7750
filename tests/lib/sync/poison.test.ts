/** Events whose work kills the worker, as a Lambda out of memory dies: nothing it would still have done is done. */
import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../lib/clock.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import type { Expected, Item, NewItem } from '../../../lib/store/table.ts';
import { CrashError } from '../../support/crash.ts';
import { makeEvent } from '../../support/events.ts';
import { AGENCY, inProcess } from '../../support/in-process.ts';
import { Passage } from '../../support/passage.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const VISIBILITY_TIMEOUT_MS = 360_000;
const MOST_RECEIVES = 5;
const PEOPLE = 40;
const POISON = 'sw-7';

/** Dies at what its name says, and does nothing afterwards. */
class Poisoned extends Passage {
  dead = false;
  readonly #isDeadly: (name: string) => boolean;
  constructor(isDeadly: (name: string) => boolean) {
    super();
    this.#isDeadly = isDeadly;
  }
  override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
    this.dead ||= this.#isDeadly(name);
    this.#orDead();
    const answer = await call();
    this.#orDead();
    return answer;
  }

  #orDead(): void {
    if (this.dead) throw new CrashError();
  }
}

const person = (n: number) =>
  makeEvent('record.created', n, {
    record: {
      ...{ candidateId: `sw-${String(n)}`, kind: 'candidate', firstName: 'Ann', lastName: 'Lee' },
      emails: [`p${String(n)}@d${String(n)}.example`],
    },
  });

/** One worker after the other, as messages come, until everything has ended; those of the dead come back later. */
async function live(isDeadly: (name: string) => boolean, count = PEOPLE) {
  const clock = new VirtualClock();
  let current = new Poisoned(isDeadly);
  let deaths = 0;
  const system = inProcess({ clock, random: () => 0.5, wrap: () => current });
  let worker = system.makeWorker();
  const events = Array.from({ length: count }, (_, index) => person(index + 1));
  await system.receive(events);
  const start = clock.now();
  const endedAt = new Map<string, number>();
  const receives = new Map<string, number>();
  for (let tick = 0; endedAt.size < count; tick += 1) {
    if (tick > 3_000) throw new Error(`only ${String(endedAt.size)} of ${String(count)} ended`);
    if (system.queue.nextAt() === undefined || (system.queue.nextAt() ?? 0) > clock.now()) {
      await clock.advance(10_000);
      await (tick % 6 === 0 ? system.sweeper.sweep() : system.sweeper.release());
    }
    const messages = system.queue.take(10);
    if (messages.length > 0) {
      await clock.run(worker.handle(messages).catch(() => undefined));
      if (current.dead) {
        deaths += 1;
        current = new Poisoned(isDeadly);
        worker = system.makeWorker();
        for (const { visibleAt: _, ...pointer } of messages) {
          const name = JSON.stringify(pointer);
          receives.set(name, (receives.get(name) ?? 0) + 1);
          if ((receives.get(name) ?? 0) < MOST_RECEIVES)
            await system.queue.send([{ ...pointer, delaySeconds: VISIBILITY_TIMEOUT_MS / 1000 }]);
        }
      }
    }
    for (const { id } of events) {
      const stored = await system.outcome(id);
      if (stored?.state !== 'queued' && !endedAt.has(id)) endedAt.set(id, clock.now() - start);
    }
  }
  return { system, events, deaths, endedAt };
}

describe('an event that kills whoever works on it', () => {
  test('keeps none of its agency’s other events, and is parked after so many deaths', async () => {
    const { system, events, deaths, endedAt } = await live((name) => name === `put candidate-id ${POISON}`);
    const poison = events[6]!;
    const stored = await system.outcome(poison.id);
    expect(stored).toMatchObject({ state: 'failed', reason: 'its worker died each time' });
    expect(system.deadLetters.messages).toMatchObject([{ eventId: poison.id }]);
    expect(deaths).toBeGreaterThan(2);
    expect(deaths).toBeLessThan(14);
    for (const { id } of events.filter(({ id }) => id !== poison.id)) {
      expect(await system.outcome(id)).toMatchObject({ state: 'synced', attempts: 1 });
      expect(endedAt.get(id)).toBeLessThan(20 * 60_000);
    }
    expect(system.simulator.state(AGENCY).candidates).toHaveLength(PEOPLE - 1);
  }, 60_000);

  test('that once was, by accident, is worked on as any other', async () => {
    let times = 0;
    const { system, events, deaths } = await live((name) => {
      if (name !== `put candidate-id ${POISON}`) return false;
      times += 1;
      return times <= 3;
    });
    expect(deaths).toBe(3);
    for (const { id } of events) expect(await system.outcome(id)).toMatchObject({ state: 'synced' });
    expect(system.deadLetters.messages).toEqual([]);
  }, 60_000);
});

/** Loses the word that this event is synced, each time, and says that it is written; which takes a second. */
class Forgetful extends MemoryTable {
  lost = 0;
  readonly #clock: Clock;
  readonly #eventId: string;
  constructor(clock: Clock, eventId: string) {
    super(clock);
    this.#clock = clock;
    this.#eventId = eventId;
  }
  override async put(item: NewItem, expected: Expected): Promise<Item> {
    if (item.sk !== this.#eventId || item['state'] !== 'synced') return super.put(item, expected);
    this.lost += 1;
    await this.#clock.sleep(1_000);
    return { ...item, version: 0 };
  }
}

describe('an event that is worked on and never ends', () => {
  test('is not taken up again at once without end: it breaks off, and is parked like any other', async () => {
    const clock = new VirtualClock();
    const events = Array.from({ length: 12 }, (_, n) => person(n));
    const [endless, ...others] = events;
    const table = new Forgetful(clock, endless!.id);
    const system = inProcess({ clock, random: () => 0.5, table });
    await system.receive(events);
    const worker = system.makeWorker();
    for (let minute = 0; minute < 240; minute += 1) {
      await clock.run(worker.handle(system.queue.take(10)));
      await clock.advance(60_000);
      await system.sweeper.sweep();
    }
    for (const { id } of others) expect(await system.outcome(id)).toMatchObject({ state: 'synced' });
    expect(await system.outcome(endless!.id)).toMatchObject({ state: 'failed' });
    expect(table.lost).toBeLessThan(10);
    expect(system.reports).toContainEqual(
      expect.objectContaining({
        eventIds: [endless!.id],
        error: expect.objectContaining({ name: 'NotEndedError' }),
      }),
    );
  });
});

describe('an event that Firefish refuses', () => {
  test.each(['before', 'after'] as const)(
    'has its pointer on the dead-letter queue, though the worker dies %s it is written down',
    async (when) => {
      const event = person(1);
      let died = false;
      const clock = new VirtualClock();
      const passage: Passage = new (class extends Passage {
        override async pass<T>(call: () => Promise<T>, name: string): Promise<T> {
          const mine = !died && name === `put event ${event.id}`;
          if (died) return call();
          if (mine && when === 'before') throw ((died = true), new CrashError());
          const answer = await call();
          if (mine) throw ((died = true), new CrashError());
          return answer;
        }
      })();
      const system = inProcess({ clock, random: () => 0.5, wrap: () => passage });
      system.simulator.faults.add({ kind: 'status', status: 400, endpoint: /POST .candidates/, times: 9 });
      await system.receive([event]);
      await clock.run(system.makeWorker().handle(system.queue.take(10)));
      await clock.advance(VISIBILITY_TIMEOUT_MS);
      await system.sweeper.sweep();
      for (const worker of [system.makeWorker(), system.makeWorker()]) {
        await clock.advance(10_000);
        await clock.run(worker.handle(system.queue.take(10)));
      }
      expect(await system.outcome(event.id)).toMatchObject({ state: 'failed' });
      expect(system.deadLetters.messages).toContainEqual(expect.objectContaining({ eventId: event.id }));
    },
  );
});
