import { expect, test } from '@jest/globals';
import { whatToDo } from '../../../lib/console/events/what-to-do.ts';

test.each([
  ['failed', 'refused POST /candidates 400', [], /did not accept a value/],
  ['failed', 'refused PATCH /contacts/{ref} 403: contact:12', [], /lacks a right/],
  ['failed', 'refused POST /candidates 418', [], /Read the text of the refusal/],
  ['failed', 'error TypeError', [], /Replay the event/],
  ['failed', 'document-missing', [], /Upload the file again/],
  ['skipped', 'missing-fields: Surname, CompanyRef', [], /Fill in these fields/],
  ['skipped', 'name-conflict', ['name-conflict: contact 1'], /Decide in the console/],
  ['deferred', 'credentials', [], /Enter new Firefish credentials/],
  [
    'synced',
    undefined,
    ['matched: contact 1 by link', 'ambiguous: contacts 1, 2; 1 was used'],
    /Merge the others/,
  ],
] as const)('of an event that is %s, %s %j, it says what to do', (state, reason, notes, expected) => {
  expect(whatToDo(state, reason, notes)).toMatch(expected);
});

test.each([
  ['queued', undefined, []],
  ['synced', undefined, ['matched: contact 1 by link', 'reached: 3 addresses at the domain']],
] as const)('of an event that is %s as it should be, it says nothing', (state, reason, notes) => {
  expect(whatToDo(state, reason, notes)).toBeUndefined();
});
