/**
 * What must hold whatever the model says. These rules use only the events and the state of Firefish, and are so simple
 * that they cannot share an error with the model. They find fewer errors than the model, but never report a wrong one.
 */
import { CHANNELS, type MarketingChannel } from '../../lib/events/event.ts';
import type { SourceWhaleEvent } from '../support/former-event.ts';
import { domainOf } from '../../lib/events/reading/addresses.ts';
import { emailAddresses } from '../support/former-event.ts';
import type { History } from './histories.ts';
import { addressOf, MARKETING_FIELD } from './ideal.ts';
import type { Standing, StandingRecord } from './standing.ts';

/** Whether an event is an opt-in or opt-out of a channel. */
export const speaksOf = (event: SourceWhaleEvent, channel: MarketingChannel, word: 'out' | 'in'): boolean => {
  if (!event.type.endsWith(`.opted_${word}`)) return false;
  const channels = 'marketing' in event ? (event.marketing.channels ?? []) : [];
  return channels.length === 0 || channels.includes(channel);
};

/** Whether an opt-in or opt-out is about an address. */
export const reaches = (event: SourceWhaleEvent, address: string): boolean =>
  'domain' in event
    ? event.domain.toLowerCase() === domainOf(address)
    : 'record' in event && emailAddresses(event.record).includes(address);

export const isLater = (a: SourceWhaleEvent, b: SourceWhaleEvent): boolean =>
  a.occurredAt > b.occurredAt || (a.occurredAt === b.occurredAt && a.id > b.id);

/** An opt-out of the very address on the record, and no opt-in of anyone after it. */
function lostOptOuts(events: readonly SourceWhaleEvent[], record: StandingRecord): string[] {
  const address = addressOf(record);
  if (address === '') return [];
  const flagged = events.some(
    (event) => event.type === 'email.flagged' && event.email.toLowerCase() === address,
  );
  return CHANNELS.flatMap((channel) => {
    const field = MARKETING_FIELD[record.kind][channel];
    const out = events.find(
      (event) =>
        speaksOf(event, channel, 'out') &&
        reaches(event, address) &&
        !events.some((other) => speaksOf(other, channel, 'in') && isLater(other, event)),
    );
    if (field === undefined || out === undefined || flagged || record.fields[field] === false) return [];
    return [`${record.kind} ${String(record.ref)}: the opt-out ${out.id} of ${channel} is lost`];
  });
}

/** A person who shares no address has at most one record that the system created. */
function doubles(events: readonly SourceWhaleEvent[], records: readonly StandingRecord[]): string[] {
  const listed = new Map<string, Set<string>>();
  for (const event of events) {
    if (!('record' in event)) continue;
    const known = listed.get(event.record.candidateId) ?? new Set();
    listed.set(event.record.candidateId, known.union(new Set(emailAddresses(event.record))));
  }
  return [...listed].flatMap(([id, addresses]) => {
    const shared = [...listed].some(([other, theirs]) => other !== id && !theirs.isDisjointFrom(addresses));
    const made = records.filter((record) => record.made && addresses.has(addressOf(record)));
    return !shared && made.length > 1 ? [`${id} has ${String(made.length)} new records`] : [];
  });
}

/** The texts of notes have their event's id, so each can occur only once in Firefish. */
function repeatedNotes(events: readonly SourceWhaleEvent[], records: readonly StandingRecord[]): string[] {
  const notes = records.flatMap((record) => record.notes);
  return [...new Set(events.map(({ id }) => id))].flatMap((id) => {
    const times = notes.filter((text) => text.includes(`<${id}>`)).length;
    return times > 1 ? [`the note of ${id} is there ${String(times)} times`] : [];
  });
}

export function brokenInvariants({ batches }: History, { records }: Standing): string[] {
  const events = batches.flat();
  return [
    ...records.flatMap((record) => lostOptOuts(events, record)),
    ...doubles(events, records),
    ...repeatedNotes(events, records),
  ];
}
