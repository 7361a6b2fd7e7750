/**
 * Every endpoint, tried with all ids of another tenant: nothing of that tenant is shown or changed. The endpoints are
 * those that are deployed: one without a row here fails the test.
 */
import type { TenantId } from '../../lib/ids.ts';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { VERBS } from '../../lib/admin/verbs.ts';
import { readDeployment } from '../../local/stack/deployment.ts';
import { type LocalStack, startLocalStack } from '../../local/stack/stack.ts';
import { eventually } from '../support/eventually.ts';
import { signedHeaders } from '../support/administer.ts';
import { signIn } from '../support/sign-in.ts';

/** The local super user's own. */
const OURS = 'acme.firefishsoftware.com';
const THEIRS = 'other.firefishsoftware.com';
const NO_LIMIT = '100000/1s';

/** What names one tenant, its secrets, and what is its own. */
interface Ids {
  domain: string;
  tenantId: TenantId;
  clientId: string;
  clientSecret: string;
  /** The old secret after `rotate`: no longer valid. */
  oldSecret: string;
  token: string;
  eventId: string;
  failedId: string;
  batchId: string;
  candidateId: string;
  email: string;
  companyId: string;
  group: string;
  /** `next` of a list of events, and of a step of `replay`. */
  after: string;
  cursor: string;
  ref: number;
}

/** Ids of the same form that do not exist. */
const NOBODYS: Ids = {
  domain: 'nobody.firefishsoftware.com',
  tenantId: `t_${'0'.repeat(24)}` as TenantId,
  clientId: 'sw_nobodynobodynobo',
  clientSecret: `swsec_${'n'.repeat(43)}_${'0'.repeat(8)}`,
  oldSecret: `swsec_${'o'.repeat(43)}_${'0'.repeat(8)}`,
  token: `swat_${'n'.repeat(43)}`,
  eventId: 'nobodys-event',
  failedId: 'nobodys-failed',
  batchId: '00000000-0000-4000-8000-000000000000',
  candidateId: 'nobodys-person',
  email: 'nobody@nobodys.example',
  companyId: 'nobodys-company',
  group: 'nobodysnobodysno',
  after: '',
  cursor: '',
  ref: 999_999,
};

let stack: LocalStack;
let dynamo: DynamoDBClient;
let ours: Ids;
let theirs: Ids;
let superUser: string;

interface Answer {
  status: number;
  body: unknown;
}
interface Attempt {
  method?: string;
  /** Without: the endpoint's own. */
  path?: string;
  authorization?: string;
  body?: unknown;
  form?: Record<string, string>;
}

const basic = ({ clientId, clientSecret }: Pick<Ids, 'clientId' | 'clientSecret'>): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

