/** What people begin with: each example of the API's description, and the page for SourceWhale's engineers, done for real. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalStack, startLocalStack } from '../../local/stack/stack.ts';
import { eventually } from '../support/eventually.ts';
import { signIn } from '../support/sign-in.ts';

const DOMAIN = 'acme.firefishsoftware.com';
/** The agency that the console's examples are about. */
const CONSOLE_DOMAIN = 'examples.firefishsoftware.com';
const FIREFISH_CLIENT = 'ff-pasted';
const JSON_TYPE = 'application/json';

interface Content {
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, unknown>;
}
interface Story {
  state: string;
}
interface Issued {
  clientId: string;
  clientSecret: string;
}
interface Example {
  method: string;
  path: string;
  type: string;
  values: unknown[];
  wanted: string;
}

let stack: LocalStack;
let operator: string;
let issued: Issued;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'examples-'));
  stack = await startLocalStack({
    environment: { PORT: '0', LOG_LEVEL: 'SILENT' },
    onError: () => undefined,
  });
  operator = `Bearer ${(await signIn(`${stack.url}/console`, 'operator')).accessToken}`;
  await enable();
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.stop();
});

const basic = ({ clientId, clientSecret }: Issued): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

async function enable(): Promise<void> {
  const response = await fetch(`${stack.url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify({
      ...{ verb: 'enable', domain: DOMAIN },
      // The examples enable another agency: a Firefish client id serves one.
      ...{ firefishClientId: FIREFISH_CLIENT, firefishClientSecret: `${FIREFISH_CLIENT}-secret` },
    }),
  });
  issued = (await response.json()) as Issued;
}

describe('the page for SourceWhale’s engineers', () => {
  const page = readFileSync(new URL('../../docs/sourcewhale.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```(sh|json)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));

  /** Runs commands as someone would paste them, with one shell for all of them; returns what each block printed. */
  async function paste(commands: readonly string[]): Promise<string[]> {
    const script = commands
      .map((text) => text.replace(/^export API=.*$/m, `export API=${stack.url}`))
      .join('\nprintf "\\n=====\\n"\n');
    const shell = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], CLIENT_ID: issued.clientId, CLIENT_SECRET: issued.clientSecret },
    });
    let [out, errors] = ['', ''];
    shell.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    shell.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const code = await new Promise((resolve) => shell.once('close', resolve));
    expect([code, errors]).toEqual([0, '']);
    return out.split('\n=====\n');
  }

  /** Without what is another one each time. */
  const lasting = (text: string): unknown =>
    JSON.parse(
      text.replaceAll(
        /"(access_token|batchId|receivedAt|finishedAt|message|documentId|url|expiresAt|x-amz-server-side-encryption)": ?"[^"]*"/g,
        (_, name: string) => `"${name}": "…"`,
      ),
    ) as unknown;

  test('leads from nothing to a synced record, and each answer is as the page says', async () => {
    const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
    let printed = await paste(commands);
    for (const deadline = Date.now() + 15_000; !printed.at(-1)!.includes('finishedAt');) {
      if (Date.now() > deadline) throw new Error(`still ${printed.at(-1)!}`);
      printed = [
        ...printed.slice(0, -1),
        ...(await paste([commands[0]!, commands[1]!, commands.at(-1)!])).slice(-1),
      ];
    }
    for (const [index, { language, text }] of blocks.entries()) {
      if (language !== 'json') continue;
      const before = blocks.slice(0, index).filter((block) => block.language === 'sh').length - 1;
      expect(lasting(printed[before]!)).toEqual(lasting(text));
    }
    expect(stack.simulator!.state(FIREFISH_CLIENT).contacts).toMatchObject([
      { FirstName: 'Ann', Surname: 'Lee' },
    ]);
  }, 40_000);
});

describe('each example of the API’s description', () => {
  async function examples(): Promise<Example[]> {
    const { paths } = (await (await fetch(`${stack.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { requestBody, responses }]) =>
        Object.entries(requestBody?.content ?? {}).map(([type, { example, examples: several }]) => ({
          ...{ method: method.toUpperCase(), path, type },
          values: several === undefined ? [example] : Object.values(several).map(({ value }) => value),
          wanted: Object.keys(responses).find((status) => status.startsWith('2'))!,
        })),
      ),
    );
  }
  const post = async ({ method, path, type }: Example, value: unknown): Promise<Response> => {
    const isConsole = path.startsWith('/admin/');
    return fetch(stack.url + path.replace('{domain}', isConsole ? CONSOLE_DOMAIN : DOMAIN), {
      method,
      headers: { authorization: isConsole ? operator : basic(issued), 'content-type': type },
      body: type === JSON_TYPE ? JSON.stringify(value) : new URLSearchParams(value as Record<string, string>),
    });
  };

  /** Two people with one address and contradicting names: the second event waits for a decision. */
  async function nameConflict(client: Issued, eventId: string): Promise<void> {
    const occurredAt = '2026-11-23T10:15:30.120Z';
    const person = { kind: 'candidate', emails: ['shared@home.example'] };
    const events = [
      ['first', { ...person, candidateId: 'sw_1', firstName: 'Cy', lastName: 'Fox' }],
      [eventId, { ...person, candidateId: 'sw_2', firstName: 'Di', lastName: 'Oak' }],
    ] as const;
    for (const [id, record] of events) {
      await fetch(`${stack.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: basic(client), 'content-type': JSON_TYPE },
        body: JSON.stringify({ id, type: 'record.created', occurredAt, record }),
      });
      await eventually(
        async () => {
          const headers = { authorization: basic(client) };
          return (await (await fetch(`${stack.url}/v1/events/${id}`, { headers })).json()) as Story;
        },
        ({ state }) => !['queued', 'deferred'].includes(state),
      );
    }
  }

  test('exists, and is accepted unchanged', async () => {
    const all = await examples();
    expect(all.length).toBeGreaterThan(15);
    let enabled: Issued | undefined;
    // Enabled first, disabled and signed out last.
    const order = (path: string): number =>
      path.endsWith('/enable') ? 0 : path.endsWith('/disable') ? 2 : path.endsWith('/sign-out') ? 3 : 1;
    for (const one of all.sort((a, b) => order(a.path) - order(b.path))) {
      for (const value of one.values) {
        expect([one.path, value]).toEqual([one.path, expect.anything()]);
        if (one.path.endsWith('/decide')) await nameConflict(enabled!, (value as { event: string }).event);
        const response = await post(one, value);
        const body = (await response.json()) as { rejected?: unknown[] };
        if (one.path.endsWith('/enable')) enabled = body as unknown as Issued;
        expect([one.method, one.path, response.status, body]).toEqual([
          ...[one.method, one.path, Number(one.wanted)],
          expect.anything(),
        ]);
        expect([one.path, body.rejected ?? []]).toEqual([one.path, []]);
      }
    }
  }, 40_000);
});
