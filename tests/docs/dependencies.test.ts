import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const rows = read('docs/dependencies.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'));
/** Bundled into what runs, and yet no runtime dependency: the console's page is made of it by the build. */
const BUNDLED = Object.fromEntries(['preact', 'oauth4webapi'].map((name) => [name, devDependencies[name]!]));

describe('the review of the dependencies', () => {
  test.each(Object.entries({ ...dependencies, ...BUNDLED }))(
    'has a row for %s, of the version that is installed',
    (name, version) => {
      const [row, ...others] = rows.filter((line) => line.startsWith(`| \`${name}\` ${version} `));
      expect(others).toEqual([]);
      // What it is for, who keeps it, its licence, its size.
      expect(row?.split('|').filter((cell) => cell.trim() !== '')).toHaveLength(5);
    },
  );

  test('has rows for nothing else', () => {
    expect(rows).toHaveLength(Object.keys({ ...dependencies, ...BUNDLED }).length);
  });

  test('names all that the console’s page is made of', () => {
    const folder = new URL('../../console/', import.meta.url);
    const imported = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .flatMap((name) => [...read(`console/${name}`).matchAll(/from '([^.'][^']*)'/g)])
      .map(([, name]) => name!.split('/')[0]!);
    expect([...new Set(imported)].sort()).toEqual(Object.keys(BUNDLED).sort());
  });
});
