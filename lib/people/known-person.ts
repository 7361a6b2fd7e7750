/** A person as the turn would find and plan them now; nothing is written and nothing is locked. For previews. */
import { GoneError } from '../apply/application.ts';
import { consentSaid, optOutsOf } from '../plan/consent.ts';
import { matchedAgain, recordKey, type RecordKey } from '../plan/person-state.ts';
import { writes } from '../plan/plan.ts';
import type { Plan, PlanInput } from '../plan/types.ts';
import { checkLinks } from './check-links.ts';
import { combined, findPeople } from './find-people.ts';
import type { Identity } from './identity-index.ts';
import type { ReadContext } from './person-store.ts';
import { allInOrder, FactFinder, type FactReader, type PlannedPerson, type Searched } from './read-facts.ts';

/** The turn matches a few times again, then comes back: it gets past more deleted records than any person has. */
const ROUNDS = 10;

/** @throws TooManyNamesError if the turn would refuse so many ids and addresses of one person */
export async function readKnownPerson(
  context: ReadContext,
  identities: readonly Identity[],
): Promise<PlannedPerson> {
  const found = await findPeople(context, identities);
  const state = { ...combined(found, identities), absorbing: [] };
  return { state, ids: new Set([state.personId, ...found.persons.keys()]) };
}

/** @param searched what was searched for already. @throws FirefishError */
export async function planPerson(
  context: ReadContext,
  reader: FactReader,
  person: PlannedPerson,
  planning: Pick<PlanInput, 'events' | 'consents' | 'reachAll'>,
  searched?: Searched,
): Promise<Plan> {
  const finder = new FactFinder(context, reader);
  const optOuts = optOutsOf([planning.consents, ...planning.events.map(({ event }) => consentSaid(event))]);
  let state = await checkLinks(context, reader.firefish, person.state);
  if (searched !== undefined) await finder.alreadySearched(person, searched);
  for (let round = 1; ; round += 1) {
    try {
      const planned = await finder.plan(
        { ...person, state },
        { ...planning, optOuts, early: new Set(), refused: new Set() },
      );
      await readUnseen(finder, planned);
      return planned;
    } catch (error) {
      if (!(error instanceof GoneError) || round === ROUNDS) throw error;
      state = matchedAgain(state, error.record);
      finder.forget();
    }
  }
}

/** The turn sees that a record was deleted by writing it; here it is read, unless a search has just found it. */
async function readUnseen(finder: FactFinder, { operations }: Plan): Promise<void> {
  const { profiles, searches } = finder.facts;
  const found = new Set(
    [...searches].flatMap(([name, rows]) => rows.map(({ Ref }) => `${name.split(' ')[0] ?? ''}:${Ref}`)),
  );
  const unseen = operations.flatMap((one): RecordKey[] => {
    if (!writes(one) || !('ref' in one)) return [];
    const key = recordKey({ kind: one.kind, ref: one.ref });
    return profiles.has(key) || found.has(key) ? [] : [key];
  });
  // The turn writes in the order of the operations.
  await allInOrder([...new Set(unseen)].map((key) => finder.readProfile(key)));
}
