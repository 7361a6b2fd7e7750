import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string | string[];
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown } | undefined>;
}

const ROOT = join(import.meta.dirname, '../..');
const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');

export interface Package {
  template: Template;
  /** Bytes of each zip, by the function's name. */
  sizes: Map<string, number>;
}

/** What `npx serverless package` makes of the sources and serverless.yml for a stage. */
export async function packageService(stage: string, parameters: readonly string[] = []): Promise<Package> {
  const directory = mkdtempSync(join(tmpdir(), 'template-'));
  try {
    const options = ['--stage', stage, '--package', directory, ...parameters.map((it) => `--param=${it}`)];
    await run([SERVERLESS, 'package', ...options]);
    const json = readFileSync(join(directory, 'cloudformation-template-update-stack.json'), 'utf8');
    const zips = readdirSync(directory).filter((file) => file.endsWith('.zip'));
    return {
      // Written by osls just now, in CloudFormation's form.
      template: JSON.parse(json) as Template,
      sizes: new Map(zips.map((file) => [basename(file, '.zip'), statSync(join(directory, file)).size])),
    };
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
