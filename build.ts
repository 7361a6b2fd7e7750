/**
 * `npm run build`: the deployable package, without an AWS account and without a network.
 * Each file in functions/ becomes one bundle and one zip in dist/, the console's with its page; osls makes the
 * CloudFormation template of them.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { deflateRawSync, crc32 } from 'node:zlib';
import * as esbuild from 'esbuild';

const ROOT = import.meta.dirname;
export const DIST = join(ROOT, 'dist');

/** The functions there are, by name: one file each in functions/. */
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

/** The console's page, made of console/: its HTML, one script and one style. */
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

/** A zip that is the same bytes for the same content: osls deploys only what has changed. */
export function zip(files: readonly { path: string; content: Uint8Array }[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of files) {
    const entry = zipEntry(path, content, offset);
    locals.push(entry.local);
    directory.push(entry.directory);
    offset += entry.local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listing, end]);
}

/** One file, and its line in the directory at the end of the zip. */
function zipEntry(path: string, content: Uint8Array, offset: number): { local: Buffer; directory: Buffer } {
  const name = Buffer.from(path);
  const deflated = deflateRawSync(content, { level: 9 });
  const UNIX = 0x0314;
  const NEEDS = 20;
  const DEFLATED = 8;
  // 1 January 1980, the first instant that a zip knows.
  const DATE = 0x21;
  const REGULAR_FILE_0644 = 0o100644;
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(NEEDS, 0);
  facts.writeUInt16LE(DEFLATED, 4);
  facts.writeUInt16LE(DATE, 8);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(deflated.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name, deflated]);

  const origin = Buffer.alloc(2);
  origin.writeUInt16LE(UNIX);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(REGULAR_FILE_0644 * 0x10000, 6);
  place.writeUInt32LE(offset, 10);
  const directory = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), origin, facts, place, name]);
  return { local, directory };
}

/** The directory of pages that a function has beside its code. */
const PAGES = new Map([
  ['console', 'page'],
  ['api', 'problems'],
]);

/** Bundles and zips every function into dist/<name>.zip; answers the sizes of the zips in bytes. */
export async function buildFunctions(): Promise<Map<string, number>> {
  const names = functionNames();
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  await Promise.all([bundle(names), buildConsolePage(join(DIST, 'console', 'page'))]);
  cpSync(join(ROOT, 'docs/problems'), join(DIST, 'api', 'problems'), { recursive: true });
  const sizes = new Map<string, number>();
  for (const name of names) {
    const pages = PAGES.get(name);
    const beside =
      pages === undefined ? [] : readdirSync(join(DIST, name, pages)).map((file) => join(pages, file));
    const files = [join('functions', `${name}.mjs`), ...beside];
    const zipped = zip(files.map((path) => ({ path, content: readFileSync(join(DIST, name, path)) })));
    writeFileSync(join(DIST, `${name}.zip`), zipped);
    sizes.set(name, zipped.length);
  }
  return sizes;
}

/**
 * Has osls write the CloudFormation template and the zips to `directory`. It asks nobody: no account, no network.
 * Answers whether that went well; what did not is on stderr.
 */
export function packageService(directory: string, stage: string): boolean {
  const serverless = join(ROOT, 'node_modules/serverless/bin/serverless.js');
  const { status } = spawnSync(
    process.execPath,
    [serverless, 'package', '--stage', stage, '--package', directory],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return status === 0;
}

if (process.argv[1] === import.meta.filename) {
  const sizes = await buildFunctions();
  for (const [name, bytes] of sizes) console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB zipped`);
  if (!packageService(join(ROOT, '.serverless'), 'dev')) process.exitCode = 1;
}
