/**
 * Random histories through the real system in process: its end state must be the model's, in any order of
 * arrival, with repeats, with one to eight workers. Here nobody shares an address, so that one end state is
 * right; the cases have people who turn out to be one. The seed is fixed, so that a failure is a change's; `SOAK`
 * multiplies the count and draws a new seed, `SEED` repeats a run.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differencesFromIdeal } from './compare.ts';
import { describeHistory, histories, type History } from './histories.ts';
import { standingOfFirefish } from './standing.ts';
import { makeInProcessSystem } from './system.ts';
import { chanceOf } from './turns.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const RUNS = 60 * Math.max(1, SOAK);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_123));

/** Whether each address is one person's only. */
function isApart({ batches }: History): boolean {
  const owners = new Map<string, string>();
  return batches.flat().every((event) => {
    if (!('record' in event)) return true;
    const { candidateId, emails = [] } = event.record;
    return [...emails, ...('email' in event ? [event.email] : [])].every((text) => {
      const address = text.trim().toLowerCase();
      const owner = owners.get(address) ?? candidateId;
      owners.set(address, owner);
      return owner === candidateId;
    });
  });
}

/** Everything that is wrong with how the system ended. */
async function differencesOf(history: History): Promise<string[]> {
  const { seed, settings, workers, rush, chance, batches } = history;
  const system = await makeInProcessSystem({ seed, settings, workers, random: chanceOf(chance) });
  for (const batch of batches) {
    await system.deliver(batch);
    if (!rush) await system.settle();
  }
  await system.settle();

  const found = differencesFromIdeal(history, standingOfFirefish(system.simulatorState(), seed));
  for (const { id } of batches.flat()) {
    const outcome = await system.outcome(id);
    if (outcome?.state === 'failed') found.push(`${id} failed: ${String(outcome.reason)}`);
  }
  return found;
}

describe('random histories', () => {
  it(
    `end as the model does (${String(RUNS)} runs, SEED=${String(SEED)})`,
    async () => {
      const property = fc.asyncProperty(histories().filter(isApart), async (history) => {
        const found = await differencesOf(history);
        if (found.length > 0) throw new Error(`${found.join('\n')}\n\n${describeHistory(history)}`);
      });
      const result = await fc.check(property, { seed: SEED, numRuns: RUNS });

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    RUNS * 2000,
  );
});
