import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningSimulator, startFirefishSimulator } from '../../../local/firefish-simulator/server.ts';
import { CLIENT, SECRET, Visitor } from './visitor.ts';

let visitor: Visitor;
let server: RunningSimulator;

beforeEach(async () => {
  visitor = new Visitor();
  server = await startFirefishSimulator(visitor.simulator);
});
afterEach(() => server.close());

async function token(): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: CLIENT,
    client_secret: SECRET,
    scope: 'companiesAPI-read companiesAPI-write candidatesAPI-write',
  };
  const url = `${server.url}/authorization/token`;
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${await token()}` };
  return fetch(`${server.url}/api/v1.0${path}`, { method, headers, ...init });
}

const control = (method: string, path: string, body?: unknown) =>
  fetch(`${server.url}/_simulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const company = { body: JSON.stringify({ Name: 'Acmé' }) };

describe('the API over HTTP', () => {
  test('listens on 127.0.0.1 and answers as in process', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const created = await call('POST', '/companies/', company);
    expect([created.status, await created.json()]).toEqual([201, { Ref: 1 }]);
    const read = await call('GET', '/companies/1');
    expect(read.headers.get('content-type')).toBe('application/json');
    expect(await read.json()).toMatchObject({ Name: 'Acmé' });
    expect((await call('PATCH', '/companies/1', { body: '{}' })).status).toBe(204);
  });

  test('accepts a multipart document', async () => {
    visitor.simulator.seed(CLIENT, { candidates: [{ FirstName: 'Ann' }] });
    const body = new FormData();
    body.append('type', 'CV');
    body.append('files', new File(['%PDF'], 'ann.pdf'));
    expect((await call('POST', '/candidates/1/documents', { body })).status).toBe(201);
    expect(visitor.simulator.state(CLIENT).documents).toMatchObject([{ Name: 'ann.pdf', Type: 'CV' }]);
  });

  test.each([false, true])('drop resets the connection: applied %p', async (applied) => {
    visitor.simulator.faults.add({ kind: 'drop', applied, endpoint: 'POST /companies' });
    await expect(call('POST', '/companies/', company)).rejects.toThrow('fetch failed');
    expect(visitor.simulator.state(CLIENT).companies).toHaveLength(Number(applied));
  });

  test('a hanging request does not delay the caller who gives up or the end of the server', async () => {
    visitor.simulator.faults.add({ kind: 'hang', applied: true, endpoint: 'POST /companies', times: 2 });
    const signal = AbortSignal.timeout(100);
    await expect(call('POST', '/companies/', { ...company, signal })).rejects.toThrow('timeout');
    const hanging = call('POST', '/companies/', company);
    const ended = expect(hanging).rejects.toThrow('fetch failed');
    while (visitor.simulator.state(CLIENT).companies.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await server.close();
    await ended;
    server = await startFirefishSimulator(visitor.simulator);
  });
});

test('the simulator notices when a caller has gone', async () => {
  const { simulator } = visitor;
  const handle = simulator.handle.bind(simulator);
  const caller = new AbortController();
  const gone = new Promise((resolve) => {
    simulator.handle = (request, from) => {
      request.signal.addEventListener('abort', resolve);
      caller.abort(new Error('enough'));
      return handle(request, from);
    };
  });
  simulator.faults.add({ kind: 'hang' });
  await expect(fetch(server.url, { signal: caller.signal })).rejects.toThrow('enough');
  expect(await gone).toMatchObject({ type: 'abort' });
});

