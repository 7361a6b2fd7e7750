/**
 * Ids come from the sender, and are names of properties in a person's state. Inside the system, an id that is also a
 * property of every object (`constructor`, `__proto__`) gets a prefix.
 */
import type { EventId } from '../ids.ts';
import type { Event } from './event.ts';

const MARK = '%';

const spelledInside = (id: string): string =>
  id in Object.prototype || id.startsWith(MARK) ? MARK + id : id;

export const innerId = (id: string): EventId => spelledInside(id) as EventId;

/** As the sender wrote it. */
export const outerId = (id: string): string => (id.startsWith(MARK) ? id.slice(MARK.length) : id);

function withIds<E extends Event>(event: E, spell: (id: string) => string): E {
  const id = spell(event.id) as EventId;
  const candidateId = 'record' in event ? event.record.candidateId : undefined;
  if (!('record' in event) || candidateId === undefined) return { ...event, id };
  return { ...event, id, record: { ...event.record, candidateId: spell(candidateId) } };
}

export const withInnerIds = <E extends Event>(event: E): E => withIds(event, spelledInside);
export const withOuterIds = <E extends Event>(event: E): E => withIds(event, outerId);