async function send(endpoint: string, attempt: Attempt): Promise<Answer> {
  const [method = '', path = ''] = endpoint.split(' ');
  const { authorization, body, form } = attempt;
  const text = body === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(body);
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const response = await fetch(stack.url + (attempt.path ?? path), {
    method: attempt.method ?? method,
    headers: {
      ...(text === undefined ? {} : { 'content-type': type }),
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const answer = await response.text();
  return { status: response.status, body: answer.startsWith('{') ? (JSON.parse(answer) as unknown) : answer };
}

async function provision(payload: Record<string, unknown>): Promise<Record<string, string>> {
  const response = await fetch(`${stack.url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify(payload),
  });
  return (await response.json()) as Record<string, string>;
}

async function signed(payload: Record<string, unknown>): Promise<Answer> {
  const body = JSON.stringify(payload);
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    stack.environment;
  const headers = await signedHeaders(stack.url, body, { credentials: { accessKeyId, secretAccessKey } });
  const response = await fetch(`${stack.url}/administration`, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}

/** A tenant that has everything there is to have, under ids with this name in them. */
async function furnish(domain: string, name: string): Promise<Ids> {
  const first = await provision({
    verb: 'enable',
    domain,
    firefishClientId: `ff-${name}`,
    firefishClientSecret: `ff-${name}-secret`,
  });
  const rotated = await provision({ verb: 'rotate', domain, overlap: '0' });
  const who = { clientId: rotated['clientId']!, clientSecret: rotated['clientSecret']! };
  const authorization = basic(who);
  const token = await send('POST /oauth/token', {
    authorization,
    form: { grant_type: 'client_credentials' },
  });
  await send('POST /v1/connection', { authorization, body: { domain } });
  const [eventId, failedId] = [`${name}-synced`, `${name}-failed`];
  const event = (id: string, more: object): object => ({
    ...{ id, type: 'record.created', occurredAt: '2026-01-05T10:00:00Z' },
    ...more,
  });
  const record = (person: string): object => ({
    record: {
      ...{ candidateId: `${name}-${person}`, kind: 'candidate', firstName: name, lastName: person },
      emails: [`${person}@${name}.example`],
    },
  });
  const push = async (...events: object[]): Promise<string> => {
    const { body } = await send('POST /v1/events', { authorization, body: { events } });
    const { batchId } = body as { batchId: string };
    await eventually(
      () => send('GET ', { authorization, path: `/v1/batches/${batchId}` }),
      ({ body: seen }) => {
        const { queued, deferred } = seen as { queued: number; deferred: number };
        return queued + deferred === 0;
      },
    );
    return batchId;
  };
  const company = { id: `${name}-company`, name: `${name} Ltd` };
  const batchId = await push(
    event(eventId, record('ann')),
    event(`${name}-company-event`, { type: 'company.created', company }),
    event(`${name}-out`, { type: 'marketing.opted_out', ...record('bea'), marketing: {} }),
  );
  const refusal = { kind: 'status', status: 400, body: { Message: `${name} is refused` } } as const;
  stack.simulator!.faults.add({ ...refusal, endpoint: /^POST .candidates/, times: 2 });
  await push(event(failedId, record('cy')), event(`${name}-failed-too`, record('di')));
  const operator = `Bearer ${(await signIn(`${stack.url}/console`, 'operator')).accessToken}`;
  const console = `/admin/v1/tenants/${domain}`;
  const listed = await send('GET ', { authorization: operator, path: `${console}/events?limit=1` });
  const failures = await send('GET ', { authorization: operator, path: `${console}/failed` });
  const [{ id: group }] = (failures.body as { groups: [{ id: string }] }).groups;
  const step = await provision({ verb: 'replay', domain, all: true, limit: 1 });
  stack.simulator!.faults.add({ ...refusal, endpoint: /^POST .candidates/, times: 1 });
  await push(event(`${name}-last`, { ...record('ann'), type: 'record.updated' }));
  const story = await send('GET ', { authorization, path: `/v1/events/${eventId}` });
  const [{ ref }] = (story.body as { actions: [{ ref: number }] }).actions;
  return {
    ...{ domain, ...who, tenantId: first['tenantId'] as TenantId, oldSecret: first['clientSecret']! },
    ...{ token: (token.body as { access_token: string }).access_token, eventId, batchId, group, ref },
    ...{ failedId: `${name}-failed-too`, candidateId: `${name}-ann`, email: `ann@${name}.example` },
    ...{ companyId: company.id, after: (listed.body as { next: string }).next, cursor: step['next']! },
  };
}

beforeAll(async () => {
  stack = await startLocalStack({
    environment: {
      ...{ PORT: '0', LOG_LEVEL: 'SILENT' },
      ...{ FIREFISH_RATE_LIMITS: NO_LIMIT, FIREFISH_TOKEN_LIMITS: NO_LIMIT },
    },
    onError: () => undefined,
  });
  dynamo = new DynamoDBClient({ endpoint: stack.environment['AWS_ENDPOINT_URL_DYNAMODB']! });
  theirs = await furnish(THEIRS, 'theirs');
  ours = await furnish(OURS, 'ours');
  superUser = `Bearer ${(await signIn(`${stack.url}/console`, 'super-user')).accessToken}`;
}, 60_000);
afterAll(async () => {
  dynamo.destroy();
  await stack.stop();
});

/** All that is kept of a tenant, in all tables, and all that its Firefish holds. */
async function everythingOf({ tenantId, clientId, domain }: Ids, agency: string): Promise<unknown> {
  const kept = [];
  for (const name of ['CREDENTIALS_TABLE', 'SYNC_TABLE', 'AUDIT_TABLE']) {
    for await (const { Items = [] } of paginateScan(
      { client: dynamo },
      { TableName: stack.environment[name]! },
    )) {
      kept.push(...Items.map((item) => unmarshall(item)));
    }
  }
  const isTheirs = ({ pk, sk }: Record<string, string>): boolean =>
    pk!.startsWith(`${tenantId}#`) ||
    pk === `audit#${domain}` ||
    (['tenants', 'clients', 'domains', 'alerts'].includes(pk!) && [tenantId, clientId, domain].includes(sk!));
  const items = kept
    .filter(isTheirs)
    .sort((a, b) => (`${a['pk']} ${a['sk']}` < `${b['pk']} ${b['sk']}` ? -1 : 1));
  return { items, firefish: structuredClone(stack.simulator!.state(agency)) };
}

const event = (ids: Ids, id: string, more: object = {}): object => ({
  ...{ id, type: 'record.updated', occurredAt: '2026-01-05T11:00:00Z' },
  record: { candidateId: ids.candidateId, kind: 'candidate', firstName: 'New', emails: [ids.email] },
  ...more,
});

/** What the owner of `ours` tries at each endpoint, with ids of someone: theirs, or of the same form and nobody's. */
type Row = (ids: Ids) => Attempt[];

/** Ways in that are made of both: the id of one with the secret of the other, and what is no credential at all. */
const mixed = (ids: Ids): string[] => [
  basic({ clientId: ids.clientId, clientSecret: ours.clientSecret }),
  basic({ clientId: ours.clientId, clientSecret: ids.clientSecret }),
  basic({ clientId: ids.clientId, clientSecret: ids.oldSecret }),
  basic({ clientId: ids.tenantId, clientSecret: ours.clientSecret }),
  basic({ clientId: ids.domain, clientSecret: ids.tenantId }),
  `Bearer ${ids.clientSecret}`,
  `Bearer ${ids.tenantId}`,
  `Bearer ${ids.clientId}`,
  superUser,
];
const asOurselves = (): string[] => [basic(ours), `Bearer ${ours.token}`];
const withMixed =
  (attempt: Attempt): Row =>
  (ids) =>
    mixed(ids).map((authorization) => ({ ...attempt, authorization }));
const both =
  (...rows: Row[]): Row =>
  (ids) =>
    rows.flatMap((row) => row(ids));

const lookUps =
  (folder: string): Row =>
  (ids) => {
    const names = [ids.eventId, ids.failedId, ids.batchId, ids.tenantId, ids.candidateId];
    const odd = [`${ids.tenantId}#event`, `${ids.eventId}\0`, `../${ids.eventId}`, `#${ids.eventId}`];
    const path = (id: string): string => `${folder}/${encodeURIComponent(id)}`;
    return [
      ...names.map((id) => ({ authorization: `Bearer ${ours.token}`, path: path(id) })),
      ...[...names, ...odd].map((id) => ({ authorization: basic(ours), path: path(id) })),
      { authorization: basic(ours), path: `${path(ids.eventId)}?tenantId=${ids.tenantId}` },
    ];
  };

const PUBLIC: Record<string, Row> = {
  'POST /oauth/token': (ids) => [
    ...mixed(ids).map((authorization) => ({ authorization, form: { grant_type: 'client_credentials' } })),
    ...[
      { client_id: ids.clientId, client_secret: ours.clientSecret },
      { client_id: ours.clientId, client_secret: ids.clientSecret },
      { client_id: ids.tenantId, client_secret: ours.clientSecret },
    ].map((client) => ({ form: { grant_type: 'client_credentials', ...client } })),
    { authorization: basic(ours), form: { grant_type: 'client_credentials', client_id: ids.clientId } },
    { authorization: basic(ours), form: { grant_type: 'refresh_token', refresh_token: ids.token } },
    { authorization: basic(ours), form: { grant_type: 'client_credentials', scope: ids.tenantId } },
  ],
  'GET /v1/connection': both(withMixed({}), (ids) =>
    asOurselves().map((authorization) => ({
      authorization,
      path: `/v1/connection?domain=${ids.domain}&tenantId=${ids.tenantId}`,
    })),
  ),
  'POST /v1/connection': both(withMixed({ body: { domain: OURS } }), (ids) => [
    { authorization: basic(ours), body: { domain: ids.domain } },
    { authorization: basic(ours), body: { domain: OURS, tenantId: ids.tenantId, clientId: ids.clientId } },
  ]),
  'POST /v1/events': both(withMixed({ body: {} }), (ids) =>
    [
      event(ids, ids.eventId),
      event(ids, ids.failedId, { tenantId: ids.tenantId, batchId: ids.batchId, pk: `${ids.tenantId}#event` }),
      event(ids, `${ids.tenantId}:x`, { type: 'marketing.opted_out', marketing: {} }),
      event(ids, `${ids.batchId}-1`, { type: 'domain.opted_out', domain: ids.email.split('@')[1] }),
      event(ids, `${ids.batchId}-2`, { type: 'email.flagged', email: ids.email }),
      event(ids, `${ids.batchId}-3`, {
        type: 'company.updated',
        company: { id: ids.companyId, name: 'Taken over' },
      }),
    ].map((body) => ({ authorization: basic(ours), body: { events: [body], tenantId: ids.tenantId } })),
  ),
  'POST /v1/preview': both(withMixed({ body: {} }), (ids) => [
    { authorization: basic(ours), body: event(ids, `${ids.eventId}-preview`) },
    {
      authorization: basic(ours),
      body: event(ids, 'p', { type: 'domain.opted_out', domain: ids.email.split('@')[1] }),
    },
    {
      authorization: basic(ours),
      body: event(ids, 'q', { type: 'company.updated', company: { id: ids.companyId, name: 'x' } }),
    },
  ]),
  'POST /v1/documents': both(withMixed({ body: {} }), (ids) => [
    {
      authorization: basic(ours),
      body: { name: 'cv.pdf', contentType: 'image/png', size: 10, tenantId: ids.tenantId },
    },
  ]),
  'GET /v1/batches/{batchId}': both(withMixed({ path: '/v1/batches/x' }), lookUps('/v1/batches')),
  'GET /v1/events/{eventId}': both(withMixed({ path: '/v1/events/x' }), lookUps('/v1/events')),
  // They have no input, and return nothing about tenants.
  'GET /healthz': (ids) => [{ path: `/healthz?tenantId=${ids.tenantId}` }],
  'GET /openapi.json': (ids) => [{ path: `/openapi.json?tenantId=${ids.tenantId}` }],
  'GET /problems/{type}': (ids) =>
    [ids.tenantId, 'not-found', '..%2f..%2fkey'].map((type) => ({ path: `/problems/${type}` })),
  'GET /console': (ids) => [{ path: `/console?tenantId=${ids.tenantId}` }],
  'GET /console/{file}': (ids) => [{ path: `/console/${ids.tenantId}` }, { path: '/console/..%2fkey' }],
  // As operators, who can do everything for all tenants: each verb is tried below.
  'POST /administration': (ids) => [
    ...mixed(ids).map((authorization) => ({ authorization, body: { verb: 'list' } })),
    { body: { verb: 'show', domain: ids.domain } },
  ],
};

const firefish = { firefishClientId: 'ff-ours', firefishClientSecret: 'ff-ours-secret' };
/** Of the tenant that the path names, with ids of someone else; `{domain}` is our own. */
const OF_TENANT: Record<string, (ids: Ids) => { path?: string; body?: unknown }[]> = {
  'GET ': (ids) => [{ path: `?domain=${ids.domain}` }],
  'POST /enable': (ids) => [
    { body: { ...firefish, tenantId: ids.tenantId } },
    { body: { ...firefish, domain: ids.domain } },
  ],
  'POST /rotate': (ids) => [
    { body: { domain: ids.domain, verb: 'disable' } },
    { body: { tenantId: ids.tenantId } },
  ],
  'POST /disable': (ids) => [{ body: { tenantId: ids.tenantId } }, { body: { domain: ids.domain } }],
  'POST /firefish-credentials': (ids) => [
    { body: { ...firefish, tenantId: ids.tenantId } },
    { body: { ...firefish, domain: ids.domain } },
  ],
  'POST /check-firefish': (ids) => [{ body: { ...firefish, domain: ids.domain } }],
  'GET /settings': (ids) => [{ path: `?domain=${ids.domain}&tenantId=${ids.tenantId}` }],
  'PUT /settings': (ids) => [{ body: { domain: ids.domain } }, { body: { tenantId: ids.tenantId } }],
  'GET /events': (ids) => [
    { path: `?after=${ids.after}` },
    { path: `?group=${ids.group}` },
    { path: `?group=${ids.group}&after=${ids.after}` },
    { path: `?tenantId=${ids.tenantId}` },
  ],
  'POST /events/search': (ids) => [
    { body: { eventId: ids.eventId } },
    { body: { eventId: ids.failedId } },
    { body: { candidateId: ids.candidateId } },
    { body: { email: ids.email } },
    { body: { eventId: ids.eventId, tenantId: ids.tenantId } },
  ],
  'GET /events/{eventId}': (ids) => [
    { path: ids.eventId },
    { path: ids.failedId },
    { path: encodeURIComponent(`${ids.tenantId}#event`) },
    { path: encodeURIComponent(`../../${ids.domain}/events/${ids.eventId}`) },
  ],
  'GET /records/{entity}/{ref}': (ids) => [
    { path: `candidate/${ids.ref + 1_000}` },
    { path: `company/${ids.ref + 1_000}?domain=${ids.domain}` },
  ],
  'POST /test-event': (ids) => [{ body: { domain: ids.domain, tenantId: ids.tenantId } }],
  'GET /progress': (ids) => [{ path: `?tenantId=${ids.tenantId}` }],
  'GET /history': (ids) => [{ path: `?hours=1&domain=${ids.domain}` }],
  'GET /failed': (ids) => [{ path: `?domain=${ids.domain}` }],
  'GET /decisions': (ids) => [{ path: `?domain=${ids.domain}` }],
  'GET /ambiguous': (ids) => [{ path: `?domain=${ids.domain}` }],
  'POST /decide': (ids) => [
    { body: { event: ids.failedId, as: 'someone-else' } },
    { body: { event: ids.eventId, as: 'someone-else', domain: ids.domain } },
  ],
  'POST /replay': (ids) => [
    { body: { event: ids.failedId } },
    { body: { group: ids.group, domain: ids.domain } },
    { body: { all: true, tenantId: ids.tenantId } },
    { body: { group: ids.group, cursor: ids.cursor } },
  ],
  'POST /dismiss': (ids) => [
    { body: { event: ids.failedId, reason: 'x' } },
    { body: { group: ids.group, domain: ids.domain, reason: 'x' } },
    { body: { group: ids.group, cursor: ids.cursor, reason: 'x' } },
  ],
  'POST /erase': (ids) => [
    { body: { email: ids.email } },
    { body: { email: ids.email, domain: ids.domain } },
  ],
  'POST /export': (ids) => [
    { body: { email: ids.email } },
    { body: { email: ids.email, domain: ids.domain } },
  ],
};

const tenantPath = (domain: string, path: string, more = ''): string => {
  const [fixed = ''] = path.split('/{');
  return `/admin/v1/tenants/${domain}${fixed}${more === '' || more.startsWith('?') ? more : `/${more}`}`;
};
const consoleRow =
  (path: string, tries: (ids: Ids) => { path?: string; body?: unknown }[]): Row =>
  (ids) => [
    // Their agency itself, its address written in whatever way.
    ...[ids.domain, `${ids.domain}.`, ids.domain.toUpperCase(), `${OURS}@${ids.domain}`].flatMap((domain) =>
      tries(ours).map(({ path: more, body }) => ({
        ...{ authorization: superUser, path: tenantPath(encodeURIComponent(domain), path, more) },
        ...(body === undefined ? {} : { body }),
      })),
    ),
    // What leads nowhere with SourceWhale's credentials.
    ...[basic(ours), `Bearer ${ours.token}`, `Bearer ${ids.token}`].map((authorization) => ({
      ...{ authorization, path: tenantPath(ids.domain, path, tries(ids)[0]?.path) },
    })),
    ...tries(ids).map(({ path: more, body }) => ({
      ...{ authorization: superUser, path: tenantPath(OURS, path, more) },
      ...(body === undefined ? {} : { body }),
    })),
  ];

const CONSOLE: Record<string, Row> = {
  'GET /admin/v1/me': (ids) => [
    { authorization: superUser, path: `/admin/v1/me?tenants=${ids.domain}&role=operator` },
    { authorization: `Bearer ${ids.token}` },
  ],
  // With the super user's own token it would end that one.
  'POST /admin/v1/sign-out': (ids) => [{ authorization: `Bearer ${ids.token}`, body: {} }],
  'GET /admin/v1/tenants': (ids) => [
    { authorization: superUser, path: `/admin/v1/tenants?search=${ids.domain}` },
    { authorization: superUser, path: `/admin/v1/tenants?after=${ids.domain}` },
    { authorization: `Bearer ${ids.token}` },
  ],
  ...Object.fromEntries(
    Object.entries(OF_TENANT).map(([endpoint, tries]) => {
      const [method = '', path = ''] = endpoint.split(' ');
      return [`${method} /admin/v1/tenants/{domain}${path}`, consoleRow(path, tries)];
    }),
  ),
};

/** An operator who means our tenant and names what is another's. */
const OF_VERBS: Record<string, (ids: Ids) => Record<string, unknown>[]> = {
  show: (ids) => [{ tenantId: ids.tenantId }],
  failed: (ids) => [{ tenantId: ids.tenantId }],
  settings: (ids) => [{ set: { tenantId: ids.tenantId } }],
  rotate: (ids) => [{ tenantId: ids.tenantId }, { clientId: ids.clientId }],
  'firefish-credentials': (ids) => [{ ...firefish, tenantId: ids.tenantId }],
  replay: (ids) => [
    { event: ids.failedId },
    { group: ids.group },
    { all: true, cursor: ids.cursor, limit: 1 },
  ],
  dismiss: (ids) => [
    { event: ids.failedId, reason: 'x' },
    { group: ids.group, reason: 'x' },
    { group: ids.group, cursor: ids.cursor, reason: 'x' },
  ],
  decide: (ids) => [{ event: ids.failedId, as: 'someone-else' }],
  decisions: (ids) => [{ tenantId: ids.tenantId }],
  ambiguous: (ids) => [{ tenantId: ids.tenantId }],
  'repeat-erasures': (ids) => [{ tenantId: ids.tenantId }],
  erase: (ids) => [{ email: ids.email }],
  export: (ids) => [{ email: ids.email }],
  probe: (ids) => [{ tenantId: ids.tenantId }],
  enable: (ids) => [
    { ...firefish, tenantId: ids.tenantId },
    { ...firefish, clientId: ids.clientId },
  ],
  disable: (ids) => [{ tenantId: ids.tenantId }],
  move: (ids) => [{ to: 'x.example', tenantId: ids.tenantId }],
  delete: (ids) => [{ confirm: ids.domain }, { confirm: OURS, tenantId: ids.tenantId }],
  reencrypt: (ids) => [{ tenantId: ids.tenantId }, {}],
  // They name no tenant: an operator sees all of them, and the key belongs to all.
  'rotate-encryption-key': (ids) => [{ tenantId: ids.tenantId }],
  list: (ids) => [{ domain: ids.domain }],
};

/** What an answer says besides what was asked for: whose ids went in, and what is different each time. */
function essence(answer: unknown, ids: Ids): unknown {
  let text = JSON.stringify(answer);
  const values = Object.entries(ids).filter(([, value]) => String(value).length > 3);
  for (const [name, value] of values.sort(([, a], [, b]) => String(b).length - String(a).length)) {
    text = text.replaceAll(String(value), `<${name}>`);
  }
  return JSON.parse(
    text
      .replaceAll(/"(requestId|batchId|access_token|eventId|clientSecret)":"[^"]*"/g, '"$1":""')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>'),
  ) as unknown;
}

/** With theirs it is as with nobody's, and theirs is as it was. */
async function expectNothingOfTheirs(tries: (ids: Ids) => (() => Promise<Answer>)[]): Promise<void> {
  const before = await everythingOf(theirs, 'ff-theirs');
  const [withTheirs, withNobodys] = [tries(theirs), tries(nobodys())];
  expect(withTheirs.length).toBeGreaterThan(0);
  expect(withTheirs.length).toBe(withNobodys.length);
  for (const [index, attempt] of withTheirs.entries()) {
    const seen = await attempt();
    const wanted = await withNobodys[index]!();
    expect([index, essence(seen, theirs)]).toEqual([index, essence(wanted, nobodys())]);
    expect(seen.status).toBeLessThan(500);
  }
  const after = await everythingOf(theirs, 'ff-theirs');
  if (!isDeepStrictEqual(after, before)) expect(after).toEqual(before);
}

/** Their cursors lead to no tenant: with nobody's ids a place of the same form is asked for. */
const nobodys = (): Ids => ({
  ...NOBODYS,
  after: elsewhere(theirs.after),
  cursor: elsewhere(theirs.cursor),
});
const elsewhere = (cursor: string): string =>
  Buffer.from(
    Buffer.from(cursor, 'base64url')
      .toString()
      .replaceAll(/"id":"theirs-[^"]*"/g, '"id":"nobodys"'),
  ).toString('base64url');

/** What changes our own tenant comes late, and what ends it last. */
const LATE = ['POST /v1/events', 'rotate', 'enable', 'disable'];
const inOrder = <Case extends readonly [string, ...unknown[]]>(cases: readonly Case[]): Case[] => {
  const late = ([name]: Case): number => LATE.findIndex((end) => name.endsWith(end));
  return [...cases].sort((a, b) => late(a) - late(b));
};

describe('with the ids of another tenant', () => {
  const { routes } = readDeployment(new URL('../../', import.meta.url));
  const behindOneRoute = '/admin/v1/{path+}';

  test('every endpoint and every verb is tried', async () => {
    const { body } = await send('GET /openapi.json', {});
    const { paths } = body as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const deployed = routes
      .filter(({ path }) => path !== behindOneRoute)
      .map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys({ ...PUBLIC, ...CONSOLE }).sort()).toEqual(
      [...new Set([...described, ...deployed])].sort(),
    );
    expect(Object.keys(OF_VERBS).sort()).toEqual(Object.keys(VERBS).sort());
  });

  test('what is tried exists for its owner', async () => {
    for (const path of [`/v1/events/${theirs.eventId}`, `/v1/batches/${theirs.batchId}`]) {
      expect((await send('GET ', { authorization: basic(theirs), path })).status).toBe(200);
    }
    expect((await send('GET /v1/connection', { authorization: `Bearer ${theirs.token}` })).status).toBe(200);
    for (const value of Object.values(theirs)) expect(value).toBeTruthy();
  });

  const throughRoutes = Object.entries({ ...PUBLIC, ...CONSOLE }).map(
    ([endpoint, row]) =>
      [endpoint, (ids: Ids) => row(ids).map((attempt) => () => send(endpoint, attempt))] as const,
  );
  const byVerbs = Object.entries(OF_VERBS).map(
    ([verb, row]) =>
      [
        `for our own agency, ${verb}`,
        (ids: Ids) => row(ids).map((options) => () => signed({ domain: OURS, ...options, verb })),
      ] as const,
  );
  test.each(inOrder([...throughRoutes, ...byVerbs]))(
    '%s shows nothing and changes nothing',
    async (_, tries) => {
      await expectNothingOfTheirs(tries);
    },
  );
});
