/** The functions: their zips, environment, time limits and tracing. */
import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DIST } from '../../build.ts';
import { QUEUE } from '../../lib/times.ts';
import type { Template } from './package-service.ts';
import {
  arnOf,
  dev,
  FUNCTIONS,
  lambdaOf,
  ofType,
  prod,
  properties,
  resource,
  roleOf,
  sizes,
} from './packaged.ts';

/** The limit for its zip, a little more than its size, so that growth is noticed. */
const MAX_KB = {
  api: 144,
  'console-api': 224,
  'console-page': 82,
  documents: 193,
  preview: 325,
  provision: 253,
  receive: 241,
  sweep: 136,
  sync: 337,
};

/** What the deployed functions find in their environment, as far as they read it at their start. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-west-2',
  EVENTS_QUEUE_URL: 'https://sqs.eu-west-2.amazonaws.com/000000000000/events',
  CREDENTIALS_TABLE: 'credentials',
  SYNC_TABLE: 'sync',
  AUDIT_TABLE: 'audit',
  DOCUMENTS_BUCKET: 'documents',
  KMS_KEY_ARN: 'arn:aws:kms:eu-west-2:000000000000:key/none',
};

describe('the functions', () => {
  it('are the files in functions/, one file each', () => {
    const deployed = ofType('AWS::Lambda::Function').map(([name]) => name);
    expect(deployed.sort()).toEqual(FUNCTIONS.map(lambdaOf).sort());
    expect(FUNCTIONS).toEqual(Object.keys(MAX_KB));
  });

  it.each(FUNCTIONS)('%s runs on Node 24 and arm64, from its own zip, under its own role', (name) => {
    expect(properties(lambdaOf(name))).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: `functions/${name}.handler`,
      FunctionName: `sourcewhale-firefish-dev-${name}`,
      Code: { S3Key: expect.stringMatching(new RegExp(`/${name}\\.zip$`)) },
      Role: arnOf(roleOf(name)),
    });
  });

  it.each(['CredentialsTable', 'SyncTable'])('%s has a TTL', (name) => {
    expect(resource(name)).toMatchObject({
      Properties: { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } },
    });
  });

  it('AuditTable has no TTL, because an entry with a past expiresAt would be a deletion', () => {
    expect(resource('AuditTable')).not.toHaveProperty('Properties.TimeToLiveSpecification');
  });

  it.each(Object.entries(MAX_KB))('%s weighs at most %d kB zipped', (name, most) => {
    expect(sizes.get(name)).toBeLessThanOrEqual(1_000 * most);
  });

  it.each(FUNCTIONS)('%s starts from its bundle alone, which includes the SDK', async (name) => {
    const file = join(DIST, name, 'functions', `${name}.mjs`);
    const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      // Without node_modules, as in Lambda.
      copyFileSync(file, join(directory, 'index.mjs'));
      const script = `const { handler } = await import('./index.mjs'); console.log(typeof handler);`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', script],
        {
          cwd: directory,
          env: ENVIRONMENT,
        },
      );
      expect(stdout).toBe('function\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each(FUNCTIONS)('%s has the addresses that it needs, and no secret, in its environment', (name) => {
    const { Variables } = properties(lambdaOf(name)).Environment as { Variables: object };
    expect(Variables).toMatchObject({
      EVENTS_QUEUE_URL: { Ref: 'EventsQueue' },
      CREDENTIALS_TABLE: { Ref: 'CredentialsTable' },
      SYNC_TABLE: { Ref: 'SyncTable' },
      AUDIT_TABLE: { Ref: 'AuditTable' },
      DOCUMENTS_BUCKET: { Ref: 'DocumentsBucket' },
      KMS_KEY_ARN: arnOf('Key'),
      FIREFISH_API_URL: 'https://api.firefishsoftware.com',
    });
    expect(Object.keys(Variables).filter((variable) => /SECRET|PASSWORD|KEY_FILE/.test(variable))).toEqual(
      [],
    );
  });

  it('have timeouts that leave sync time for its last calls and closing writes, and end before the gateway’s', () => {
    expect(properties('SyncLambdaFunction').Timeout).toBe(QUEUE.functionTimeoutSeconds);
    for (const name of ['receive', 'api', 'preview', 'documents']) {
      expect(properties(lambdaOf(name)).Timeout).toBeLessThan(30);
    }
  });

  it('let turns wake the next ones without end', () => {
    expect(properties('SyncLambdaFunction').RecursiveLoop).toBe('Allow');
  });

  it('are not repeated by Lambda if they are the sweep or an administrative act', () => {
    for (const name of ['Sweep', 'Provision']) {
      expect(properties(`${name}LambdaEvConf`).MaximumRetryAttempts).toBe(0);
    }
  });
});

describe('tracing', () => {
  it('is off unless the stage switches it on', () => {
    for (const name of FUNCTIONS) {
      const mode = (template: Template) => properties(lambdaOf(name), template).TracingConfig;
      expect(mode(dev)).toEqual({ Mode: 'PassThrough' });
      expect(mode(prod)).toEqual({ Mode: 'Active' });
    }
  });

  it('lets each function write traces if it is on', () => {
    expect(dev.Resources).not.toHaveProperty('TracingPolicy');
    expect(resource('TracingPolicy', prod).Type).toBe('AWS::IAM::Policy');
    const { Roles } = properties('TracingPolicy', prod) as { Roles: { Ref: string }[] };
    expect(Roles.map(({ Ref }) => Ref).sort()).toEqual(FUNCTIONS.map(roleOf));
  });
});
