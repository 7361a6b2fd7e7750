/** The console's API on the whole local system: who has access, and to whose data. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CONSOLE_ENDPOINTS } from '../../lib/console/reference/description.ts';
import { consoleEndpoints } from '../../lib/console/endpoints.ts';
import type { ConsoleServices } from '../../lib/console/services.ts';
import { type LocalStack, startLocalStack } from '../../local/stack/stack.ts';
import { eventually } from '../support/eventually.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';

const ACME = 'acme.firefishsoftware.com';
const OTHER = 'other.firefishsoftware.com';
/** Each agency has its own Custom API profile. */
const firefishOf = (domain: string) => ({
  firefishClientId: `ff-${domain.split('.')[0]!}`,
  firefishClientSecret: `ff-${domain.split('.')[0]!}-secret`,
});
const FIREFISH = firefishOf(ACME);

let stack: LocalStack;
let operator: SignedIn;
let superUser: SignedIn;
/** What enabling ACME gave. */
let issued: { clientId: string; clientSecret: string };

beforeAll(async () => {
  stack = await startLocalStack({
    environment: { PORT: '0', FIREFISH_RATE_LIMITS: '100000/1s', FIREFISH_TOKEN_LIMITS: '100000/1s' },
    onError: () => undefined,
  });
  operator = await signIn(`${stack.url}/console`, 'operator');
  superUser = await signIn(`${stack.url}/console`, 'super-user');
}, 60_000);
afterAll(() => stack.stop());

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function ask(who: SignedIn | undefined, endpoint: string, body?: unknown): Promise<Answer> {
  const [method = '', path = ''] = endpoint.split(' ');
  const response = await fetch(`${stack.url}/admin/v1${path}`, {
    method,
    headers: {
      ...(who === undefined ? {} : { authorization: `Bearer ${who.accessToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('signing in', () => {
  test('gives the API who the person is and what they may see', async () => {
    expect(await ask(operator, 'GET /me')).toEqual({
      status: 200,
      body: {
        subject: 'operator',
        email: 'operator@service.example',
        name: 'Olive Operator',
        role: 'operator',
        domains: [],
      },
    });
    expect((await ask(superUser, 'GET /me')).body).toMatchObject({ role: 'super-user', domains: [ACME] });
  });

  test('is required: without it the API answers nobody', async () => {
    expect(await ask(undefined, 'GET /me')).toEqual({ status: 401, body: { message: 'Unauthorized' } });
    const forged = `${operator.accessToken.slice(0, -4)}AAAA`;
    expect((await ask({ ...operator, accessToken: forged }, 'GET /me')).status).toBe(401);
  });
});

describe('signing out', () => {
  test('ends the token on the server, and signing in again gives a valid one', async () => {
    const before = await signIn(`${stack.url}/console`, 'super-user');
    expect((await ask(before, 'GET /me')).status).toBe(200);
    expect(await ask(before, 'POST /sign-out', {})).toEqual({ status: 200, body: {} });
    expect(await ask(before, 'GET /me')).toMatchObject({
      status: 401,
      body: { type: '/problems/unauthorized' },
    });
    expect((await ask(superUser, 'GET /me')).status).toBe(401);
    superUser = await signIn(`${stack.url}/console`, 'super-user');
    expect((await ask(superUser, 'GET /me')).status).toBe(200);
    expect((await ask(operator, 'GET /me')).status).toBe(200);
  });

  test('an ID token is not accepted as an access token', async () => {
    const { idToken } = await signIn(`${stack.url}/console`, 'operator');
    expect((await ask({ ...operator, accessToken: idToken! }, 'GET /me')).status).toBe(401);
  });
});

describe('a tenant', () => {
  test('can be enabled, rotated and disabled by its own super user', async () => {
    expect((await ask(superUser, `GET /tenants/${ACME}`)).body).toEqual({
      domain: ACME,
      status: 'never-enabled',
    });
    const enabled = await ask(superUser, `POST /tenants/${ACME}/enable`, FIREFISH);
    expect(enabled).toMatchObject({ status: 200, body: { domain: ACME, missingScopes: [] } });
    issued = enabled.body as typeof issued;
    expect((await ask(superUser, `POST /tenants/${ACME}/enable`, FIREFISH)).status).toBe(409);
    const shown = await ask(superUser, `GET /tenants/${ACME}`);
    expect(shown.body).toMatchObject({ status: 'enabled', clientId: enabled.body.clientId });
    expect(JSON.stringify(shown.body)).not.toContain(enabled.body.clientSecret);
  });

  test('is not found for the super user of another one', async () => {
    await ask(operator, `POST /tenants/${OTHER}/enable`, firefishOf(OTHER));
    expect((await ask(superUser, `GET /tenants/${OTHER}`)).status).toBe(404);
    expect((await ask(superUser, 'GET /tenants')).body).toMatchObject({ tenants: [{ domain: ACME }] });
    expect((await ask(operator, 'GET /tenants')).body).toMatchObject({
      tenants: [{ domain: ACME }, { domain: OTHER }],
    });
  });
});

test('a body of the wrong form is refused, and each wrong part is named with what it should be', async () => {
  const wrong = { defaultOwnerEmail: 'the boss', updatePolicy: { fields: { JobTitle: 'perhaps' } } };
  expect(await ask(superUser, `PUT /tenants/${ACME}/settings`, wrong)).toMatchObject({
    status: 422,
    body: {
      type: '/problems/invalid-request',
      errors: [
        { path: 'updatePolicy.fields.JobTitle', message: expect.any(String) },
        { path: 'defaultOwnerEmail', message: 'must be an e-mail address, such as ann@agency.example' },
      ],
    },
  });
  const silent = await ask(superUser, `POST /tenants/${ACME}/dismiss`, { all: true, reason: ' ' });
  expect(silent).toMatchObject({ status: 422, body: { errors: [{ path: 'reason', message: 'say why' }] } });
});

test('settings that another person has changed in between are not replaced, and the answer says what changed', async () => {
  const path = `/tenants/${ACME}/settings`;
  const { version } = (await ask(superUser, `GET ${path}`)).body as { version: number };
  const set = (who: SignedIn, seen: number, settings: object): Promise<Answer> =>
    ask(who, `PUT ${path}?version=${seen}`, settings);
  const first = await set(operator, version, { createCompanies: false });
  expect(first).toMatchObject({ status: 200, body: { version: version + 1 } });
  expect(await set(superUser, version, { defaultSource: 'SW' })).toMatchObject({
    status: 409,
    body: {
      type: '/problems/settings-changed',
      version: version + 1,
      errors: [{ path: 'createCompanies', message: expect.stringContaining('now false') }],
    },
  });
  expect((await set(superUser, version + 1, {})).body).toMatchObject({ version: version + 2 });
  expect((await set(superUser, 0, {})).status).toBe(422);
});

describe('events', () => {
  const at = `/tenants/${ACME}`;
  const story = async (id: string): Promise<Record<string, unknown>> =>
    (await ask(superUser, `GET ${at}/events/${id}`)).body;
  const ended = (id: string): Promise<Record<string, unknown>> =>
    eventually(
      () => story(id),
      ({ state }) => !['queued', 'deferred'].includes(String(state)),
    );
  const idsOf = ({ body }: Answer): unknown[] => (body.events as { id: string }[]).map(({ id }) => id);

  test('a test event reaches Firefish, and its steps are shown', async () => {
    const sent = await ask(superUser, `POST ${at}/test-event`, {});
    expect(sent.status).toBe(202);
    const id = String(sent.body.eventId);
    const done = await ended(id);
    expect(done).toMatchObject({
      state: 'synced',
      type: 'record.synced',
      actions: [{ entity: 'candidate', operation: 'created' }],
      steps: ['received', 'queued', 'working', 'matched', 'written', 'ended'].map((step) => ({
        step,
        state: 'done',
      })),
    });
    expect(CONSOLE_ENDPOINTS['GET /tenants/{domain}/events/{eventId}']!.answer.parse(done)).toEqual(done);
    const [{ ref }] = done.actions as [{ ref: number }];
    expect((await ask(superUser, `GET ${at}`)).body.lastEvent).toMatchObject({ id, state: 'synced' });
    expect(idsOf(await ask(superUser, `GET ${at}/events?state=synced&type=record.synced`))).toEqual([id]);
    expect(idsOf(await ask(superUser, `GET ${at}/events?state=failed,skipped,queued`))).toEqual([]);
    for (const search of [
      { email: ' SourceWhale-connection-test@example.com' },
      { candidateId: 'sourcewhale-firefish-connection-test' },
      { record: { entity: 'candidate', ref } },
      { eventId: id },
    ]) {
      const found = await ask(superUser, `POST ${at}/events/search`, search);
      expect([search, found.status, idsOf(found), found.body.known]).toEqual([search, 200, [id], true]);
    }
    const record = await ask(superUser, `GET ${at}/records/candidate/${ref}`);
    expect(record.body).toMatchObject({ entity: 'candidate', ref });
  });

  test('that fail are grouped by reason, can be replayed, and can be dismissed with a reason', async () => {
    const refuse = { endpoint: /^(POST|PATCH) .candidates/, kind: 'status', status: 400, times: 2 } as const;
    stack.simulator!.faults.add({ ...refuse, body: { Message: 'JobTitle is too long (max 12)' } });
    const first = String((await ask(superUser, `POST ${at}/test-event`, {})).body.eventId);
    expect(await ended(first)).toMatchObject({
      state: 'failed',
      whatToDo: expect.stringContaining('did not accept a value'),
    });
    const grouped = await ask(superUser, `GET ${at}/failed`);
    expect(CONSOLE_ENDPOINTS['GET /tenants/{domain}/failed']!.answer.parse(grouped.body)).toEqual(
      grouped.body,
    );
    expect(grouped.body).toMatchObject({ total: 1, groups: [{ count: 1, example: first }] });
    expect((await ask(superUser, `GET ${at}`)).body.failed).toEqual({ count: 1 });
    const [{ id: group }] = grouped.body.groups as [{ id: string }];
    expect(idsOf(await ask(superUser, `GET ${at}/events?group=${group}`))).toEqual([first]);

    expect((await ask(superUser, `POST ${at}/replay`, { group })).body).toEqual({ replayed: 1 });
    await ended(first);
    const dismissed = await ask(superUser, `POST ${at}/dismiss`, { all: true, reason: 'typed by hand' });
    expect(dismissed.body).toEqual({ dismissed: 1 });
    expect(await story(first)).toMatchObject({ state: 'failed', notes: ['dismissed: typed by hand'] });
    expect((await ask(superUser, `GET ${at}/failed`)).body).toMatchObject({ total: 0 });
  });

  test('about two people with one address wait for a decision, and continue after it', async () => {
    const person = { kind: 'candidate', emails: ['shared@home.example'] };
    const push = (id: string, record: object): Promise<Response> =>
      fetch(`${stack.url}/v1/events`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${btoa(`${issued.clientId}:${issued.clientSecret}`)}`,
        },
        body: JSON.stringify({ id, type: 'record.created', occurredAt: new Date().toISOString(), record }),
      });
    const cy = await push('cy', { ...person, candidateId: 'sw_1', firstName: 'Cy', lastName: 'Fox' });
    expect(cy.status).toBe(202);
    const [{ ref }] = (await ended('cy')).actions as [{ ref: number }];
    await push('di', { ...person, candidateId: 'sw_2', firstName: 'Di', lastName: 'Oak' });
    expect(await ended('di')).toMatchObject({ state: 'skipped', reason: 'name-conflict' });
    const waiting = await ask(superUser, `GET ${at}/decisions`);
    const decision = {
      records: [{ entity: 'candidate', ref }],
      person: { name: 'Di Oak', candidateId: 'sw_2', emails: person.emails },
    };
    const listed = { event: 'di', type: 'record.created', at: expect.any(String), ...decision };
    expect(waiting.body).toEqual({ decisions: [listed] });
    expect((await ask(superUser, `GET ${at}/events/di`)).body).toMatchObject({ decision });
    expect((await ask(superUser, `GET ${at}`)).body).toMatchObject({ decisions: { count: 1 } });
    const decided = await ask(superUser, `POST ${at}/decide`, { event: 'di', as: 'someone-else' });
    expect(decided).toEqual({ status: 200, body: { event: 'di', state: 'queued' } });
    expect(CONSOLE_ENDPOINTS['POST /tenants/{domain}/decide']!.answer.parse(decided.body)).toEqual(
      decided.body,
    );
    expect(await ended('di')).toMatchObject({ state: 'synced', actions: [{ operation: 'created' }] });
    // The person is shown only while the event waits.
    expect((await ask(superUser, `GET ${at}/events/di`)).body).not.toHaveProperty('decision');
    expect((await ask(superUser, `GET ${at}/decisions`)).body).toEqual({ decisions: [] });
  });

  test('are counted: the progress of a push, the time left, and the last hours', async () => {
    const progress = await ask(superUser, `GET ${at}/progress`);
    expect(progress.body).toMatchObject({
      open: { count: 0 },
      // The dismissed one stays failed.
      ended: { synced: 3, skipped: 0, failed: 1 },
      calls: expect.arrayContaining([
        { endpoint: 'POST /candidates', lastMinute: expect.any(Number), lastHour: expect.any(Number) },
      ]),
    });
    expect(progress.body).not.toHaveProperty('timeLeft');
    const { body } = await ask(superUser, `GET ${at}/history?hours=1`);
    const buckets = body.buckets as { synced: number; skipped: number; calls: number }[];
    expect(buckets).toHaveLength(4);
    const sum = (name: 'synced' | 'skipped' | 'calls'): number =>
      buckets.reduce((total, bucket) => total + bucket[name], 0);
    expect([sum('synced'), sum('skipped')]).toEqual([3, 0]);
    const made = (progress.body.calls as { lastHour: number }[]).reduce(
      (all, { lastHour }) => all + lastHour,
      0,
    );
    expect(sum('calls')).toBe(made);
  });

  test('about a person are no longer found after the person is erased', async () => {
    const email = 'sourcewhale-connection-test@example.com';
    expect((await ask(superUser, `POST ${at}/erase`, { email })).status).toBe(200);
    for (const search of [
      { email },
      { candidateId: 'sourcewhale-firefish-connection-test' },
      { record: { entity: 'candidate', ref: 1 } },
    ]) {
      const found = await ask(superUser, `POST ${at}/events/search`, search);
      expect(found.body).toEqual({ events: [], known: false, openComplete: true });
    }
  });
});

