/** npm runs every script on the project's own Node, whose hash for each platform is in the lock file. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { integrity?: string; optional?: boolean }>;
};
const { optionalDependencies } = JSON.parse(read('package.json')) as {
  optionalDependencies: Record<string, string>;
};
const platforms = [...read('local/npm-shell').matchAll(/own=(node-[\w-]+)/g)].map(([, name]) => name!);

test('scripts run on the Node of this platform’s package', () => {
  const shell = (path: string | undefined) =>
    execFileSync('./local/npm-shell', ['-c', 'node -p process.execPath'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: path },
    });
  expect(shell(process.env['PATH'])).toMatch(/node_modules\/node-[\w-]+\/bin\/node\n$/);
});

test('npm uses this shell, and runs nothing when a package is installed', () => {
  expect(read('.npmrc')).toMatch(/^script-shell=\.\/local\/npm-shell$/m);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

test('the lock file has the hash of every platform’s Node', () => {
  expect(platforms.toSorted()).toEqual(Object.keys(optionalDependencies).toSorted());
  for (const name of platforms) {
    expect(packages[`node_modules/${name}`]).toMatchObject({
      optional: true,
      integrity: expect.stringMatching(/^sha512-/),
    });
  }
});
