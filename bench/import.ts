/**
 * What `receive` costs at a cold start beyond the AWS SDK alone: the time that Node takes to import its bundle,
 * against a bundle that only constructs the SQS and DynamoDB clients. Fresh processes, the two in turn, so that
 * whatever else the machine does falls on both.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { bundleOptions } from '../build.ts';
import { median } from './median.ts';

const RUNS = 25;
const MAX_RATIO = 1.6;
const PACKAGES_SHOWN = 8;

const CLIENTS_ONLY = `
  import { SQSClient } from '@aws-sdk/client-sqs';
  import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  export const clients = [new SQSClient({}), new DynamoDBClient({})];
`;

/** The environment that the function reads at its start; nothing is called. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-2',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  EVENTS_QUEUE_URL: 'http://127.0.0.1:1/events',
  CREDENTIALS_TABLE: 'credentials',
  SYNC_TABLE: 'sync',
  AUDIT_TABLE: 'audit',
  KMS_KEY_ARN: 'arn:aws:kms:eu-west-2:000000000000:key/none',
};

export async function benchImport(): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'import-'));
  try {
    const receive = join(directory, 'receive.mjs');
    const clients = join(directory, 'clients.mjs');
    const { metafile } = await esbuild.build({
      ...bundleOptions,
      entryPoints: ['functions/receive.ts'],
      outfile: receive,
      metafile: true,
    });
    await esbuild.build({
      ...bundleOptions,
      // The unchanged SDK, with all its sources of credentials.
      alias: {},
      stdin: { contents: CLIENTS_ONLY, resolveDir: bundleOptions.absWorkingDir },
      outfile: clients,
    });
    const times = { receive: [] as number[], clients: [] as number[] };
    for (let run = 0; run < RUNS; run += 1) {
      times.clients.push(importMs(clients));
      times.receive.push(importMs(receive));
    }
    const ratio = median(times.receive) / median(times.clients);
    console.log(line('clients only', clients, times.clients));
    console.log(line('receive', receive, times.receive));
    console.log(`ratio: ${ratio.toFixed(2)} (at most ${MAX_RATIO}), medians of ${RUNS} processes each`);
    console.log('most of the bytes of receive:');
    for (const [name, bytes] of bytesByPackage(metafile)) console.log(`  ${kilobytes(bytes)}  ${name}`);
    return ratio <= MAX_RATIO;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Milliseconds that a fresh Node takes to import the module. */
function importMs(file: string): number {
  const script = `
    const start = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - start));
    process.exit();
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: ENVIRONMENT,
  });
  return Number(output);
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;

const line = (name: string, file: string, times: readonly number[]): string =>
  `${name.padEnd(14)}${kilobytes(statSync(file).size)}  ${median(times).toFixed(1)} ms`;

function bytesByPackage({ outputs }: esbuild.Metafile): [string, number][] {
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'functions and lib';
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sizes].sort(([, a], [, b]) => b - a).slice(0, PACKAGES_SHOWN);
}
