/** `npm start` as for a user, with small limits and changing credentials: nothing is refused, and all events end. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { npmStart, type RunningSystem } from './npm-start.ts';
import { eventually } from '../support/eventually.ts';

const PEOPLE = 60;
/** The window has to pass. */
const LIMITS = '20/1s,40/3s';
const SOON_MS = 15_000;

const NOTE = 'POST /candidates/{ref}/activity/notes';

type Json = Record<string, unknown>;

interface Finding {
  line: string;
  found: string;
  verdict: 'as expected' | 'different' | 'not seen';
}

let system: RunningSystem;
/** They mostly wait, for seconds: beside the other tests. */
let probes: Promise<PromiseSettledResult<Finding[]>[]>;
beforeAll(async () => {
  system = await npmStart({ FIREFISH_RATE_LIMITS: LIMITS, FIREFISH_TOKEN_LIMITS: '100/1s' });
  await Promise.all(['ff-as-known', 'ff-different'].map((name) => enable(`${name}.example`, name)));
  const fault = { kind: 'status', status: 405, endpoint: NOTE, clientId: 'ff-different', times: 9 };
  await firefish('POST', 'faults', fault);
  const asKnown = probe('ff-as-known.example');
  probes = Promise.allSettled([
    asKnown,
    // One at a time for each agency.
    asKnown.then(() => probe('ff-as-known.example', '--write')),
    probe('ff-different.example', '--write'),
  ]);
}, 60_000);
afterAll(() => system.end());

/** `npm run admin -- <verb> …`. @throws Error with what it said */
function admin(...args: string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['local/admin.ts', ...args, '--json'], {
      env: { PATH: process.env['PATH'], PORT: new URL(system.url).port },
    });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(errors));
    });
  });
}

const probe = async (domain: string, ...more: string[]): Promise<Finding[]> =>
  (await admin('probe', '--domain', domain, ...more)) as Finding[];

const firefish = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${system.firefishUrl ?? ''}/_simulator/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.status === 204 ? undefined : response.json();
};

interface SourceWhale {
  push: (events: readonly Json[]) => Promise<string>;
  get: (path: string) => Promise<Json>;
}

async function enable(domain: string, clientId: string, secret = `${clientId}-secret`): Promise<SourceWhale> {
  const credentials = ['--firefish-client-id', clientId, '--firefish-client-secret', secret];
  const issued = (await admin('enable', '--domain', domain, ...credentials)) as Record<string, string>;
  const basic = Buffer.from(`${issued['clientId'] ?? ''}:${issued['clientSecret'] ?? ''}`).toString('base64');
  const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' };
  const ask = async (path: string, init: RequestInit): Promise<Json> =>
    (await (await fetch(system.url + path, { headers, ...init })).json()) as Json;
  return {
    get: (path) => ask(path, {}),
    push: async (events) => {
      const answer = await ask('/v1/events', { method: 'POST', body: JSON.stringify({ events }) });
      return String(answer['batchId']);
    },
  };
}

const people = (name: string, count: number): Json[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ id: `${name}-${String(n)}`, type: 'record.created', occurredAt: '2026-01-05T10:00:00Z' },
    record: {
      ...{ candidateId: `sw_${name}_${String(n)}`, kind: 'candidate', firstName: 'Ann', lastName: 'Lee' },
      emails: [`${name}.${String(n)}@d${String(n)}.example`],
    },
  }));

test('a push far beyond the limits reaches Firefish completely, and no call is refused', async () => {
  const acme = await enable('acme.firefishsoftware.com', 'ff-acme');
  const batch = await acme.push(people('flood', PEOPLE));
  await eventually(
    () => acme.get(`/v1/batches/${batch}`),
    ({ synced }) => synced === PEOPLE,
  );
  const { candidates } = (await firefish('GET', 'state?agency=ff-acme')) as { candidates: unknown[] };
  expect(candidates).toHaveLength(PEOPLE);
  const calls = (await firefish('GET', 'calls?agency=ff-acme')) as { status: number }[];
  expect(calls.length).toBeGreaterThanOrEqual(3 * PEOPLE);
  expect(calls.filter(({ status }) => status === 429)).toEqual([]);
}, 90_000);

