/** What a push would plan of a person, down to the records that it would find deleted; and nothing done. */
import type { Kind } from '../events/event.ts';
import { companyFinder } from './company.ts';
import type { ReadContext } from './context.ts';
import type { Peeked } from './peek.ts';
import { matchedAnew, type RecordKey, recordKey, recordOf } from './person.ts';
import { type Plan, searchName } from './plan-types.ts';
import { type Planning, readAndPlan } from './read-and-plan.ts';
import { GoneError, type Known, nothingKnown, readProfile } from './read-facts.ts';

/** A push matches a few times anew, then comes back: it gets past more deleted records than anybody has. */
const ROUNDS = 10;

/** @param known what was searched for already. @throws FirefishError */
export async function planPeeked(
  context: ReadContext,
  peeked: Peeked,
  known: Known,
  planning: Planning,
): Promise<Plan> {
  const findCompany = companyFinder(context);
  let { person } = peeked;
  let facts = known;
  for (let round = 1; ; round += 1) {
    try {
      const planned = await readAndPlan(context, { ...peeked, person }, facts, planning, findCompany);
      await lookForGone(context, facts, planned);
      return planned;
    } catch (error) {
      if (!(error instanceof GoneError) || round === ROUNDS) throw error;
      person = matchedAnew(person, error.record);
      facts = nothingKnown();
    }
  }
}

/** A push sees that a record was deleted by writing it; here it is read, unless a search has just found it. */
async function lookForGone({ firefish }: ReadContext, facts: Known, { operations }: Plan): Promise<void> {
  const unseen = operations.flatMap((one): RecordKey[] => {
    const isWritten = one.do === 'note' || Object.keys(one.fields).length > 0;
    if (!isWritten || !('ref' in one)) return [];
    const { kind, ref } = one;
    return isSeen(facts, { kind, ref }) ? [] : [recordKey({ kind, ref })];
  });
  await Promise.all([...new Set(unseen)].map((record) => readProfile(firefish, recordOf(record))));
}

const isSeen = ({ profiles, searches }: Known, { kind, ref }: { kind: Kind; ref: number }): boolean =>
  profiles.has(recordKey({ kind, ref })) ||
  [...searches].some(
    ([name, rows]) => name.startsWith(searchName(kind, '')) && rows.some(({ Ref }) => Ref === ref),
  );
