/** Runs one history through a system, and returns everything that is wrong with its end state. */
import { differencesFromIdeal } from './compare.ts';
import { describeHistory, type History } from './histories.ts';
import { brokenInvariants } from './invariants.ts';
import { standingOfFirefish } from './standing.ts';
import type { SystemOptions, SystemUnderTest, Trouble } from './system.ts';
import { chanceOf } from './turns.ts';

/** What a history needs from a system. */
export type HistorySystem = Omit<SystemUnderTest, 'edit' | 'deleteCompany' | 'preview'>;

export async function differencesOf(
  history: History,
  makeSystem: (options: SystemOptions) => Promise<HistorySystem>,
  trouble?: Trouble,
): Promise<string[]> {
  const { seed, settings, workers, rush, chance, batches } = history;
  const system = await makeSystem({
    ...{ seed, settings, workers, random: chanceOf(chance) },
    ...(trouble === undefined ? {} : { trouble }),
  });
  for (const batch of batches) {
    await system.deliver(batch);
    if (!rush) await system.settle();
  }
  await system.settle();

  const standing = standingOfFirefish(system.simulatorState(), seed);
  const found = [...brokenInvariants(history, standing), ...differencesFromIdeal(history, standing)];
  for (const id of new Set(batches.flat().map((event) => event.id))) {
    const outcome = await system.outcome(id);
    if (outcome?.state === 'synced' || outcome?.state === 'skipped') continue;
    found.push(`${id} ended ${String(outcome?.state)}: ${String(outcome?.reason)}`);
  }
  return found;
}

/** For people to read, and to copy into `tests/model/regressions/` under a name that says what went wrong. */
export const describeFailure = (found: readonly string[], history: History): string =>
  [
    ...found,
    '',
    describeHistory(history),
    '',
    'to keep it: put this into tests/model/regressions/<what-went-wrong>.json',
    JSON.stringify(history),
  ].join('\n');
