import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { referencePages } from '../../../docs/write-reference.ts';
import { EVENT_TYPE_NAMES } from '../../../lib/events/event-types.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';

const pages = await referencePages();
const docs = new URL('../../../docs/', import.meta.url);

test.each(Object.keys(pages))('docs/%s is what `npm run docs` makes of the schemas', (name) => {
  expect(readFileSync(new URL(name, docs), 'utf8')).toBe(pages[name]);
});

test('the page of events has a section with an example for each type', () => {
  for (const type of EVENT_TYPE_NAMES) {
    const [, section = ''] = pages['events.md']!.split(`\n### ${type}\n`);
    expect(section.split('\n### ')[0]).toContain(`"type": "${type}"`);
  }
});

test('the page of settings has a row for each, and the pages name nothing that is never kept', () => {
  for (const name of [...Object.keys(DEFAULT_SETTINGS), 'defaultOwnerEmail']) {
    expect(pages['settings.md']).toContain(`| \`${name}\``);
  }
  expect(JSON.stringify(pages)).not.toMatch(/gender|dominantRace/);
});
