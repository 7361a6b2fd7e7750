/**
 * A preview shows what the event then does: after any history, for any event. The seed is fixed; `SEED` repeats a run,
 * `SOAK=n` draws a new one for n times as many.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SourceWhaleEvent } from '../support/former-event.ts';
import type { EventAction } from '../../lib/events/event-item.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import type { Previewed, PreviewedAction } from '../../lib/preview/previewed.ts';
import { ann, company, edit, note, say, seedOf } from './cases/case.ts';
import { describeHistory, histories, type History } from './histories.ts';
import { makeInProcessSystem, type SystemUnderTest } from './system.ts';
import { chanceOf } from './turns.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_124));
const RUNS = 25 * Math.max(1, SOAK);

/**
 * A record that does not exist yet has no Ref, whichever event creates it.
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

/** Someone deletes a record in Firefish: the nth of the existing ones. */
function deleteRecord(system: SystemUnderTest, number: number): void {
  const { candidates, contacts } = system.simulatorState();
  const there = [
    ...candidates.map((record) => ({ kind: 'candidate' as const, record })),
    ...contacts.map((record) => ({ kind: 'contact' as const, record })),
  ].filter(({ record }) => typeof record.EmailAddress === 'string');
  const one = there[number % there.length];
  if (one === undefined) return;
  system.edit(edit(0, one.kind, one.record.EmailAddress as string, 'delete')); // those with one were picked
}

/**
 * A push that meets a deleted record only after it has written another begins again, and then has nothing to send to
 * that one any more: of what it was to do its outcome may lack that.
 */
function isPartOf(said: string, done: string): boolean {
  const [head, actions = ''] = done.split(': ');
  const rest = actions.split('; ').filter((action) => action !== '' && !action.endsWith(' unchanged'));
  return said.startsWith(`${String(head)}: `) && rest.every((action) => said.includes(action));
}

/** @param deletions before each event, in turn, which record is deleted; none: -1 */
async function differencesOf(history: History, deletions: readonly number[] = [-1]): Promise<string[]> {
  const { seed, settings, chance, batches } = history;
  const system: SystemUnderTest = await makeInProcessSystem({
    ...{ seed, settings, workers: 1, random: chanceOf(chance) },
  });
  const found: string[] = [];
  const seen = new Set<string>();
  let hasDeleted = false;
  for (const event of batches.flat()) {
    if (seen.has(event.id)) continue;
    const deletion = deletions[seen.size % deletions.length] ?? -1;
    if (deletion >= 0) deleteRecord(system, deletion);
    hasDeleted ||= deletion >= 0;
    seen.add(event.id);
    const there = recordsIn(system);
    const before: Previewed | undefined = await system.preview(event);
    await system.deliver([event]);
    await system.settle();
    const after = await system.outcome(event.id);
    const said = `${String(before?.state)} ${String(before?.reason)}: ${comparable(before?.actions, there)}`;
    const done = `${String(after?.state)} ${String(after?.reason)}: ${comparable(after?.state === 'queued' ? [] : after?.actions, there)}`;
    if (said === done || (hasDeleted && isPartOf(said, done))) continue;
    found.push(`${event.id} was to be ${said} / was ${done}`);
  }
  return found;
}

describe('a preview', () => {
  it('finds a company by its id when an event gives it another name', async () => {
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
    `shows for any event, after any history, what the event then does (${RUNS} runs, SEED=${SEED})`,
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

  it(
    `shows the same if records were deleted in Firefish in between (${RUNS} runs, SEED=${SEED})`,
    async () => {
      const deletions = fc.array(fc.integer({ min: -5, max: 6 }), { minLength: 1, maxLength: 12 });
      const property = fc.asyncProperty(histories(12), deletions, async (history, deleted) => {
        const found = await differencesOf(history, deleted);
        if (found.length > 0)
          throw new Error(`${found.join('\n')}\n\n${describeHistory(history)}\n${deleted.join(' ')}`);
      });
      const result = await fc.check(property, { seed: SEED, numRuns: RUNS });

      expect(result.failed ? String(result.errorInstance) : '').toBe('');
    },
    120_000 + RUNS * 1_000,
  );
});

describe('a preview of records that were deleted in Firefish', () => {
  const start = (settings: Partial<Settings> = {}): Promise<SystemUnderTest> =>
    makeInProcessSystem({ ...{ seed: seedOf(), settings, workers: 1, random: chanceOf(7) } });
  const done = async (system: SystemUnderTest, event: SourceWhaleEvent): Promise<void> => {
    await system.deliver([event]);
    await system.settle();
  };

  it.each([
    [
      'pushed by hand',
      say('e2', 2, 'record.synced', ann()),
      'synced',
      undefined,
      /^candidate new created [^;]+$/,
    ],
    ['changed', say('e2', 2, 'record.updated', ann({ role: 'Lead' })), 'skipped', 'gone', /^$/],
    ['noted on', note('e2', 2, ann(), 'Called'), 'skipped', 'gone', /^$/],
  ] as const)(
    'shows for a person who is %s what the event then does',
    async (_, event, state, reason, actions) => {
      const system = await start();
      await done(system, say('e1', 1, 'record.created', ann()));
      system.edit(edit(1, 'candidate', 'ann@x.example', 'delete'));

      const there = recordsIn(system);
      const preview = await system.preview(event);

      expect([preview?.state, preview?.reason]).toEqual([state, reason]);
      expect(comparable(preview?.actions, there)).toMatch(actions);
      await done(system, event);
      expect(await system.outcome('e2')).toMatchObject({ state });
    },
  );

  it.each([
    ['is linked', 'c1'],
    ['is only remembered by its name', 'c2'],
  ])('shows that a company that %s is created again, which the event then does', async (_, id) => {
    const system = await start();
    const named = (eventId: string, of: string, website: string): SourceWhaleEvent =>
      company(eventId, 1, 'company.updated', { id: of, name: 'Acme', website });
    await done(system, named('e1', 'c1', 'https://one.example'));
    system.deleteCompany('Acme');
    const event = named('e2', id, 'https://two.example');

    const there = recordsIn(system);
    const preview = await system.preview(event);
    await done(system, event);

    expect(comparable(preview?.actions, there)).toBe('company new created Name Website');
    expect(await system.outcome('e2')).toMatchObject({
      state: 'synced',
      actions: [{ operation: 'created' }],
    });
  });
});
