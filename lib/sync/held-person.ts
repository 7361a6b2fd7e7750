/** What a person under a lease becomes by what events say of who they are, and by turning out to be another one. */
import type { Identity } from './leads.ts';
import type { HeldPerson } from './person-lease.ts';
import { heardOf, mergePersons } from './person.ts';
import { earlier, eventIdOf, NOT_YET } from './stamp.ts';

/**
 * Ids and addresses that one person may have: far more than anybody has. What leads to more is an address that a whole
 * list of people was given, and their one item would grow until no table takes it.
 */
export const MOST_NAMES = 500;

export class TooManyNamesError extends Error {
  override name = 'TooManyNamesError';
  constructor() {
    super(`too many names: more than ${MOST_NAMES} ids and addresses would be one person`);
  }
}

/** @throws TooManyNamesError where what is new makes them too many */
export function refuseTooMany(named: readonly HeldPerson[], before?: HeldPerson): void {
  const count = ({ state }: HeldPerson): number =>
    Object.keys(state.candidateIds).length + Object.keys(state.addresses).length;
  const names = named.reduce((sum, held) => sum + count(held), 0);
  if (names > MOST_NAMES && (before === undefined || names > count(before))) throw new TooManyNamesError();
}

/** The person with what these identities add: ids, addresses, and since when. */
export function withIdentities(held: HeldPerson, identities: readonly Identity[]): HeldPerson {
  const candidateIds = { ...held.state.candidateIds };
  const addresses = { ...held.state.addresses };
  const texts = { ...held.texts };
  const unreached = new Set(held.state.unreached);
  for (const { stamp, candidateId, addresses: said, wrong, finds } of identities) {
    if (candidateId !== undefined) {
      candidateIds[candidateId] = earlier(candidateIds[candidateId] ?? stamp, stamp);
    }
    for (const { text, hash, domainHash } of wrong === undefined ? said : [...said, wrong]) {
      const address = addresses[hash];
      if (address === undefined) unreached.add(hash);
      const since = earlier(address?.since ?? NOT_YET, finds === undefined ? stamp : NOT_YET);
      addresses[hash] = { domainHash, ...address, since };
      texts[hash] = text;
    }
  }
  const state = { ...held.state, candidateIds, addresses, unreached: [...unreached] };
  return {
    ...held,
    state: heardOf(
      state,
      identities.map(({ stamp }) => eventIdOf(stamp)),
    ),
    texts,
  };
}

/** One person who was known as two. */
export const mergeHeld = (into: HeldPerson, from: HeldPerson): HeldPerson => ({
  ...into,
  state: mergePersons(into.state, from.state),
  texts: { ...into.texts, ...from.texts },
});

/** The person that stays when several are one: who has records in Firefish, else the smallest id. */
export const heirFirst = (a: HeldPerson, b: HeldPerson): number =>
  Number(b.state.records.length > 0) - Number(a.state.records.length > 0) ||
  (a.state.personId < b.state.personId ? -1 : 1);
