/** What the events in hand say of who the person is: addresses, flags, campaign steps. */
import {
  type CampaignStage,
  CREATING_STAGES,
  type FieldEvent,
  type Kind,
  type PersonEvent,
} from '../events/event.ts';
import { flagPhone, phoneHash } from './phone-flags.ts';
import { type PersonState, withList } from './person-state.ts';
import type { InHand, PlanInput } from './types.ts';
import { earlier, type EventOrder } from '../events/event-order.ts';

/** Events that say fields of the person and may create them. */
export const saysFields = (event: PersonEvent): event is FieldEvent =>
  event.type.startsWith('record.') || CREATING_STAGES.some((stage) => stage === campaignStep(event));

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
  return withList({ ...person, steps }, { id: event.record.candidateId ?? '', order, hashes: addresses });
}

function flagAddress(person: PersonState, hash: string, order: EventOrder): PersonState {
  const address = person.addresses[hash];
  if (address === undefined) return person;
  const flagged = earlier(address.flagged ?? order, order);
  return { ...person, addresses: { ...person.addresses, [hash]: { ...address, flagged } } };
}
