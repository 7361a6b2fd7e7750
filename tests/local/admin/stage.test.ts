import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openHttpServer } from '../../../local/http/http-server.ts';
import { makeFunction } from '../../../local/stack/local-function.ts';
import type { RunningServer } from '../../../local/http/listen.ts';
import { signedHeaders } from '../../support/administer.ts';
import { startAws } from '../../support/aws.ts';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const WHO = 'arn:aws:iam::000000000000:user/local';

describe('npm run admin -- --stage', () => {
  let server: RunningServer;
  let cloudFormation: Server;
  let folder: string;
  const closing: (() => unknown)[] = [];

  const admin = (
    args: string[],
    environment: Record<string, string> = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const { port } = cloudFormation.address() as AddressInfo;
      execFile(
        process.execPath,
        [new URL('../../../local/admin.ts', import.meta.url).pathname, ...args, '--stage', 'prod'],
        {
          env: {
            ...process.env,
            AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${port}`,
            AWS_REGION: 'eu-west-2',
            ...environment,
          },
        },
        (error, stdout, stderr) => {
          resolve({ code: Number(error?.code ?? 0), stdout, stderr });
        },
      );
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stage-'));
    const aws = await startAws();
    closing.push(() => aws.close());
    process.env['KEY_FILE'] = join(folder, 'key');
    const { handler } = await import('../../../functions/provision.ts');
    const target = makeFunction(
      { name: 'provision', timeoutMs: 20_000, memoryMb: 128 },
      handler as (event: unknown, context: unknown) => unknown,
    );
    const route = { method: 'POST', path: '/administration', functionName: 'provision' };
    server = await openHttpServer({
      port: 0,
      routes: [
        { ...route, authorizer: 'aws_iam' },
        { ...route, path: '/unguarded' },
      ],
      functions: new Map([['provision', target]]),
      onError: (message) => {
        throw new Error(message);
      },
    });
    closing.push(() => server.close());
    cloudFormation = createServer((_request, response) => {
      response.end(
        `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>x</StackName><Outputs><member>` +
          `<OutputKey>HttpApiUrl</OutputKey><OutputValue>${server.url}</OutputValue></member></Outputs></member></Stacks>` +
          `</DescribeStacksResult></DescribeStacksResponse>`,
      );
    });
    await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => cloudFormation.close(resolve)));
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true });
  });

  test('signs with the caller’s credentials, and the audit trail has who, what, when and the request id', async () => {
    expect(await admin(['list', '--json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect(await admin(['disable', '--domain', 'acme.example'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'acme.example was never enabled; see list for the domains there are\n',
    });
    const client = new DynamoDBClient({});
    const { Items } = await client.send(new ScanCommand({ TableName: 'audit' }));
    client.destroy();
    const acts = Items!.map((item) => unmarshall(item)).sort((a, b) => (a['sk'] < b['sk'] ? -1 : 1));
    expect(acts).toMatchObject([
      { verb: 'disable', domain: 'acme.example', by: WHO, step: 'begun' },
      { verb: 'disable', domain: 'acme.example', by: WHO, step: 'ended', outcome: 'refused' },
    ]);
    for (const act of acts) {
      expect(act['requestId']).toMatch(/^[0-9a-f-]{36}$/);
      expect(Math.abs(Date.parse(act['at'] as string) - Date.now())).toBeLessThan(60_000);
    }
  });

  test('exits with 2 for wrong usage, and names the option that was typed', async () => {
    expect(await admin(['show', '--domain', 'a@b'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        '--domain: must be a Firefish address, such as acme.firefishsoftware.com\n' +
        'npm run admin -- show --help tells what there is\n',
    });
  });

  test('says what the credentials lack', async () => {
    expect(await admin(['list'], { AWS_SECRET_ACCESS_KEY: 'stolen' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('they need execute-api:Invoke on POST /administration'),
    });
  });

  test('says if there is no such stage', async () => {
    const ended = await admin(['list'], { AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:1' });
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the stack sourcewhale-firefish-prod can't be looked up"),
    });
    expect(ended.stderr).toContain('AWS_REGION say who asks, and where');
  });

  describe('the route', () => {
    const send = async (
      change: {
        body?: string;
        at?: Date;
        headers?: Record<string, string>;
        credentials?: typeof CREDENTIALS;
      } = {},
    ): Promise<number> => {
      const url = new URL('/administration', server.url);
      const body = '{"verb":"list"}';
      const headers = await signedHeaders(server.url, body, {
        credentials: change.credentials ?? CREDENTIALS,
        at: change.at ?? new Date(),
      });
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, ...change.headers },
        body: change.body ?? body,
      });
      await response.text();
      return response.status;
    };

    test('accepts a caller who has recently signed the whole request', async () => {
      expect(await send()).toBe(200);
    });

    test.each([
      ['another body than the one signed', { body: '{"verb":"list" }' }],
      ['a signature of long ago', { at: new Date(Date.now() - 600_000) }],
      ['a signature of later', { at: new Date(Date.now() + 600_000) }],
      ['another key', { credentials: { accessKeyId: 'other', secretAccessKey: 'local' } }],
      ['no signature', { headers: { authorization: '' } }],
      ['the word of a browser', { headers: { origin: 'https://evil.example' } }],
      ['SourceWhale’s way in', { headers: { authorization: 'Basic eDp5' } }],
    ])('refuses %s', async (_, change) => {
      expect(await send(change)).toBe(403);
    });

    test('does nothing if it does not name the caller', async () => {
      const response = await fetch(`${server.url}/unguarded`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"verb":"list"}',
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ type: '/problems/unauthorized' });
    });
  });
});
