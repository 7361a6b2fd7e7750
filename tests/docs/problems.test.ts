import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { PROBLEMS, problemUri } from '../../lib/http/problem.ts';

const folder = new URL('../../docs/problems/', import.meta.url);

describe('the pages about problems', () => {
  // That each type leads to its page on a running system: tests/functions/api.test.ts.
  test('exist for each type, and no others', () => {
    const pages = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
    expect(pages.sort()).toEqual(Object.keys(PROBLEMS).sort());
  });

  test.each(Object.entries(PROBLEMS))(
    'have the title, type and status of the answers: %s',
    (type, { status, title }) => {
      const page = readFileSync(new URL(`${type}.md`, folder), 'utf8');
      expect(page).toContain(`# ${title}\n`);
      expect(page).toContain(
        `\`type\`: \`${problemUri(type as keyof typeof PROBLEMS)}\` · status ${status}\n`,
      );
      expect(page).toContain('What to do:');
    },
  );
});