describe('the control routes', () => {
  test('create profiles, seed records and show them', async () => {
    const profile = { clientId: 'by-hand', clientSecret: 's', scopes: ['companiesAPI-read'] };
    expect((await control('POST', 'profiles', profile)).status).toBe(204);
    expect((await control('POST', 'seed?agency=by-hand', { companies: [{ Name: 'Acme' }] })).status).toBe(
      204,
    );
    const state = await control('GET', 'state?agency=by-hand');
    expect(await state.json()).toMatchObject({ candidates: [], companies: [{ Ref: 1, Name: 'Acme' }] });
    const granted = await visitor.askToken({
      clientId: 'by-hand',
      clientSecret: 's',
      scope: 'companiesAPI-read',
    });
    expect(granted.status).toBe(200);
  });

  test('show the calls, but not those to control routes', async () => {
    await call('GET', '/companies/9');
    const calls = (await (await control('GET', `calls?agency=${CLIENT}`)).json()) as unknown[];
    expect(calls).toMatchObject([
      { endpoint: 'POST /authorization/token', status: 200 },
      { endpoint: 'GET /companies/{ref}', status: 404, clientId: CLIENT },
    ]);
    expect(await (await control('GET', 'calls')).json()).toHaveLength(2);
  });

  test('set and clear faults, and read an endpoint between slashes as a regular expression', async () => {
    const fault = { kind: 'status', status: 503, endpoint: '/^GET .compan/', times: 9 };
    expect((await control('POST', 'faults', fault)).status).toBe(204);
    expect((await call('GET', '/companies/9')).status).toBe(503);
    expect((await control('DELETE', 'faults')).status).toBe(204);
    expect((await call('GET', '/companies/9')).status).toBe(404);

    // One profile's alone, if several tests share a simulator.
    await control('POST', 'faults', { ...fault, clientId: CLIENT });
    await control('DELETE', 'faults?clientId=another');
    expect((await call('GET', '/companies/9')).status).toBe(503);
    await control('DELETE', `faults?clientId=${CLIENT}`);
    expect((await call('GET', '/companies/9')).status).toBe(404);
  });

  test('set switches, and delete and merge records', async () => {
    visitor.simulator.seed(CLIENT, {
      companies: [{ Name: 'Acme' }, { Name: 'Acme Ltd' }, { Name: 'Initech' }],
      contacts: [{ FirstName: 'Bob', CompanyRef: 2 }],
    });
    const ofClient = `agency=${CLIENT}`;
    await control('POST', `delete?${ofClient}`, { collection: 'companies', ref: 3 });
    await control('POST', `merge?${ofClient}`, { collection: 'companies', from: 2, into: 1 });
    await control('POST', `switches?${ofClient}`, { goneStatus: 410 });
    for (const ref of [2, 3]) expect((await call('GET', `/companies/${ref}`)).status).toBe(410);
    expect(visitor.simulator.state(CLIENT).contacts).toMatchObject([{ CompanyRef: 1, CompanyName: 'Acme' }]);
  });

  test.each([
    ['POST', 'switches?agency=x', { goneStatus: 500 }, 400],
    ['POST', 'switches?agency=x', { unheardOf: true }, 400],
    ['POST', 'delete?agency=x', { collection: 'jobs', ref: 1 }, 400],
    ['POST', 'faults', { kind: 'slow', ms: 1, applied: true }, 400],
    ['POST', 'faults', { kind: 'earthquake' }, 400],
    ['POST', 'faults', { kind: 'slow' }, 400],
    ['POST', 'faults', { kind: 'html', endpoint: '/(/' }, 400],
    ['POST', 'profiles', { clientId: 'x' }, 400],
    ['POST', 'profiles', { clientId: 'x', clientSecret: 's', scopes: ['all'] }, 400],
    ['POST', 'seed?agency=x', { contacts: [{ Skills: 'x' }] }, 400],
    ['POST', 'seed', {}, 400],
    ['GET', 'state', undefined, 400],
    ['GET', 'nothing', undefined, 404],
    ['DELETE', 'calls', undefined, 404],
  ])('refuse %s %s %p and say why', async (method, path, body, status) => {
    const answer = await control(method, path, body);
    expect([answer.status, await answer.json()]).toEqual([status, { Message: expect.any(String) }]);
  });
});
