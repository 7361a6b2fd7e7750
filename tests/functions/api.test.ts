import type { EventId } from '../../lib/ids.ts';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import * as oauth from 'oauth4webapi';
import { makeDynamoClient } from '../../lib/aws/dynamodb.ts';
import { systemClock } from '../../lib/clock.ts';
import { makeClientSecret } from '../../lib/credentials/client-secret.ts';
import { FAILURES_PER_MINUTE } from '../../lib/credentials/failures.ts';
import { KeyFileCipher } from '../../lib/crypto/key-file-cipher.ts';
import type { EndedEvent, OpenEvent } from '../../lib/events/event-item.ts';
import { PROBLEMS, problemUri, type ProblemType } from '../../lib/http/problem.ts';
import {
  batchSchema,
  connectionSchema,
  eventStateSchema,
  receiptSchema,
  tokenSchema,
} from '../../lib/http/reference/response-schemas.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { eventItemKey, turnKey } from '../../lib/store/sync-keys.ts';
import { DEFAULT_SETTINGS } from '../../lib/tenants/settings.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { type Admin, type Issued, makeAdmin } from '../support/admin.ts';
import { startAws } from '../support/aws.ts';
import { type Answer, basic, type TestServer, openServer } from '../support/test-server.ts';

const PROBLEM_PAGES = fileURLToPath(new URL('../../docs/problems', import.meta.url));

