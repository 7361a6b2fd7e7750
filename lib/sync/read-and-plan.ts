/** Plans, reads what the plan says it must know, and plans again, until there is a plan. */
import type { PersonEvent } from '../events/event.ts';
import type { FindCompany } from './company.ts';
import type { ReadContext } from './context.ts';
import type { Words } from './marketing.ts';
import type { Peeked } from './peek.ts';
import type { PersonState } from './person.ts';
import { plan } from './plan.ts';
import type { Plan, PlanInput } from './plan-types.ts';
import { type Known, readFacts } from './read-facts.ts';

/** What is planned for, beside the person. */
export type Planning = Pick<PlanInput, 'events' | 'words' | 'reachAll'>;

/**
 * @param claim the person, claimed or only looked at
 * @param facts what is known already; what is read comes to it
 * @throws FirefishError, GoneError
 */
export async function readAndPlan(
  context: ReadContext,
  claim: Peeked,
  facts: Known,
  planning: Planning,
  findCompany: FindCompany,
): Promise<Plan> {
  const { tenant, clock } = context;
  const { person, texts } = claim;
  const hash = (value: string): string => tenant.hash(value);
  for (;;) {
    const now = clock.now();
    const planned = plan({ ...planning, person, texts, facts, settings: tenant.settings, hash, now });
    if ('plan' in planned) return planned.plan;
    await readFacts(context, claim, facts, planned.needs, findCompany);
  }
}

/** Whether words must reach every record with one of the addresses: news of them, or an opt-out that has not yet. */
export const mustReachAll = (events: readonly PersonEvent[], person: PersonState, words: Words): boolean =>
  events.some((event) => 'marketing' in event) ||
  (person.unreached.length > 0 && Object.values(words).some(({ optedOut }) => optedOut));
