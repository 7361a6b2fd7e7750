/** How many records a person can have, and which of the earlier ones, depending on the order of arrival. */
import type { Kind } from '../../../lib/events/event.ts';
import { companyNameKey } from '../../../lib/names/company-name.ts';
import { emailAddresses } from '../../support/former-event.ts';
import { addressOf } from '../ideal.ts';
import type { Person } from '../person.ts';
import type { StandingRecord } from '../standing.ts';
import { eventsOf, makersAlone, originally, type Scene } from './scene.ts';

/** What one person's history allows. */
export interface Bounds {
  leastMade: number;
  mostMade: number;
  kinds: Set<Kind>;
  /** The earlier records that one of the person's addresses has led to. */
  matching: StandingRecord[];
}

export function boundsOf(scene: Scene, person: Person): Bounds {
  const matching = scene.standing.records.filter(
    (record) =>
      !record.made &&
      scene.settings.mergeWithExisting &&
      person.addresses.has(addressOf({ fields: originally(scene, record) })),
  );
  const led = new Set(matching.map((record) => addressOf({ fields: originally(scene, record) })));
  const lists = new Map([...person.ids].map((id): [string, string[][]] => [id, []]));
  for (const { record } of eventsOf(scene, person)) {
    const addresses = emailAddresses(record);
    if (addresses.length > 0) lists.get(record.candidateId)?.push(addresses);
  }
  const able = [...lists.values()].filter((all) => all.some((list) => !list.some((one) => led.has(one))));
  const creates = makersAlone(scene, person).length > 0;
  const modelMade = [...person.records].some(({ made }) => made);
  return {
    leastMade: modelMade && matching.length === 0 ? 1 : 0,
    // In order of `occurredAt` the halves may have met too late for an event that could have made a record.
    mostMade:
      creates || losesItsCompany(scene, person) || (person.ids.size > 1 && permits(scene, person))
        ? apart(able)
        : 0,
    kinds: new Set(
      eventsOf(scene, person)
        .filter(({ type }) => /^(record|campaign)/.test(type))
        .map(({ record }) => record.kind),
    ),
    matching,
  };
}

/**
 * Whether an older event may come late and name a company that Firefish lacks: in order of `occurredAt` it would have
 * kept a contact from being made, since there is none, if no company may be made.
 */
const losesItsCompany = (scene: Scene, person: Person): boolean =>
  !scene.settings.createCompanies &&
  new Set(
    eventsOf(scene, person)
      .filter(({ record }) => record.kind === 'contact')
      .map(({ record }) => companyNameKey(record.company ?? ''))
      .filter((name) => name !== ''),
  ).size > 1;

/** Whether two parts of a person, each of which lacks something, can have everything after they are joined. */
function permits(scene: Scene, person: Person): boolean {
  const { addWhen } = scene.settings;
  return eventsOf(scene, person).some(
    ({ type, record }) =>
      /^(record|campaign)/.test(type) && (type === 'record.synced' || addWhen[record.kind] !== 'never'),
  );
}

/**
 * How many of these ids can each have their own record before anything joins them: the most of which
 * every two have listed addresses, at some time, of which none is shared.
 */
function apart(lists: readonly (readonly string[][])[]): number {
  const disjoint = (a: readonly string[][], b: readonly string[][]): boolean =>
    a.some((one) => b.some((other) => !one.some((address) => other.includes(address))));
  let most = 0;
  for (let chosen = 0; chosen < 1 << lists.length; chosen += 1) {
    const some = lists.filter((_, index) => (chosen & (1 << index)) !== 0);
    const apart = some.every((one, index) => some.slice(index + 1).every((other) => disjoint(one, other)));
    if (apart) most = Math.max(most, some.length);
  }
  return most;
}
