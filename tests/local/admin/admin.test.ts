import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readArguments } from '../../../local/admin/arguments.ts';
import { COMMANDS } from '../../../local/admin/command.ts';
import { VERBS } from '../../../lib/admin/verbs.ts';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

describe('npm run admin', () => {
  let server: Server;
  let folder: string;
  let invoked: { url: string; payload: unknown }[];
  let answer: { status?: number; headers?: Record<string, string>; body: string };

  const admin = (
    args: string[],
    { port, stdin = '' }: { port?: number | string; stdin?: string } = {},
  ): Promise<Ended> =>
    new Promise((resolve) => {
      const PORT = String(port ?? (server.address() as AddressInfo).port);
      const child = execFile(
        process.execPath,
        [new URL('../../../local/admin.ts', import.meta.url).pathname, ...args],
        { env: { ...process.env, PORT } },
        (error, stdout, stderr) => {
          resolve({ code: Number(error?.code ?? 0), stdout, stderr });
        },
      );
      child.stdin!.end(stdin);
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'admin-'));
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        invoked.push({ url: request.url!, payload: JSON.parse(Buffer.concat(chunks).toString()) });
        response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    invoked = [];
    answer = { body: '{"tenantId":"t","nested":{"list":["a","b"]}}' };
  });

  test('sends the options in camel case to the function provision, and prints only one JSON value', async () => {
    const file = join(folder, 'settings.json');
    writeFileSync(file, '{"createCompanies":false}');
    const args = ['enable', '--domain', 'd', '--firefish-client-id', 'i', '--settings', file, '--json'];
    const ended = await admin([...args, '--firefish-client-secret', '-'], { stdin: 'from stdin\n' });
    expect(ended).toEqual({ code: 0, stdout: `${answer.body}\n`, stderr: '' });
    expect(invoked).toEqual([
      {
        url: '/2015-03-31/functions/provision/invocations',
        payload: {
          verb: 'enable',
          domain: 'd',
          firefishClientId: 'i',
          firefishClientSecret: 'from stdin',
          settings: { createCompanies: false },
        },
      },
    ]);
  });

  test('prints lines for people without --json, and reminds them to keep the secret', async () => {
    const { stdout, stderr } = await admin(['rotate', '--domain', 'd']);
    expect(stdout).toBe('tenantId: t\nnested:\n  list: a, b\n');
    expect(stderr).toContain('shown only once');
  });

  const failedWith = (errorType: string, errorMessage: string): typeof answer => ({
    headers: { 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify({ errorType, errorMessage }),
  });

  test('prints a refusal as one line on standard error, and exits with 1', async () => {
    answer = failedWith('AdminError', 'd is enabled: use rotate');
    expect(await admin(['list', '--json'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'd is enabled: use rotate\n',
    });
  });

  test('exits with 2 for wrong usage, whether the function or the command line finds it', async () => {
    answer = failedWith('UsageError', 'overlap: must be 0');
    expect(await admin(['rotate', '--domain', 'd', '--overlap', 'x'])).toMatchObject({ code: 2, stdout: '' });
    invoked = [];
    for (const args of [[], ['frob'], ['rotate'], ['rotate', '--domain', 'd', '--frob'], ['list', 'all']]) {
      const { code, stdout, stderr } = await admin(args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/npm run admin/);
    }
    expect(invoked).toEqual([]);
  });

  test.each([
    [['rotate', '--overlap', 'x'], 'overlap: must be 0', '--overlap: must be 0'],
    [
      ['settings', '--set', '-'],
      'domain: must be an address; set.addWhen.candidate: Invalid option',
      '--domain: must be an address; --set, addWhen.candidate: Invalid option',
    ],
    [['replay', '--all'], 'cursor: must be the `next`', 'cursor: must be the `next`'],
    [['replay'], 'say which: --event', 'say which: --event'],
  ])('reports an error about the option of %j with the name that was typed', async (args, said, told) => {
    answer = failedWith('UsageError', said);
    expect(await admin([...args, '--domain', 'd'], { stdin: '{}' })).toEqual({
      code: 2,
      stdout: '',
      stderr: `${told}\nnpm run admin -- ${args[0]!} --help tells what there is\n`,
    });
  });

  test('accepts a value that begins with a dash, and names a missing value', async () => {
    await admin(['rotate', '--domain', 'd', '--overlap', '-1h', '--json']);
    expect(invoked).toMatchObject([{ payload: { verb: 'rotate', domain: 'd', overlap: '-1h' } }]);
    for (const args of [['--overlap', '--json'], ['--overlap', '-h'], ['--overlap']]) {
      const { code, stderr } = await admin(['rotate', '--domain', 'd', ...args]);
      expect([code, stderr]).toEqual([
        2,
        '--overlap: its value is missing\nnpm run admin -- rotate --help tells what there is\n',
      ]);
    }
  });

  test('reads settings from standard input, too', async () => {
    await admin(['settings', '--domain', 'd', '--set', '-'], { stdin: '{"createCompanies":false}' });
    expect(invoked).toMatchObject([{ payload: { set: { createCompanies: false } } }]);
    const { code, stderr } = await admin(['settings', '--domain', 'd', '--set', '-'], {
      stdin: 'createCompanies',
    });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^--set: standard input can't be read as JSON/),
    ]);
  });

  test('reports an invalid PORT before it sends a request', async () => {
    expect(await admin(['list'], { port: 'abc' })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'PORT: "abc" is no port; write a number up to 65535, or 0 for a free port\n',
    });
  });

  test('reports a crash of the function as a crash', async () => {
    answer = failedWith('TypeError', 'x is not a function');
    expect(await admin(['list'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('see its log'),
    });
  });

  test('says in one line what to do if no stack runs, or something else is on its port', async () => {
    expect(await admin(['list'], { port: 1 })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^the local stack is not running on port 1: start it with npm start.*\n$/,
      ),
    });
    answer = { status: 404, body: '<html>' };
    expect(await admin(['list'])).toMatchObject({ code: 1, stderr: expect.stringContaining('answered 404') });
    answer = { body: '<html>' };
    expect(await admin(['list'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not JSON') });
  });

  test('has a help text for every verb of the function', () => {
    const ofProvision = Object.keys(COMMANDS).filter((verb) => COMMANDS[verb]?.ownWork !== true);
    expect(ofProvision.sort()).toEqual(Object.keys(VERBS).sort());
    expect(readArguments(['--help'])).toEqual({ help: expect.stringContaining('firefish-credentials') });
    for (const [verb, { options, summary }] of Object.entries(COMMANDS)) {
      const { help } = readArguments([verb, '--help']) as { help: string };
      for (const words of [summary, '--json', ...Object.keys(options)]) expect(help).toContain(words);
    }
  });
});
