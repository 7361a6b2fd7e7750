import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as esbuild from 'esbuild';
import { bundleOptions, functionNames } from '../../build.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const rows = read('docs/dependencies.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'));
/** Bundled into what runs, but not a runtime dependency: the build makes the console's page from it. */
const BUNDLED = Object.fromEntries(['preact', 'oauth4webapi'].map((name) => [name, devDependencies[name]!]));

/** Of which packages there is any code in what is deployed. */
async function bundled(): Promise<string[]> {
  const { metafile } = await esbuild.build({
    ...bundleOptions,
    entryPoints: functionNames().map((name) => `functions/${name}.ts`),
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: of }) => Object.entries(of));
  const packages = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => [...path.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].at(-1)?.[1]);
  return [...new Set(packages)].filter((name) => name !== undefined);
}

describe('the review of the dependencies', () => {
  test.each(Object.entries({ ...dependencies, ...BUNDLED }))(
    'has a row for %s with the installed version',
    (name, version) => {
      const [row, ...others] = rows.filter((line) => line.startsWith(`| \`${name}\` ${version} `));
      expect(others).toEqual([]);
      // Its purpose, maintainer, licence and size.
      expect(row?.split('|').filter((cell) => cell.trim() !== '')).toHaveLength(5);
    },
  );

  test('has no other rows', () => {
    expect(rows).toHaveLength(Object.keys({ ...dependencies, ...BUNDLED }).length);
  });

  test('names all packages in the functions’ bundles, and each runtime dependency is in a bundle', async () => {
    const names = await bundled();
    const review = read('docs/dependencies.md');
    expect(names.filter((name) => !review.includes(`\`${name}\``))).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('names all packages in the console’s page', () => {
    const folder = new URL('../../console/', import.meta.url);
    const imported = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .flatMap((name) => [...read(`console/${name}`).matchAll(/from '([^.'][^']*)'/g)])
      .map(([, name]) => name!.split('/')[0]!);
    expect([...new Set(imported)].sort()).toEqual(Object.keys(BUNDLED).sort());
  });
});
