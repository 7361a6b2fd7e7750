import type { PersonName } from '../people/names.ts';
import type { NamedPerson } from './event.ts';

/** The name that an event says of its person, for comparing; no member at all if it says none. */
export const personNameOf = ({
  firstName,
  lastName,
  oneWordName,
}: Pick<NamedPerson, 'firstName' | 'lastName' | 'oneWordName'>): PersonName => ({
  ...(firstName !== undefined && { first: firstName }),
  ...(lastName !== undefined && { last: lastName }),
  ...(oneWordName !== undefined && { full: oneWordName }),
});
