import { expect, test } from '@jest/globals';
import { ASKABLE_FIELDS, UPDATED_FIELDS } from '../../console/fields.ts';
import { CREATION_ONLY_FIELDS, REQUIRED_FIELDS, WRITABLE_FIELDS } from '../../lib/mapping/firefish-fields.ts';

const names = (fields: readonly { name: string }[]): string[] => fields.map(({ name }) => name);

test('the settings offer every field that the sync updates, Address as a whole, and no opt-outs', () => {
  const updated = new Set([...WRITABLE_FIELDS.candidate, ...WRITABLE_FIELDS.contact]);
  for (const field of updated) {
    if (CREATION_ONLY_FIELDS.includes(field) || field.startsWith('Address.') || field.endsWith('Marketing')) {
      updated.delete(field);
    }
  }
  expect(names(UPDATED_FIELDS).sort()).toEqual([...updated].sort());
});

test.each(['candidate', 'contact'] as const)(
  'mandatory fields that can be chosen for a new %s can be written, and are not required anyway',
  (kind) => {
    for (const name of names(ASKABLE_FIELDS[kind])) {
      expect(WRITABLE_FIELDS[kind]).toContain(name);
      expect(REQUIRED_FIELDS[kind]).not.toContain(name);
    }
  },
);
