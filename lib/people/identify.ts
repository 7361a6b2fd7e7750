/**
 * Takes the one person that identities are about in hand: locked, with everything that leads to them written, and
 * merged where they were known as several. Each step can be the last before a crash:
 * address entries → (of a merge) the heir with all state and `absorbing` → tombstones → entries of the others → the
 * person's next save, without `absorbing`.
 */
import { mergePersons, type PersonState } from '../plan/person-state.ts';
import { addressEntryKey } from '../store/sync-keys.ts';
import { ConflictError } from '../store/table.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { combined, findPeople, type Found, inOrderOfHeirs } from './find-people.ts';
import { type Identity, moveEntries, ownedBy, ownersOf } from './identity-index.ts';
import { buryPerson, copyItems, type Held, nameHeir, removeItems, savePerson } from './person-store.ts';

/** The lock on a person within the turn. */
export const personLock = (personId: string): string => `person ${personId}`;

/**
 * @param work is given the person with all that the identities say, and as they are stored
 * @param first what `findPeople` has just said of the identities
 * @param beginNew called before anything is written of a person who is new; what it throws passes on
 * @throws TooManyNamesError if that would be too many ids and addresses; nothing is written then
 */
export async function withPerson<T>(
  context: TurnContext,
  identities: readonly Identity[],
  work: (person: PersonState, held: Held) => Promise<T>,
  { first, beginNew }: { first?: Found; beginNew?: () => Promise<void> } = {},
): Promise<T> {
  let ids = idsOf(first ?? (await findPeople(context, identities)));
  for (;;) {
    const locked: ReadonlySet<string> = ids;
    const done = await context.locks.hold([...locked].sort().map(personLock), async () => {
      // Another group may have merged or named them meanwhile.
      const found = await findPeople(context, identities);
      ids = idsOf(found);
      if (!ids.isSubsetOf(locked)) return undefined;
      try {
        const person = combined(found, identities);
        if (inOrderOfHeirs(found)[0].version === 0) await beginNew?.();
        if (found.left !== undefined) await leave(context, found.left);
        const held = await leadToOne(context, found);
        return { result: await work({ ...person, absorbing: [] }, held) };
      } catch (error) {
        if (error instanceof EntryTakenError) return undefined;
        throw error;
      }
    });
    if (done !== undefined) return done.result;
    ids = new Set([...ids, ...locked]);
  }
}

/** Another group has made an address lead to another person: it is looked at again. */
class EntryTakenError extends Error {
  override name = 'EntryTakenError';
}

const idsOf = ({ persons, newIds, unknown, left }: Found): Set<string> =>
  new Set([
    ...persons.keys(),
    ...newIds,
    ...unknown,
    ...(left === undefined ? [] : [left.person.state.personId]),
  ]);

/** The person without an id that was theirs while it had no name. Until the id's own state is saved, this repeats. */
async function leave(
  context: TurnContext,
  { person, candidateId }: NonNullable<Found['left']>,
): Promise<void> {
  const candidateIds = person.state.candidateIds.filter((id) => id !== candidateId);
  await savePerson(context, person, { ...person.state, candidateIds });
}

/** Writes what makes all identities lead to the heir, and the merge. */
async function leadToOne(context: TurnContext, found: Found): Promise<Held> {
  const { table } = context;
  const [heir, ...others] = inOrderOfHeirs(found);
  const { personId } = heir.state;
  for (const { address, entry } of found.unowned) {
    const flagged = entry?.flagged === undefined ? {} : { flagged: entry.flagged };
    const owners = ownedBy([...ownersOf(entry), personId]);
    try {
      await table.put({ ...address.key, ...owners, ...flagged }, entry?.version ?? 'absent');
    } catch (error) {
      throw error instanceof ConflictError ? new EntryTakenError() : error;
    }
  }
  for (const id of found.newIds) if (id !== personId) await nameHeir(context, id, personId);
  return others.length === 0 && heir.state.absorbing.length === 0 ? heir : absorb(context, heir, others);
}

/** What was begun by an earlier turn is done again from the start; each step done twice is harmless. */
async function absorb(context: TurnContext, heir: Held, others: readonly Held[]): Promise<Held> {
  const { tenant, table } = context;
  const { personId } = heir.state;
  const merged = others.reduce((person, { state }) => mergePersons(person, state), heir.state);
  const held = await savePerson(context, heir, merged);
  for (const id of merged.absorbing) await copyItems(context, id, personId);
  for (const other of others) await buryPerson(context, other, personId);
  const keys = Object.entries(merged.addresses).map(([hash, { domainHash }]) =>
    addressEntryKey(tenant.tenantId, domainHash, hash),
  );
  await moveEntries(table, keys, new Set(merged.absorbing), personId);
  for (const id of merged.absorbing) await removeItems(context, id);
  return held;
}
