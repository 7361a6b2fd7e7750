import type { PersonName } from '../names/person-names.ts';
import type { NamedPerson } from './event.ts';

/** The person's name in an event, for comparison; without members if the event has none. */
export const personNameOf = ({
  firstName,
  lastName,
  oneWordName,
}: Pick<NamedPerson, 'firstName' | 'lastName' | 'oneWordName'>): PersonName => ({
  ...(firstName !== undefined && { first: firstName }),
  ...(lastName !== undefined && { last: lastName }),
  ...(oneWordName !== undefined && { full: oneWordName }),
});
