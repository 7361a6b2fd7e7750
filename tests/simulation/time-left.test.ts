/** Compares the console's time left of a push with the real time, in simulated time. */
import type { TenantId } from '../../lib/ids.ts';
import { expect, test } from '@jest/globals';
import { parseRateLimits } from '../../lib/config.ts';
import { timeLeft } from '../../lib/console/progress/time-left.ts';
import { bulkLimits } from '../../lib/firefish/rate-limiter.ts';
import { callsMade } from '../../lib/console/progress/calls-made.ts';
import { readTurn } from '../../lib/turn/turn-record.ts';
import { plainCipher } from '../support/harness.ts';
import { newPeople } from '../support/people.ts';
import { Simulation } from '../support/simulation.ts';

const PEOPLE = 150;
const PACE_MS = 300_000;
const LOOK_EVERY_MS = 20_000;
/** Before this time most of the started work has no result yet. */
const EARLY_MS = 30_000;

interface Look {
  at: number;
  said: number;
  because: string;
}

/** Pushes all people at once, reads the time left every twenty seconds, and returns it with the real end. */
async function watchPush(rateLimits: string, callMs: number): Promise<{ looks: Look[]; doneAt: number }> {
  const simulation = new Simulation({ rateLimits, callMs, places: 4 });
  const { clock, table, memory, tenantIds } = simulation;
  const [tenantId = '' as TenantId] = tenantIds;
  const limits = bulkLimits(parseRateLimits(rateLimits));
  const begun = clock.now();
  const looks: Look[] = [];
  const look = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS);
      const calls = await callsMade(
        { cipher: plainCipher, clock },
        tenantId,
        await readTurn(memory, tenantId),
      );
      const now = clock.now();
      // As the endpoint asks for it: since the push began, five minutes back at most.
      const windowMs = Math.min(PACE_MS, now - begun);
      const ended = [...table.endedAt.values()].filter((at) => at > now - windowMs).length;
      const open = PEOPLE - table.endedAt.size;
      const left = timeLeft({ open, ended, windowMs }, calls, limits, now);
      if (left === undefined) return;
      if (now - begun > EARLY_MS) looks.push({ at: now, said: left.seconds, because: left.because });
    }
  };
  simulation.push(tenantId, newPeople(tenantId, PEOPLE));
  void look();
  await simulation.untilAllEnded();
  return { looks, doneAt: Math.max(...table.endedAt.values()) };
}

test.each([
  ['Firefish’s own pace', '100/1s,10000/1m,10000/1h', 4_000, 'rate'],
  ['a limit a minute', '10/1s,30/1m,3000/1h', 250, 'minute-limit'],
  ['a limit an hour', '10/1s,100/1m,125/1h', 250, 'hour-limit'],
] as const)(
  'if %s limits a push of 150 people, the time left is right within a fifth, or 75 s',
  async (_what, rateLimits, callMs, because) => {
    const { looks, doneAt } = await watchPush(rateLimits, callMs);
    expect(looks[0]?.because).toBe(because);
    const off = looks
      .map(({ at, said }) => ({ said, took: (doneAt - at) / 1000 }))
      .filter(({ said, took }) => Math.abs(said - took) > Math.max(75, took / 5));
    expect(off).toEqual([]);
  },
  60_000,
);
