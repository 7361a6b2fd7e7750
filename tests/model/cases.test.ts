/** The hand-made cases against the real system in process: as they are listed, and in the opposite order. */
import { describe, expect, it } from '@jest/globals';
import type { SourceWhaleEvent } from '../support/former-event.ts';
import { CASES } from './cases.ts';
import { isEdit, seedOf, type Case } from './cases/case.ts';
import { differencesFromExpected } from './expected.ts';
import { standingOfFirefish } from './standing.ts';
import { makeInProcessSystem, type SystemUnderTest } from './system.ts';
import { chanceOf } from './turns.ts';

const makeFor = (one: Case, workers: number): Promise<SystemUnderTest> =>
  makeInProcessSystem({
    seed: seedOf(one.seed),
    settings: one.settings ?? {},
    workers,
    random: chanceOf(7),
  });

async function deliverEach(system: SystemUnderTest, steps: Case['steps']): Promise<void> {
  for (const step of steps) {
    if (isEdit(step)) system.edit(step);
    else await system.deliver([step]);
    await system.settle();
  }
}

async function differences(system: SystemUnderTest, one: Case): Promise<string[]> {
  const standing = standingOfFirefish(system.simulatorState(), seedOf(one.seed));
  const found = differencesFromExpected(standing, one.expected);
  for (const [id, { state, reason }] of Object.entries(one.outcomes ?? {})) {
    const outcome = await system.outcome(id);
    if (outcome?.state !== state)
      found.push(`${id} is ${String(outcome?.state)} (${String(outcome?.reason)}), should be ${state}`);
    else if (reason !== undefined && !reason.test(outcome.reason ?? '')) {
      found.push(`${id} gives "${String(outcome.reason)}" as its reason, should give ${String(reason)}`);
    }
  }
  return found;
}

describe('the system ends as expected if the events arrive one after the other', () => {
  it.each(CASES)('$name', async (one) => {
    const system = await makeFor(one, 1);

    await deliverEach(system, one.steps);

    expect(await differences(system, one)).toEqual([]);
  });
});

describe('the system ends as expected if the last event arrives first', () => {
  // The order of arrival decides who is created first; with edits of records the order is fixed.
  const reversible = CASES.filter(
    ({ steps, expected }) =>
      steps.length > 1 &&
      !steps.some(isEdit) &&
      new Set(
        [...(expected.candidates ?? []), ...(expected.contacts ?? [])].map(({ fields }) => fields['Ref']),
      ).size <= 1,
  );
  it.each(reversible)('$name', async (one) => {
    const system = await makeFor(one, 1);

    await deliverEach(system, one.steps.toReversed());

    const candidates = one.expected.candidates?.toReversed() ?? [];
    const asListed = await differences(system, { ...one, outcomes: {} });
    const asMade = await differences(system, {
      ...one,
      expected: { ...one.expected, candidates },
      outcomes: {},
    });
    expect(asListed.length === 0 ? asListed : asMade).toEqual([]);
  });
});

describe('the system ends as expected if everything arrives at once at eight workers', () => {
  it.each(CASES.filter(({ steps }) => !steps.some(isEdit)))('$name', async (one) => {
    const system = await makeFor(one, 8);

    await system.deliver(one.steps as SourceWhaleEvent[]); // no edits among them
    await system.settle();

    expect(await differences(system, { ...one, outcomes: {} })).toEqual([]);
  });
});
