import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { referencePages } from '../../../docs/write-reference.ts';
import { EVENT_TYPE_NAMES } from '../../../lib/events/event-types.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';

const pages = await referencePages();
const root = new URL('../../../', import.meta.url);

test.each(Object.keys(pages))('%s is what `npm run docs` writes from the code', (name) => {
  expect(readFileSync(new URL(name, root), 'utf8')).toBe(pages[name]);
});

test('the page of events has a section with an example for each type', () => {
  for (const type of EVENT_TYPE_NAMES) {
    const [, section = ''] = pages['docs/events.md']!.split(`\n### ${type}\n`);
    expect(section.split('\n### ')[0]).toContain(`"type": "${type}"`);
  }
});

test('the page of settings has a row for each setting, and no page names a field that is never stored', () => {
  for (const name of [...Object.keys(DEFAULT_SETTINGS), 'defaultOwnerEmail']) {
    expect(pages['docs/settings.md']).toContain(`| \`${name}\``);
  }
  expect([pages['docs/events.md'], pages['docs/settings.md']].join()).not.toMatch(/gender|dominantRace/);
});
