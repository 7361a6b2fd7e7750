/**
 * Ids come from the sender, and are names of properties in a person's state. One that every object has by itself
 * (`constructor`, `__proto__`) is spelled with a mark in front inside the system, so that it names nothing else.
 */
import type { SourceWhaleEvent } from './former-event.ts';

const MARK = '%';

export const innerId = (id: string): string =>
  id in Object.prototype || id.startsWith(MARK) ? MARK + id : id;

/** As the sender wrote it. */
export const outerId = (id: string): string => (id.startsWith(MARK) ? id.slice(MARK.length) : id);

function withIds<Event extends SourceWhaleEvent>(event: Event, spell: (id: string) => string): Event {
  const id = spell(event.id);
  if (!('record' in event)) return { ...event, id };
  return { ...event, id, record: { ...event.record, candidateId: spell(event.record.candidateId) } };
}

export const withInnerIds = <Event extends SourceWhaleEvent>(event: Event): Event => withIds(event, innerId);
export const withOuterIds = <Event extends SourceWhaleEvent>(event: Event): Event => withIds(event, outerId);