test('events that wait for Firefish’s credentials start as soon as there are new ones, and none is lost', async () => {
  const domain = 'beta.firefishsoftware.com';
  const beta = await enable(domain, 'ff-beta');
  await firefish('POST', 'profiles', { clientId: 'ff-beta', clientSecret: 'changed', agency: 'ff-beta' });
  const batch = await beta.push(people('waiting', 30));
  await eventually(
    () => beta.get(`/v1/batches/${batch}`),
    ({ deferred }) => deferred === 30,
  );
  const calls = async (): Promise<number> =>
    ((await firefish('GET', 'calls?agency=ff-beta')) as unknown[]).length;
  const before = await calls();
  expect(await beta.get('/v1/connection')).toMatchObject({ firefish: { reachable: false } });
  expect(await admin('show', '--domain', domain)).toMatchObject({
    firefish: { waitingFor: 'credentials' },
  });
  expect(await calls()).toBe(before);
  const start = Date.now();
  const secret = ['--firefish-client-id', 'ff-beta', '--firefish-client-secret', 'changed'];
  await admin('firefish-credentials', '--domain', domain, ...secret);
  await eventually(
    () => beta.get(`/v1/batches/${batch}`),
    ({ synced }) => synced === 30,
  );
  expect(Date.now() - start).toBeLessThan(SOON_MS);
  const { attempts } = await beta.get('/v1/events/waiting-7');
  expect(attempts).toBe(1);
}, 120_000);

test('events that wait when an agency is disabled end, do not come back when it is enabled again, and new events work', async () => {
  const domain = 'delta.firefishsoftware.com';
  const before = await enable(domain, 'ff-delta');
  await firefish('POST', 'profiles', { clientId: 'ff-delta', clientSecret: 'changed', agency: 'ff-delta' });
  const waiting = await before.push(people('left', 30));
  await eventually(
    () => before.get(`/v1/batches/${waiting}`),
    ({ deferred }) => deferred === 30,
  );
  await admin('disable', '--domain', domain);
  const after = await enable(domain, 'ff-delta', 'changed');
  const fresh = await after.push([...people('fresh', 30), ...people('left', 1)]);
  const batch = (id: string) => (): Promise<Json> => after.get(`/v1/batches/${id}`);
  await eventually(batch(waiting), ({ skipped }) => skipped === 30);
  await eventually(batch(fresh), ({ queued, deferred }) => queued === 0 && deferred === 0);
  expect(await after.get('/v1/events/left-7')).toMatchObject({ state: 'skipped', reason: 'disabled' });
  expect(await after.get('/v1/events/fresh-7')).toMatchObject({ state: 'synced' });
  expect(await admin('show', '--domain', domain)).toMatchObject({ status: 'enabled' });
  const { candidates } = (await firefish('GET', 'state?agency=ff-delta')) as { candidates: Json[] };
  expect(candidates).toHaveLength(30);
}, 90_000);

