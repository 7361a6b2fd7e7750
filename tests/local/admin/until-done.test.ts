/** A verb that does a part of it each time is asked again by the command line, until it is done. */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ENTRIES_PER_PAGE } from '../../../lib/admin/entries-per-page.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

const SCRIPT = new URL('../../../local/admin.ts', import.meta.url).pathname;
let server: Server;
let asked: unknown[];
let answers: object[];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      response.end(JSON.stringify(answers.shift()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
});

const admin = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  const env = { PATH: process.env.PATH, PORT: String((server.address() as AddressInfo).port) };
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
};

test('delete repeats the request as long as the answer says so, and prints the last answer', async () => {
  const askAgainAt = new Date(Date.now() + 1_500).toISOString();
  answers = [
    { done: false, deleted: 7, askAgainAt: new Date(0).toISOString() },
    { done: false, deleted: 3, askAgainAt },
    { done: true, deleted: 0 },
  ];
  const { code, stdout, stderr } = await admin(
    'delete',
    '--domain',
    'a.example',
    '--confirm',
    'a.example',
    '--json',
  );
  expect([code, JSON.parse(stdout)]).toEqual([0, { done: true, deleted: 0 }]);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(askAgainAt));
  expect(stderr).toMatch(/^(?:not all is over yet: again in \d+ s\n)?$/);
  const payload = { verb: 'delete', domain: 'a.example', confirm: 'a.example' };
  expect(asked).toEqual([payload, payload, payload]);
});

test('a list is requested page by page, and printed as one', async () => {
  const page = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `e${from + n}`, type: 'record.updated' }));
  answers = [page(0, ENTRIES_PER_PAGE), page(ENTRIES_PER_PAGE, 2)];
  const { code, stdout } = await admin('failed', '--domain', 'a.example', '--json');
  const printed = JSON.parse(stdout) as { id: string }[];
  expect([code, printed.length, printed.at(-1)?.id]).toEqual([0, ENTRIES_PER_PAGE + 2, 'e1001']);
  const payload = { verb: 'failed', domain: 'a.example' };
  expect(asked).toEqual([payload, { ...payload, after: 'e999' }]);
});

test('an export is asked for page after page, and its lists are printed as one each', async () => {
  const page = (...ids: string[]) => ({
    email: 'a@b.example',
    people: [],
    events: ids.map((id) => ({ id })),
  });
  answers = [
    { ...page('e1', 'e2'), people: [{}], next: 'x.2-00001' },
    { ...page(), next: 'x.2-00002' },
    page('e3'),
  ];
  const { code, stdout } = await admin('export', '--domain', 'a.example', '--email', 'a@b.example', '--json');
  expect([code, JSON.parse(stdout)]).toEqual([0, { ...page('e1', 'e2', 'e3'), people: [{}] }]);
  const payload = { verb: 'export', domain: 'a.example', email: 'a@b.example' };
  expect(asked).toEqual([payload, { ...payload, after: 'x.2-00001' }, { ...payload, after: 'x.2-00002' }]);
});

test('settings sends the version of the old settings as a number', async () => {
  answers = [{ settings: {}, version: 4 }];
  expect((await admin('settings', '--domain', 'a.example', '--version', '3')).code).toBe(0);
  expect(asked).toEqual([{ verb: 'settings', domain: 'a.example', version: 3 }]);
});

test.each(['three', '-1', '1.5', '0x1'])(
  'a version of %s is wrong usage, and no request is sent',
  async (version) => {
    const { code, stderr } = await admin('settings', '--domain', 'a.example', '--version', version);
    expect([code, asked]).toEqual([2, []]);
    expect(stderr).toContain('--version: must be a number');
  },
);
