import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Condition?: string;
}

export interface Template {
  Resources: Record<string, Resource>;
  Conditions: Record<string, unknown>;
}

const ROOT = join(import.meta.dirname, '../..');
const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');

/** What `npx serverless package` makes of serverless.yml for a stage. The zips must be in dist/ already. */
export async function packageTemplate(stage: string, parameters: readonly string[] = []): Promise<Template> {
  const directory = mkdtempSync(join(tmpdir(), 'template-'));
  try {
    const options = ['--stage', stage, '--package', directory, ...parameters.map((it) => `--param=${it}`)];
    await run([SERVERLESS, 'package', ...options]);
    const json = readFileSync(join(directory, 'cloudformation-template-update-stack.json'), 'utf8');
    // Written by osls just now, in CloudFormation's form.
    return JSON.parse(json) as Template;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Runs Node without any AWS credentials or region in its environment. */
function run(argv: readonly string[]): Promise<void> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')),
  );
  const child = spawn(process.execPath, argv, {
    cwd: ROOT,
    // A place with no AWS configuration file either.
    env: { ...environment, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(errors));
    });
  });
}
