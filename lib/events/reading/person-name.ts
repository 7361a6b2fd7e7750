import { defined } from '../../defined.ts';
import type { PersonName } from '../../names/person-names.ts';
import type { NamedPerson } from '../event.ts';

/** The person's name in an event, for comparison; without members if the event has none. */
export const personNameOf = ({
  firstName,
  lastName,
  oneWordName,
}: Pick<NamedPerson, 'firstName' | 'lastName' | 'oneWordName'>): PersonName =>
  defined({ first: firstName, last: lastName, full: oneWordName });
