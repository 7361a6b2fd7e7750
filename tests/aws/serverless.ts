/** The `serverless` command on a copy of the project, in the state of a fresh clone. */
import { spawn, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REGION } from './moto.ts';
import { ROOT } from './tools.ts';

export interface Caller {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Copies what git knows or would take in, without what was built; the dependencies are those that are installed. */
export function copyProject(directory: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const there = (file: string): boolean => {
    try {
      cpSync(join(ROOT, file), join(directory, file));
      return true;
    } catch {
      return false; // Removed, and not yet committed.
    }
  };
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    there(file);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
}

/** A stage parameter as the command takes it. */
export const asOption = ([name, value]: readonly [string, string]): string => `--param=${name}=${value}`;

/** @returns what the command printed @throws Error with that, if it failed */
export async function serverless(
  directory: string,
  args: readonly string[],
  aws?: { endpoint: string; caller: Caller },
): Promise<string> {
  const child = spawn('npx', ['serverless', ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], CI: 'true' },
      ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      ...(aws === undefined
        ? {}
        : {
            AWS_ENDPOINT_URL: aws.endpoint,
            AWS_ACCESS_KEY_ID: aws.caller.accessKeyId,
            AWS_SECRET_ACCESS_KEY: aws.caller.secretAccessKey,
            AWS_REGION: REGION,
          }),
    },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`npx serverless ${args.join(' ')} ended with ${String(code)}:\n${printed}`);
  return printed;
}
