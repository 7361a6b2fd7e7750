/** What the events in hand say of who the person is: addresses, flags, campaign steps. */
import type { CampaignStage, EndStage, FieldEvent, Kind, PersonEvent } from '../events/event.ts';
import { flagPhone, phoneHash } from './phone-flags.ts';
import { type AddressList, liveAddresses, type PersonState } from './person-state.ts';
import type { InHand, PlanInput } from './types.ts';
import { earlier, type EventOrder, FROM_THE_BEGINNING } from '../events/event-order.ts';

const END_STAGES: readonly string[] = ['not_interested', 'bounced', 'finished'] satisfies readonly EndStage[];

/** Events that say fields of the person and may create them. */
export const saysFields = (event: PersonEvent): event is FieldEvent =>
  event.type.startsWith('record.') ||
  ('campaign' in event && !END_STAGES.includes(campaignStep(event) ?? ''));

/** Of which kind SourceWhale takes the person to be; a candidate where it does not say. */
export const kindOf = ({ record }: PersonEvent): Kind => record.kind ?? 'candidate';

export const campaignStep = (event: PersonEvent): CampaignStage | undefined =>
  'campaign' in event ? (event.type.slice('campaign.'.length) as CampaignStage) : undefined;

/** What is known of the person once these events are counted. */
export function foldIdentity({
  person,
  events,
  hash,
}: Pick<PlanInput, 'person' | 'events' | 'hash'>): PersonState {
  return events.reduce((known, inHand) => foldEvent(known, inHand, hash), person);
}

/** What is known of the person once this event is counted. */
export function foldEvent(
  person: PersonState,
  { event, order, addresses, flagged }: InHand,
  hash: PlanInput['hash'],
): PersonState {
  if (event.type === 'phone.flagged') {
    const phone = phoneHash(hash, event.phone, event.record.country);
    return flagPhone(person, phone);
  }
  if (event.type === 'email.flagged')
    return flagged === undefined ? person : flagAddress(person, flagged, order);
  if (!saysFields(event)) return person;
  const step = event.type === 'record.synced' ? 'synced' : campaignStep(event);
  const steps =
    step === undefined
      ? person.steps
      : { ...person.steps, [step]: earlier(person.steps[step] ?? order, order) };
  return withList({ ...person, steps }, event.record.candidateId ?? '', { order, hashes: addresses });
}

/** An empty list says nothing: it never blanks an address. */
function withList(person: PersonState, candidateId: string, list: AddressList): PersonState {
  if (list.hashes.length === 0) return person;
  const addresses = { ...person.addresses };
  for (const hash of list.hashes) {
    const address = addresses[hash];
    if (address !== undefined) addresses[hash] = { ...address, listed: true };
  }
  const isNewer = list.order > (person.lists[candidateId]?.order ?? FROM_THE_BEGINNING);
  return {
    ...{ ...person, addresses },
    ...(isNewer && { lists: { ...person.lists, [candidateId]: list } }),
  };
}

function flagAddress(person: PersonState, hash: string, order: EventOrder): PersonState {
  const address = person.addresses[hash];
  if (address === undefined) return person;
  const flagged = earlier(address.flagged ?? order, order);
  return { ...person, addresses: { ...person.addresses, [hash]: { ...address, flagged } } };
}

/**
 * The address that a record without one gets: the newest list's first that is not wrong, else any other. None as long
 * as nobody listed any: an event that changes no field puts none on a record.
 */
export const primaryAddress = (person: PersonState): string | undefined =>
  Object.keys(person.lists).length === 0 ? undefined : nextAddress(person);

/**
 * What takes the place of an address that goes: of the newest list, else of the others, else one that no list names,
 * last one that was dropped. None where none is known.
 */
export function nextAddress(person: PersonState): string | undefined {
  const live = new Set(liveAddresses(person));
  const lists = Object.values(person.lists).sort((a, b) => (a.order > b.order ? -1 : 1));
  const listed = lists.flatMap(({ hashes }) => hashes).find((hash) => live.has(hash));
  if (listed !== undefined) return listed;
  const place = (hash: string): string => {
    const { listed: isDropped = false, since = '' } = person.addresses[hash] ?? {};
    return `${Number(isDropped)} ${since} ${hash}`;
  };
  return [...live].sort((a, b) => (place(a) < place(b) ? -1 : 1))[0];
}
