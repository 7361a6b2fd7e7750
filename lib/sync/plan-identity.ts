/** What the events in hand say of who the person is: addresses, flags, campaign steps. */
import type { PersonEvent } from '../events/event.ts';
import { phoneIdentity } from './phone-flags.ts';
import type { CampaignStep } from '../tenants/settings.ts';
import { liveAddresses, type PersonState } from './person.ts';
import type { InHand, PlanInput } from './plan-types.ts';
import { earlier, type Stamp } from './stamp.ts';

export type RecordEvent = Extract<PersonEvent, { type: `record.${string}` | `campaign.${string}` }>;

/** Events that say fields of the person and may create them. */
export const saysFields = (event: PersonEvent): event is RecordEvent =>
  event.type.startsWith('record.') || event.type.startsWith('campaign.');

export const campaignStep = (event: PersonEvent): CampaignStep | undefined =>
  'campaign' in event ? (event.type.slice('campaign.'.length) as CampaignStep) : undefined;

/** What is known of the person once these events are counted. */
export function foldIdentity({
  person,
  events,
  hash,
}: Pick<PlanInput, 'person' | 'events' | 'hash'>): PersonState {
  return events.reduce((known, inHand) => foldOne(known, inHand, hash), person);
}

function foldOne(
  person: PersonState,
  { event, stamp, addresses, flagged }: InHand,
  hash: PlanInput['hash'],
): PersonState {
  if (event.type === 'phone.flagged') {
    const phone = hash(phoneIdentity(event.phone, event.record.country));
    const flaggedPhones = {
      ...person.flaggedPhones,
      [phone]: earlier(person.flaggedPhones[phone] ?? stamp, stamp),
    };
    return { ...person, flaggedPhones };
  }
  if (event.type === 'email.flagged')
    return flagged === undefined ? person : flagAddress(person, flagged, stamp);
  if (!saysFields(event)) return person;
  const step = event.type === 'record.synced' ? 'synced' : campaignStep(event);
  const steps =
    step === undefined
      ? person.steps
      : { ...person.steps, [step]: earlier(person.steps[step] ?? stamp, stamp) };
  const newer = addresses.length > 0 && stamp > (person.emails?.stamp ?? '');
  return { ...person, steps, ...(newer ? { emails: { stamp, hashes: addresses } } : {}) };
}

function flagAddress(person: PersonState, hash: string, stamp: Stamp): PersonState {
  const address = person.addresses[hash];
  if (address === undefined) return person;
  const flagged = earlier(address.flagged ?? stamp, stamp);
  return { ...person, addresses: { ...person.addresses, [hash]: { ...address, flagged } } };
}

/**
 * The address that the person's records should have: the newest list's first that is not wrong, else any other.
 * None as long as nobody listed any: an event that changes no field puts none on a record.
 */
export const primaryAddress = (person: PersonState): string | undefined =>
  person.emails === undefined ? undefined : nextAddress(person);

/** What takes the place of a wrong address, whoever named it; none where none is known. */
export function nextAddress(person: PersonState): string | undefined {
  const live = new Set(liveAddresses(person));
  const listed = person.emails?.hashes.find((hash) => live.has(hash));
  if (listed !== undefined) return listed;
  const since = (hash: string): string => person.addresses[hash]?.since ?? '';
  return [...live].sort((a, b) => (since(a) < since(b) ? -1 : since(a) > since(b) ? 1 : a < b ? -1 : 1))[0];
}
