import { expect, test } from '@jest/globals';
import { personNameOf } from '../../../lib/events/reading/person-name.ts';

test.each([
  [
    { firstName: 'Ann', lastName: 'Moor' },
    { first: 'Ann', last: 'Moor' },
  ],
  [{ lastName: 'Moor' }, { last: 'Moor' }],
  [{ oneWordName: 'Cher' }, { full: 'Cher' }],
  [{}, {}],
])('the name of %j for comparing is %j', (person, name) => {
  expect(personNameOf(person)).toEqual(name);
});