test('an opt-out that waits when an agency is disabled is applied after it is enabled again, and in another database no other person is changed', async () => {
  const domain = 'epsilon.firefishsoftware.com';
  const before = await enable(domain, 'ff-epsilon');
  const hers = { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true };
  const zoe = { ...hers, FirstName: 'Zoe', Surname: 'Quinn', EmailAddress: 'zoe@elsewhere.example' };
  await firefish('POST', 'seed?agency=ff-epsilon', { candidates: [hers] });
  const changed = { clientId: 'ff-epsilon', clientSecret: 'changed', agency: 'ff-epsilon' };
  await firefish('POST', 'profiles', changed);
  const record = { candidateId: 'sw_ann', kind: 'candidate', firstName: 'Ann', lastName: 'Lee' };
  const about = {
    ...{ occurredAt: '2026-01-05T10:00:00Z' },
    record: { ...record, emails: ['ann@client.example'] },
  };
  await before.push([{ ...about, id: 'out', type: 'marketing.opted_out' }]);
  await eventually(
    () => before.get('/v1/events/out'),
    ({ state }) => state === 'deferred',
  );
  await admin('disable', '--domain', domain);
  const after = await enable(domain, 'ff-epsilon', 'changed');
  const ended = (id: string): Promise<Json> =>
    eventually(
      () => after.get(`/v1/events/${id}`),
      ({ state }) => state === 'synced',
    );
  expect(await ended('out')).toMatchObject({ actions: [{ ref: 1, operation: 'opted_out' }] });
  const candidatesOf = async (agency: string): Promise<Json[]> =>
    ((await firefish('GET', `state?agency=${agency}`)) as { candidates: Json[] }).candidates;
  expect(await candidatesOf('ff-epsilon')).toMatchObject([{ ...hers, EmailMarketing: false }]);

  await firefish('POST', 'seed?agency=ff-real', { candidates: [zoe, hers] });
  const real = ['--firefish-client-id', 'ff-real', '--firefish-client-secret', 'ff-real-secret'];
  await admin('firefish-credentials', '--domain', domain, ...real);
  const update = { ...about, record: { ...about.record, role: 'Lead' } };
  await after.push([{ ...update, id: 'real', type: 'record.updated' }]);
  expect(await ended('real')).toMatchObject({
    actions: expect.arrayContaining([
      { entity: 'candidate', ref: 2, operation: 'updated', fields: ['JobTitle'] },
    ]),
  });
  expect(await candidatesOf('ff-real')).toMatchObject([
    { ...zoe, Ref: 1 },
    { ...hers, Ref: 2, JobTitle: 'Lead', EmailMarketing: false },
  ]);
}, 90_000);

test('an event that Firefish refuses fails, and fails again if its replay is refused', async () => {
  const domain = 'gamma.firefishsoftware.com';
  const gamma = await enable(domain, 'ff-gamma');
  const refuse = { kind: 'status', status: 400, body: { Message: 'No.' }, endpoint: 'POST /candidates' };
  const state = async (): Promise<Json> => gamma.get('/v1/events/refused-0');
  for (const attempts of [1, 2]) {
    await firefish('POST', 'faults', { ...refuse, clientId: 'ff-gamma' });
    if (attempts === 1) await gamma.push(people('refused', 1));
    else expect(await admin('replay', '--domain', domain, '--all')).toMatchObject({ replayed: 1 });
    expect(await eventually(state, (seen) => seen['attempts'] === attempts)).toMatchObject({
      state: 'failed',
    });
    const failed = (await admin('failed', '--domain', domain)) as { events?: Json[] } | Json[];
    expect(JSON.stringify(failed)).toContain('refused-0');
  }
  await admin('replay', '--domain', domain, '--event', 'refused-0');
  expect(await eventually(state, (seen) => seen['attempts'] === 3)).toMatchObject({ state: 'synced' });
}, 90_000);

test('the probe finds no difference from what is known, and finds the one that is added', async () => {
  const [reading, writing, different] = (await probes).map((end) => {
    if (end.status === 'rejected') throw end.reason;
    expect(end.value.length).toBeGreaterThan(15);
    return end.value.filter(({ verdict }) => verdict === 'different');
  });
  expect([reading, writing]).toEqual([[], []]);
  expect(different).toMatchObject([
    { line: expect.stringContaining('A note:'), found: expect.stringContaining('405') },
  ]);
  const { candidates, contacts, companies } = (await firefish('GET', 'state?agency=ff-as-known')) as Json;
  const made = [candidates, contacts, companies].flat() as { IsArchived: boolean }[];
  expect(made.length).toBeGreaterThanOrEqual(3);
  expect(made.filter(({ IsArchived }) => !IsArchived)).toEqual([]);
}, 90_000);