describe('a list request', () => {
  const cursor = (text: unknown): string => Buffer.from(JSON.stringify(text)).toString('base64url');
  const place = (id: string, indexSk = '2026-01-01T00:00:00Z'): string => cursor({ synced: { id, indexSk } });
  const events = `/tenants/${ACME}/events`;
  test.each([
    ['a page after nothing', '/tenants?after='],
    ['a page after more than a name can be', `/tenants?after=${'a'.repeat(300)}`],
    ['a search without end', `/tenants?search=${'a'.repeat(3_000)}`],
    ['an end before the beginning', `${events}?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z`],
    ['a cursor that is none', `${events}?after=x`],
    ['a cursor at an event without an id', `${events}?after=${place('')}`],
    [
      'a cursor at an instant without end',
      `${events}?after=${place('a', `2026-01-01T00:00:00.${'1'.repeat(1_100)}Z`)}`,
    ],
    ['a cursor of another list', `${events}?from=2026-03-01T00:00:00Z&after=${place('a')}`],
  ])('with %s is refused', async (_, path) => {
    expect((await ask(operator, `GET ${path}`)).body).toMatchObject({ type: '/problems/invalid-request' });
  });
});

describe('each endpoint', () => {
  // Only for their names, so that no endpoint is forgotten here.
  const endpoints = Object.keys(consoleEndpoints({} as ConsoleServices));
  const OF_FIREFISH = ['enable', 'check-firefish', 'firefish-credentials'];
  const BODIES: Record<string, unknown> = {
    search: { eventId: 'none' },
    erase: { email: 'nobody@person.example' },
    export: { email: 'nobody@person.example' },
    replay: { all: true },
    dismiss: { all: true, reason: 'a test' },
    decide: { event: 'none', as: 'same-person' },
  };
  /** By the end of their path; all others only look, and leave nothing. */
  const TRACED = [
    ...['enable', 'rotate', 'disable', 'firefish-credentials', 'check-firefish', 'settings', 'test-event'],
    ...['replay', 'dismiss', 'erase', 'export', 'decide'],
  ];
  const trail = async (): Promise<Record<string, unknown>[]> => {
    const client = new DynamoDBClient({ endpoint: stack.environment.AWS_ENDPOINT_URL_DYNAMODB! });
    const { Items = [] } = await client.send(new ScanCommand({ TableName: stack.environment.AUDIT_TABLE! }));
    client.destroy();
    return Items.map((item) => unmarshall(item));
  };
  const pathOf = (endpoint: string, domain: string): string =>
    endpoint
      .replace('{domain}', domain)
      .replace('{eventId}', 'none')
      .replace('{entity}', 'candidate')
      .replace('{ref}', '999999');
  const bodyOf = (endpoint: string, domain: string): unknown => {
    if (endpoint.startsWith('GET')) return undefined;
    const verb = endpoint.split('/').at(-1)!;
    return OF_FIREFISH.includes(verb) ? firefishOf(domain) : (BODIES[verb] ?? {});
  };
  const use = (who: SignedIn | undefined, endpoint: string, domain: string): Promise<Answer> =>
    ask(who, pathOf(endpoint, domain), bodyOf(endpoint, domain));

  test('is in the API’s description, and nothing else is', async () => {
    expect(Object.keys(CONSOLE_ENDPOINTS).sort()).toEqual([...endpoints].sort());
    const response = await fetch(`${stack.url}/openapi.json`);
    const { paths } = (await response.json()) as {
      paths: Record<string, Record<string, { responses: object }>>;
    };
    const described = Object.entries(paths)
      .filter(([path]) => path.startsWith('/admin/v1/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses }]) => {
          expect(responses).toHaveProperty('422');
          return `${method.toUpperCase()} ${path.replace('/admin/v1', '')}`;
        }),
      );
    expect(described.sort()).toEqual([...endpoints].sort());
  });

  test.each(endpoints)('%s is closed to a person who is not signed in', async (endpoint) => {
    expect((await use(undefined, endpoint, ACME)).status).toBe(401);
  });

  test.each(endpoints.filter((endpoint) => endpoint.includes('{domain}')))(
    '%s of another agency is not found for a super user, as if it did not exist',
    async (endpoint) => {
      const others = await use(superUser, endpoint, OTHER);
      const nobodys = await use(superUser, endpoint, 'nobodys.firefishsoftware.com');
      expect(others).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
      expect({ ...others.body, requestId: '' }).toEqual({ ...nobodys.body, requestId: '' });
    },
  );

  test.each(endpoints)('%s refuses what its description does not name', async (endpoint) => {
    const refused = { status: 422, body: { type: '/problems/invalid-request' } };
    const path = pathOf(endpoint, OTHER);
    const body = bodyOf(endpoint, OTHER);
    expect(await ask(operator, `${path}?unknown=1`, body)).toMatchObject(refused);
    if (body === undefined) return;
    for (const name of ['unknown', '__proto__', 'verb', 'domain', 'limit', 'set']) {
      const more = JSON.parse(`{ ${JSON.stringify(name)}: "x" }`) as object;
      expect([name, await ask(operator, path, { ...(body as object), ...more })]).toMatchObject([
        name,
        refused,
      ]);
    }
  });

  test('settings refuse a field named __proto__', async () => {
    const settings: unknown = JSON.parse('{ "updatePolicy": { "fields": { "__proto__": "never" } } }');
    for (const who of [operator, superUser]) {
      expect(await ask(who, `PUT /tenants/${ACME}/settings`, settings)).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'updatePolicy.fields', message: 'Unrecognized key: "__proto__"' }] },
      });
    }
  });

  // Signing out ends what the others use: it has its own tests.
  const used = endpoints.filter((endpoint) => endpoint !== 'POST /sign-out');
  test.each(used)(
    '%s is open to an operator, for each agency, and to its own super user',
    async (endpoint) => {
      const missing = endpoint.includes('{eventId}') || endpoint.includes('{ref}') ? 404 : undefined;
      // It is enabled already; and no event waits for a decision.
      const refused = endpoint.endsWith('/enable') || endpoint.endsWith('/decide') ? 409 : undefined;
      const wanted = missing ?? refused ?? (endpoint.endsWith('/test-event') ? 202 : 200);
      // Disabling comes last of all: it changes what the others answer.
      const domain = endpoint.endsWith('/disable') ? 'third.firefishsoftware.com' : OTHER;
      if (domain !== OTHER) await ask(operator, `POST /tenants/${domain}/enable`, firefishOf(domain));
      const before = new Set((await trail()).map(({ sk }) => sk));
      const answer = await use(operator, endpoint, domain);
      // Besides the trail, the table keeps what was erased, for a repetition after a restore.
      const left = (await trail()).filter(({ pk, sk }) => String(pk).startsWith('audit#') && !before.has(sk));
      const verb = endpoint.split('/').at(-1)!;
      const by = `${stack.issuer}#operator`;
      const entry = (step: string): object => expect.objectContaining({ verb, step, domain, by });
      expect(left.sort((a, b) => (String(a.step) < String(b.step) ? -1 : 1))).toEqual(
        TRACED.includes(verb) ? [entry('begun'), entry('ended')] : [],
      );
      expect(new Set(left.map(({ requestId }) => requestId)).size).toBe(TRACED.includes(verb) ? 1 : 0);
      expect([endpoint, answer.status]).toEqual([endpoint, wanted]);
      if (wanted < 300) expect(CONSOLE_ENDPOINTS[endpoint]!.answer.parse(answer.body)).toEqual(answer.body);
      if (domain === OTHER)
        expect([endpoint, (await use(superUser, endpoint, ACME)).status]).toEqual([endpoint, wanted]);
    },
  );

  test('writes to the audit trail who did it, and never a secret or an address', async () => {
    const entries = await trail();
    const dismissed = entries.filter(({ verb, step }) => verb === 'dismiss' && step === 'begun');
    const bySuperUser = { domain: ACME, by: `${stack.issuer}#super-user`, all: true };
    expect(dismissed).toContainEqual(expect.objectContaining(bySuperUser));
    expect(entries.some(({ by }) => by === `${stack.issuer}#operator`)).toBe(true);
    const secrets = /ff-acme|swsec_|person\.example|example\.com|typed by hand|@/;
    expect(JSON.stringify(entries)).not.toMatch(secrets);
  });
});
