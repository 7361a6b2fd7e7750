/**
 * What the run needs besides the project: moto and cfn-lint (Python), AWS's runtime client for Lambda and an IAM
 * simulator. They are installed under node_modules/.cache, apart from the project's dependencies, from pinned lists.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '../..');
const LISTS = join(import.meta.dirname, 'tools');
const DIRECTORY = join(ROOT, 'node_modules/.cache/test-aws');
const PYTHON_LIST = 'requirements.txt';
const NODE_LISTS = ['package.json', 'package-lock.json'];

export interface Tools {
  /** Of the virtual environment that holds moto. */
  python: string;
  cfnLint: string;
  /** The module that is the runtime's process. */
  runtimeClient: string;
  /** The module that decides by policies (decide.mjs). */
  decide: string;
}

/** Installs what is missing. @throws Error that says what the machine lacks */
export async function prepareTools(): Promise<Tools> {
  const stamp = join(DIRECTORY, 'installed');
  const wanted = hashOfLists();
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    needCommands();
    rmSync(DIRECTORY, { recursive: true, force: true });
    mkdirSync(DIRECTORY, { recursive: true });
    await Promise.all([installPython(), installNode()]);
    writeFileSync(stamp, wanted);
  }
  const decide = join(DIRECTORY, 'decide.mjs');
  // Beside what it imports.
  copyFileSync(join(LISTS, 'decide.mjs'), decide);
  return {
    python: join(DIRECTORY, 'venv/bin/python'),
    cfnLint: join(DIRECTORY, 'venv/bin/cfn-lint'),
    runtimeClient: join(DIRECTORY, 'node_modules/aws-lambda-ric/index.mjs'),
    decide,
  };
}

function hashOfLists(): string {
  const hash = createHash('sha256').update(process.version);
  for (const list of [PYTHON_LIST, ...NODE_LISTS]) hash.update(readFileSync(join(LISTS, list)));
  return hash.digest('hex');
}

/** The runtime client is compiled while it is installed. */
function needCommands(): void {
  const missing = ['python3', 'cmake', 'make', 'g++'].filter(
    (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length > 0)
    throw new Error(
      `test:aws needs ${missing.join(', ')}: apt-get install python3-venv cmake make g++, or what your system calls them`,
    );
}

async function run(command: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(command, args, { cwd: DIRECTORY, maxBuffer: 64 * 1024 * 1024 });
}

async function installPython(): Promise<void> {
  await run('python3', ['-m', 'venv', 'venv']);
  const options = ['--quiet', '--disable-pip-version-check', '--require-hashes'];
  await run('venv/bin/python', ['-m', 'pip', 'install', ...options, '-r', join(LISTS, PYTHON_LIST)]);
}

async function installNode(): Promise<void> {
  for (const list of NODE_LISTS) copyFileSync(join(LISTS, list), join(DIRECTORY, list));
  // npm hands the project's own settings on to what it runs: here the runtime client has to run its build.
  const own = ['--ignore-scripts=false', '--script-shell=/bin/sh'];
  await run('npm', ['ci', '--no-audit', '--no-fund', ...own]);
}
