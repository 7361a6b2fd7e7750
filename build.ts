/**
 * Builds what is deployed, without an AWS account and without a network: each file in functions/ becomes one bundle
 * in dist/, with the pages that it serves. packaging-plugin.ts runs this whenever `serverless` packages.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';

const ROOT = import.meta.dirname;
export const DIST = join(ROOT, 'dist');

/** The names of the functions: one file each in functions/. */
export const functionNames = (): string[] =>
  readdirSync(join(ROOT, 'functions'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();

/**
 * How a function is bundled: minified, the SDK included, and ES modules of packages preferred, which together
 * import fastest. The banner gives CommonJS packages inside an ES module their `require`.
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  banner: {
    js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
  },
  alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'lib/aws/lambda-credentials.ts') },
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: ROOT,
} satisfies esbuild.BuildOptions;

/** Writes dist/<name>/functions/<name>.mjs, its source map and what went into it (esbuild's metafile) for each function. */
export async function bundle(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const { metafile } = await esbuild.build({
        ...bundleOptions,
        entryPoints: [`functions/${name}.ts`],
        outfile: join(DIST, name, 'functions', `${name}.mjs`),
        // For reading a stack trace by hand; it is not in the zip and costs the function nothing.
        sourcemap: 'external',
        metafile: true,
      });
      writeFileSync(join(DIST, name, 'metafile.json'), JSON.stringify(metafile));
    }),
  );
}

/** The console's page, made from console/: its HTML, one script and one style. */
export async function buildConsolePage(directory: string): Promise<void> {
  await esbuild.build({
    entryPoints: [
      { in: 'console/main.tsx', out: 'app' },
      { in: 'console/app.css', out: 'app' },
    ],
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: ROOT,
  });
  copyFileSync(join(ROOT, 'console/index.html'), join(directory, 'index.html'));
}

/** The directory of pages that a function has beside its code. */
const PAGES = new Map([
  ['console-page', 'page'],
  ['api', 'problems'],
]);

/** What a function is deployed as: the directory that becomes its zip, and the files in it, relative to it. */
export interface BuiltFunction {
  directory: string;
  files: string[];
}

/** Builds every function into dist/<name>/, from the sources as they are; returns what goes into the zip of each. */
export async function buildFunctions(): Promise<Map<string, BuiltFunction>> {
  const names = functionNames();
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  await Promise.all([bundle(names), buildConsolePage(join(DIST, 'console-page', 'page'))]);
  cpSync(join(ROOT, 'docs/problems'), join(DIST, 'api', 'problems'), { recursive: true });
  return new Map(names.map((name) => [name, { directory: join(DIST, name), files: filesOf(name) }]));
}

function filesOf(name: string): string[] {
  const pages = PAGES.get(name);
  const beside =
    pages === undefined ? [] : readdirSync(join(DIST, name, pages)).map((file) => join(pages, file));
  return [join('functions', `${name}.mjs`), ...beside];
}
