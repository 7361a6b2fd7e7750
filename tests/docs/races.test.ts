import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ADMINISTRATION } from '../races/administration.ts';
import { COMPANIES, DELIVERIES, NOTES } from '../races/companies-and-notes.ts';
import { MARKETING } from '../races/marketing.ts';
import { PEOPLE } from '../races/people.ts';

it('has a diagram of each race that is forced in the tests, and of no other', () => {
  const page = readFileSync(new URL('../../docs/races.md', import.meta.url), 'utf8');
  const sections = page.split(/^### /m).slice(1);
  const races = [...PEOPLE, ...MARKETING, ...COMPANIES, ...NOTES, ...DELIVERIES, ...ADMINISTRATION];

  expect(sections.map((section) => section.split('\n', 1)[0]).sort()).toEqual(
    races.map(({ name }) => name).sort(),
  );
  expect(sections.filter((section) => !section.includes('```mermaid\nsequenceDiagram'))).toEqual([]);
});
