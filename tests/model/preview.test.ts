/**
 * A preview says what a push then does: after any history, of any event. The seed is fixed; `SEED` repeats a run,
 * `SOAK=n` draws a new one for n times as many.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventAction } from '../../lib/events/stored-event.ts';
import type { Previewed, PreviewedAction } from '../../lib/sync/previewed.ts';
import { company, seedOf } from './cases/case.ts';
import { describeHistory, histories, type History } from './histories.ts';
import { makeInProcessSystem, type SystemUnderTest } from './system.ts';
import { chanceOf } from './turns.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_124));
const RUNS = 25 * Math.max(1, SOAK);

/**
 * A record that does not exist yet has no Ref to be named by, whichever event the push makes it for.
 * @param there what was in Firefish when the preview was made: `candidate 1`
 */
const comparable = (actions: readonly (EventAction | PreviewedAction)[] = [], there: Set<string>): string =>
  actions
    .map(({ entity, ref, operation, fields = [] }) => {
      const which = there.has(`${entity} ${ref}`) ? ref : 'new';
      return `${entity} ${which} ${operation} ${[...fields].sort().join(' ')}`;
    })
    .sort()
    .join('; ');

function recordsIn(system: SystemUnderTest): Set<string> {
  const { candidates, contacts, companies } = system.simulatorState();
  const refs = (entity: string, records: readonly { Ref: number }[]): string[] =>
    records.map(({ Ref }) => `${entity} ${Ref}`);
  return new Set([
    ...refs('candidate', candidates),
    ...refs('contact', contacts),
    ...refs('company', companies),
  ]);
}

async function differencesOf(history: History): Promise<string[]> {
  const { seed, settings, chance, batches } = history;
  const system: SystemUnderTest = await makeInProcessSystem({
    ...{ seed, settings, workers: 1, random: chanceOf(chance) },
  });
  const found: string[] = [];
  const seen = new Set<string>();
  for (const event of batches.flat()) {
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    const there = recordsIn(system);
    const before: Previewed | undefined = await system.preview(event);
    await system.deliver([event]);
    await system.settle();
    const after = await system.outcome(event.id);
    const said = `${String(before?.state)} ${String(before?.reason)}: ${comparable(before?.actions, there)}`;
    const done = `${String(after?.state)} ${String(after?.reason)}: ${comparable(after?.actions, there)}`;
    if (said !== done) found.push(`${event.id} was to be ${said} / was ${done}`);
  }
  return found;
}

describe('a preview', () => {
  it('knows a company by its id when it gets another name', async () => {
    const named = (id: string, name: string) => company(id, 1, 'company.updated', { id: 'c1', name });
    const system = await makeInProcessSystem({
      ...{ seed: seedOf(), settings: {}, workers: 1, random: chanceOf(7) },
    });
    await system.deliver([named('e1', 'Acme')]);
    await system.settle();

    const preview = await system.preview(named('e2', 'Acme Group'));

    expect(preview?.actions).toEqual([{ entity: 'company', ref: 1, operation: 'updated', fields: ['Name'] }]);
  });

  it(
    `says of any event, after any history, what a push then does (${RUNS} runs, SEED=${SEED})`,
    async () => {
      const property = fc.asyncProperty(histories(12), async (history) => {
        const found = await differencesOf(history);
        if (found.length > 0) throw new Error(`${found.join('\n')}\n\n${describeHistory(history)}`);
      });
      const result = await fc.check(property, { seed: SEED, numRuns: RUNS });

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    120_000 + RUNS * 1_000,
  );
});