describe('the API for SourceWhale', () => {
  let server: TestServer;
  let admin: Admin;
  let acme: Issued;
  let other: Issued;
  let folder: string;
  let sync: DynamoTable;
  const closing: (() => Promise<void>)[] = [];

  const get = (path: string, who: Issued = acme): Promise<Answer> =>
    server.send('GET', path, { headers: basic(who) });
  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = basic(acme),
  ): Promise<Answer> => server.send('POST', path, { body, headers });
  const postEvents = async (...ids: string[]): Promise<string> => {
    const record = { candidateId: 'c', kind: 'contact' };
    const events = ids.map((id) => ({
      id,
      type: 'record.updated',
      occurredAt: '2026-01-02T03:04:05Z',
      record,
    }));
    const answer = await post('/v1/events', { events });
    expect(answer.status).toBe(202);
    return receiptSchema.parse(answer.body).batchId;
  };
  const setState = async (id: string, change: Partial<EndedEvent> | Partial<OpenEvent>): Promise<void> => {
    const item = (await sync.get(eventItemKey(acme.tenantId, id as EventId)))!;
    await sync.put({ ...item, ...change }, item.version);
  };
  const expectProblem = ({ status, headers, body }: Answer, wanted: number, type: string): void => {
    expect({ status, type: (body as { type: string }).type }).toEqual({
      status: wanted,
      type: `/problems/${type}`,
    });
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      title: expect.any(String),
      detail: expect.any(String),
      requestId: expect.any(String),
    });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'api-'));
    process.env['KEY_FILE'] = join(folder, 'key.json');
    process.env['PROBLEMS_DIRECTORY'] = PROBLEM_PAGES;
    const aws = await startAws();
    closing.push(() => aws.close());
    const dynamo = makeDynamoClient();
    const table = (name: string): DynamoTable => new DynamoTable(dynamo, name, systemClock);
    sync = table('sync');
    admin = makeAdmin(
      { credentials: table('credentials'), sync, audit: table('audit') },
      new KeyFileCipher(join(folder, 'key.json')),
      systemClock,
      () => Promise.resolve({ ok: true, missingScopes: ['usersAPI-read'] }),
    );
    acme = await admin.enable('acme.firefishsoftware.com');
    other = await admin.enable('other.firefishsoftware.com');
    const [{ handler: api }, { handler: receive }] = await Promise.all([
      import('../../functions/api.ts'),
      import('../../functions/receive.ts'),
    ]);
    server = await openServer({
      'POST /oauth/token': api,
      'GET /v1/connection': api,
      'POST /v1/connection': api,
      'GET /v1/batches/{batchId}': api,
      'GET /v1/events/{eventId}': api,
      'GET /healthz': api,
      'GET /problems/{type}': api,
      'GET /openapi.json': api,
      'POST /v1/events': receive,
    });
    closing.push(() => server.close());
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true });
  });

  describe('POST /oauth/token', () => {
    // The server in the tests has no TLS, which the library asks for by name.
    const withoutTls = { [oauth.allowInsecureRequests]: true };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const ask = (body: string, headers: Record<string, string> = basic(acme)): Promise<Answer> =>
      post('/oauth/token', body, { ...form, ...headers });
    const inBody = (more = ''): string =>
      `grant_type=client_credentials&client_id=${acme.clientId}&client_secret=${acme.clientSecret}${more}`;
    const expectError = ({ status, headers, body }: Answer, wanted: number, error: string): void => {
      expect({ status, body }).toMatchObject({
        status: wanted,
        body: { error, error_description: expect.any(String) },
      });
      expect(headers.get('cache-control')).toBe('no-store');
    };
    const expectToken = ({ status, headers, body }: Answer): string => {
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      const token = tokenSchema.strict().parse(body);
      expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
      return token.access_token;
    };

    test('gives a token that the other routes accept', async () => {
      const token = expectToken(await ask('grant_type=client_credentials'));
      const answer = await server.send('GET', '/v1/connection', {
        headers: { authorization: `bearer ${token}` },
      });
      expect(answer.status).toBe(200);
    });

    test('accepts the credentials in the body, too', async () => {
      expectToken(await ask(inBody('&scope=anything'), {}));
    });

    test('accepts credentials that were pasted with a space or a line break', async () => {
      const pasted = { ...acme, clientId: ` ${acme.clientId}`, clientSecret: `${acme.clientSecret}\n` };
      expect((await get('/v1/connection', pasted)).status).toBe(200);
      expectToken(await ask('grant_type=client_credentials', basic(pasted)));
      const form = { client_id: pasted.clientId, client_secret: pasted.clientSecret };
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString();
      expectToken(await ask(body, {}));
    });

    test.each([
      ['ClientSecretBasic', oauth.ClientSecretBasic],
      ['ClientSecretPost', oauth.ClientSecretPost],
    ])('works with oauth4webapi unchanged: %s', async (_, authenticate) => {
      const issuer: oauth.AuthorizationServer = {
        issuer: server.url,
        token_endpoint: `${server.url}/oauth/token`,
      };
      const client: oauth.Client = { client_id: acme.clientId };
      const response = await oauth.clientCredentialsGrantRequest(
        issuer,
        client,
        authenticate(acme.clientSecret),
        new URLSearchParams(),
        withoutTls,
      );
      const { access_token, expires_in } = await oauth.processClientCredentialsResponse(
        issuer,
        client,
        response,
      );
      expect(expires_in).toBe(3600);
      const connection = await oauth.protectedResourceRequest(
        access_token,
        'GET',
        new URL(`${server.url}/v1/connection`),
        undefined,
        undefined,
        withoutTls,
      );
      expect(connection.status).toBe(200);
    });

    test('decodes both halves of the header, which are encoded by RFC 6749', async () => {
      const every = acme.clientSecret.replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
      expectToken(await ask('grant_type=client_credentials', basic({ ...acme, clientSecret: every })));
    });

    test.each([
      ['a wrong secret', () => ask('grant_type=client_credentials', basic({ ...acme, clientSecret: 'x' }))],
      [
        'an unknown id',
        () => ask('grant_type=client_credentials', basic({ clientId: 'sw_x', clientSecret: 'x' })),
      ],
      [
        'an encoding that is none',
        () => ask('grant_type=client_credentials', basic({ ...acme, clientId: '%zz' })),
      ],
      ['no credentials', () => ask('grant_type=client_credentials', {})],
      ['half of them', () => ask(`grant_type=client_credentials&client_id=${acme.clientId}`, {})],
      ['another scheme', () => ask('grant_type=client_credentials', { authorization: 'Bearer x' })],
    ])('invalid_client, 401, for %s', async (_, send) => {
      const answer = await send();
      expectError(answer, 401, 'invalid_client');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    });

    test.each([
      ['header and body at once', () => ask(inBody())],
      ['another client id in the body', () => ask('grant_type=client_credentials&client_id=sw_other')],
      ['no grant type', () => ask('')],
      ['an empty grant type', () => ask('grant_type=')],
      ['a parameter twice', () => ask('grant_type=client_credentials&grant_type=client_credentials')],
      ['JSON', () => ask('{}', { ...basic(acme), 'content-type': 'application/json' })],
      ['a body too large', () => ask(`grant_type=client_credentials&x=${'x'.repeat(10_000)}`)],
    ])('invalid_request, 400, for %s', async (_, send) => {
      expectError(await send(), 400, 'invalid_request');
    });

    test('unsupported_grant_type, 400, for another grant type', async () => {
      expectError(await ask('grant_type=password'), 400, 'unsupported_grant_type');
    });

    test('too many failures: 429 with Retry-After, while good credentials still pass', async () => {
      let answer: Answer | undefined;
      for (let n = 0; n <= FAILURES_PER_MINUTE.client; n += 1) {
        answer = await ask('grant_type=client_credentials', basic({ ...other, clientSecret: 'guess' }));
      }
      expectError(answer!, 429, 'invalid_client');
      expect(Number(answer!.headers.get('retry-after'))).toBeGreaterThan(0);
      expectToken(await ask('grant_type=client_credentials', basic(other)));
    });
  });

  test('hundreds of guesses at once are refused, none causes an error, and the owner is accepted among them', async () => {
    const guessed = await admin.enable('guessed.firefishsoftware.com');
    const guess = (): Promise<Answer> => {
      const clientSecret = makeClientSecret(randomBytes);
      return get('/v1/connection', { ...guessed, clientSecret });
    };
    const answers = await Promise.all([
      ...Array.from({ length: 150 }, guess),
      get('/v1/connection', guessed),
      ...Array.from({ length: 150 }, guess),
    ]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses[150]).toBe(200);
    statuses.splice(150, 1);
    expect([...new Set(statuses)].sort()).toEqual([401, 429]);
  });

  describe('/v1/connection', () => {
    test('is never-connected until the first POST, whose answer differs only in that', async () => {
      const fresh = await admin.enable('fresh.firefishsoftware.com');
      const before = await get('/v1/connection', fresh);
      expect(before).toMatchObject({
        status: 200,
        body: {
          status: 'never-connected',
          domain: 'fresh.firefishsoftware.com',
          firefish: { reachable: true, missingScopes: ['usersAPI-read'] },
          settings: DEFAULT_SETTINGS,
        },
      });
      const body = { domain: 'HTTPS://Fresh.FirefishSoftware.com.:443/Login?x=1' };
      const connected = await post('/v1/connection', body, basic(fresh));
      expect(connected.body).toEqual({ ...(before.body as object), status: 'connected' });
      expect((await get('/v1/connection', fresh)).body).toEqual(connected.body);
      connectionSchema.strict().parse(connected.body);
    });

    test('an agency that has moved connects at its new domain at once, and no more at the old one', async () => {
      const [from, to] = ['moving.firefishsoftware.com', 'moved.firefishsoftware.com'];
      const moving = await admin.enable(from);
      expect((await post('/v1/connection', { domain: from }, basic(moving))).status).toBe(200);
      await admin.run({ verb: 'move', domain: from, to });

      const connected = await post('/v1/connection', { domain: to }, basic(moving));
      expect(connected).toMatchObject({ status: 200, body: { status: 'connected', domain: to } });
      const refused = await post('/v1/connection', { domain: from }, basic(moving));
      expectProblem(refused, 422, 'domain-mismatch');
    });

    test.each([
      'https://other.firefishsoftware.com',
      'https://acme.firefishsoftware.com@other.example',
      'https://user@acme.firefishsoftware.com',
      'https://@acme.firefishsoftware.com',
      'https://аcme.firefishsoftware.com',
      'acme.firefishsoftware.com.other.example',
      'other.example/acme.firefishsoftware.com',
      'other.example\\@acme.firefishsoftware.com',
      'ftp://acme.firefishsoftware.com',
      'not a domain',
      '',
    ])('another domain, 422: %s', async (domain) => {
      expectProblem(await post('/v1/connection', { domain }), 422, 'domain-mismatch');
    });

    test.each([[{}], [{ domain: 7 }], [[]], [null]])('a body without a domain, 422: %j', async (body) => {
      expectProblem(await post('/v1/connection', JSON.stringify(body)), 422, 'invalid-request');
    });

    test('a body that is not JSON, 400; of another type, 415; too large, 413', async () => {
      expectProblem(await post('/v1/connection', '{'), 400, 'invalid-json');
      const headers = { ...basic(acme), 'content-type': 'text/plain' };
      expectProblem(await post('/v1/connection', '{}', headers), 415, 'unsupported-media-type');
      expectProblem(await post('/v1/connection', { domain: 'x'.repeat(10_000) }), 413, 'body-too-large');
    });

    test('says what the circuit breaker knows of Firefish', async () => {
      const down = await admin.enable('down.firefishsoftware.com');
      const tenant = await admin.services.tenants.read(down.tenantId);
      const trouble = { reason: 'outage', since: Date.now() };
      const firefishGivenAt = tenant!.firefishCheckedAt;
      await sync.put({ ...turnKey(down.tenantId), trouble, firefishGivenAt }, 'anything');
      expect((await get('/v1/connection', down)).body).toMatchObject({ firefish: { reachable: false } });
    });
  });

  describe('batches and events', () => {
    test('a batch counts its events by state, in their order', async () => {
      const ids = ['b1', 'b2', 'b3', 'b4', 'b5'];
      const batchId = await postEvents(...ids);
      const end = { finishedAt: Date.now(), actions: [], notes: [] };
      await setState('b2', { ...end, state: 'synced' });
      await setState('b3', { ...end, state: 'skipped', reason: 'no-email' });
      await setState('b4', { ...end, state: 'failed' });
      await setState('b5', { waitUntil: Date.now() + 60_000, waitReason: 'limit' });
      const { status, body } = await get(`/v1/batches/${batchId}`);
      expect(status).toBe(200);
      expect(batchSchema.strict().parse(body)).toEqual({
        total: 5,
        queued: 1,
        deferred: 1,
        synced: 1,
        skipped: 1,
        failed: 1,
        events: ['queued', 'synced', 'skipped', 'failed', 'deferred'].map((state, n) => ({
          id: ids[n],
          state,
        })),
      });
    });

    test('an event no longer shows a wait for credentials that were replaced', async () => {
      const batchId = await postEvents('waits');
      const waits = { 2: { reason: 'credentials', until: Date.now() + 3_600_000 } };
      const record = await admin.services.tenants.read(acme.tenantId);
      const states = async (firefishGivenAt: number): Promise<unknown[]> => {
        await sync.put({ ...turnKey(acme.tenantId), waits, firefishGivenAt }, 'anything');
        const answers = [await get('/v1/events/waits'), await get(`/v1/batches/${batchId}`)];
        return answers.map(({ body }) => body);
      };
      expect(await states(record!.firefishCheckedAt)).toMatchObject([
        { state: 'deferred', reason: 'credentials' },
        { deferred: 1 },
      ]);
      expect(await states(record!.firefishCheckedAt - 1)).toMatchObject([{ state: 'queued' }, { queued: 1 }]);
      await sync.delete(turnKey(acme.tenantId));
    });

    test('an event is queued from the 202 on, and then says how it ended', async () => {
      await postEvents('x~1:a.b');
      const before = await get('/v1/events/x~1:a.b');
      expect(before).toMatchObject({
        status: 200,
        body: { id: 'x~1:a.b', type: 'record.updated', state: 'queued', attempts: 0, actions: [] },
      });
      const actions: EndedEvent['actions'] = [
        { entity: 'contact', ref: 7, operation: 'updated', fields: ['FirstName'] },
      ];
      await setState('x~1:a.b', {
        state: 'synced',
        attempts: 1,
        finishedAt: Date.parse('2026-03-01T00:00:00Z'),
        ...{ actions, notes: [] },
      });
      const { body } = await get('/v1/events/x~1:a.b');
      expect(eventStateSchema.strict().parse(body)).toMatchObject({
        state: 'synced',
        attempts: 1,
        finishedAt: '2026-03-01T00:00:00.000Z',
        actions,
      });
    });

    test("another tenant's are not found, as if they did not exist", async () => {
      const batchId = await postEvents('mine');
      for (const [mine, never] of [
        ['/v1/events/mine', '/v1/events/never'],
        [`/v1/batches/${batchId}`, '/v1/batches/never'],
      ] as const) {
        expect((await get(mine)).status).toBe(200);
        const [theirs, nobodys] = [await get(mine, other), await get(never, other)];
        expectProblem(theirs, 404, 'not-found');
        const without = ({ body }: Answer): unknown => ({ ...(body as object), requestId: '' });
        expect(without(theirs)).toEqual(without(nobodys));
      }
    });

    test.each(['%00', '%F0%9F%98%80', 'x'.repeat(2_000), '..%2F..', '%23'])(
      'an impossible id is a 404: %s',
      async (id) => {
        expectProblem(await get(`/v1/events/${id}`), 404, 'not-found');
        expectProblem(await get(`/v1/batches/${id}`), 404, 'not-found');
      },
    );
  });

  test.each([
    ['GET', '/v1/connection'],
    ['POST', '/v1/connection'],
    ['GET', '/v1/batches/x'],
    ['GET', '/v1/events/x'],
    ['POST', '/v1/events'],
  ])('%s %s is closed without credentials: 401', async (method, path) => {
    const answer = await server.send(method, path);
    expectProblem(answer, 401, 'unauthorized');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=.*, Bearer realm=/);
  });

  test('GET /healthz answers everyone, and reveals nothing', async () => {
    expect(await server.send('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  test.each(Object.keys(PROBLEMS))('the type of the problem %s is the address of its page', async (type) => {
    const response = await fetch(new URL(problemUri(type as ProblemType), server.url));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe(readFileSync(join(PROBLEM_PAGES, `${type}.md`), 'utf8'));
  });

  test.each(['constructor', 'none', '..%2f..%2fREADME', 'not-found.md', '%00'])(
    'there is no page about %s',
    async (type) => {
      expectProblem(await server.send('GET', `/problems/${type}`), 404, 'not-found');
    },
  );

  test('a new secret works at once after a rotation, and the old one until its end', async () => {
    const rotated = await admin.enable('rotated.firefishsoftware.com');
    expect((await get('/v1/connection', rotated)).status).toBe(200);
    const next = (await admin.run({ verb: 'rotate', domain: rotated.domain, overlap: '1h' })) as Issued;
    expect((await get('/v1/connection', next)).status).toBe(200);
    expect((await get('/v1/connection', rotated)).status).toBe(200);
  });

  describe('GET /openapi.json', () => {
    interface Document {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown> };
    }
    const read = async (): Promise<Document> => {
      const { status, body } = await server.send('GET', '/openapi.json');
      expect(status).toBe(200);
      return body as Document;
    };

    test('is OpenAPI 3.1, and every operation has its own id and a success', async () => {
      const { openapi, paths } = await read();
      expect(openapi).toMatch(/^3\.1\./);
      const operations = Object.values(paths).flatMap((path) => Object.values(path));
      expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
      for (const { responses } of operations) expect(Object.keys(responses).join()).toMatch(/20[012]/);
    });

    test('a linter for OpenAPI finds no problem', async () => {
      const problems = await lintFromString({
        source: JSON.stringify(await read()),
        absoluteRef: 'openapi.json',
        config: await createConfig({ extends: ['recommended-strict'] }),
      });
      expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
    });

    test('describes every route that SourceWhale has, and no other', async () => {
      const described = Object.entries((await read()).paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const { routes } = readDeployment(new URL('../../', import.meta.url));
      const servers = routes
        .filter(({ functionName }) => ['api', 'receive', 'preview', 'documents'].includes(functionName))
        .map(({ method, path }) => `${method} ${path}`);
      // The console's are held against its own in tests/e2e/console.test.ts.
      const isSourceWhales = (server: string): boolean => !server.includes(' /admin/v1/');
      expect(described.filter(isSourceWhales).sort()).toEqual(servers.sort());
    });

    test('has only references to its own parts', async () => {
      const document = await read();
      const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
        ([, name]) => name!,
      );
      expect(names.length).toBeGreaterThan(10);
      for (const name of names) expect(document.components.schemas).toHaveProperty(name);
    });
  });
});
