/** The house, as docs/architecture.md describes it. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { expect, test } from '@jest/globals';

const MOST_FILES = 15;

const files = globSync('lib/**/*.ts');
/** The folder of a file of lib; a file in lib itself counts as a folder. */
const folderOf = (path: string): string => path.split(sep)[1] ?? '';

/** The folders that each folder imports from. */
function imports(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of files) {
    const from = found.get(folderOf(file)) ?? new Set();
    found.set(folderOf(file), from);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/ from '(\.[^']*)'/g)) {
      const to = folderOf(join(dirname(file), path));
      if (to !== folderOf(file)) from.add(to);
    }
  }
  return found;
}

test('imports between the folders of lib go one way', () => {
  const left = imports();
  // Takes away what imports nothing that is left: what remains then imports itself by way of others.
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [folder, from] of left) if (!from.values().some((one) => left.has(one))) left.delete(folder);
  }
  expect(Object.fromEntries(left)).toEqual({});
});

test(`no folder has more than ${MOST_FILES} files`, () => {
  const counts = Map.groupBy(globSync('{functions,lib,local,console}/**/*.{ts,tsx}'), (file) =>
    dirname(file),
  );
  expect([...counts].filter(([, { length }]) => length > MOST_FILES).map(([folder]) => folder)).toEqual([]);
});
