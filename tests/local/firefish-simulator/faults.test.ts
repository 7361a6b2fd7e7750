import { describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import { CLIENT, visit, type Visitor } from './visitor.ts';

const COMPANY = { Name: 'Acme' };
const made = (visitor: Visitor) => visitor.simulator.state(CLIENT).companies.length;
const post = (visitor: Visitor, init?: RequestInit) => visitor.call('POST', '/companies/', COMPANY, init);

describe('a request that is answered but not done', () => {
  test('`500` with `{"Message","ExceptionMessage"}`', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'status', status: 500 });
    const { status, body } = await post(visitor);
    expect([status, body]).toEqual([
      500,
      { Message: expect.any(String), ExceptionMessage: expect.any(String) },
    ]);
    expect(made(visitor)).toBe(0);
  });

  test('`409` possible', async () => {
    const visitor = await visit();
    const headers = { 'x-reason': 'test' };
    visitor.simulator.faults.add({ kind: 'status', status: 409, body: { Message: 'Conflict.' }, headers });
    const answer = await post(visitor);
    expect([answer.status, answer.body, answer.headers.get('x-reason')]).toEqual([
      409,
      { Message: 'Conflict.' },
      'test',
    ]);
  });

  test('Bodies may be HTML or empty', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'html' });
    visitor.simulator.faults.add({ kind: 'status', status: 400, body: '' });
    visitor.simulator.faults.add({ kind: 'status', status: 204 });
    const html = await post(visitor);
    expect([html.status, html.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(html.text).toContain('<html>');
    expect(await post(visitor)).toMatchObject({ status: 400, text: '' });
    expect(await post(visitor)).toMatchObject({ status: 204, text: '' });
    expect(made(visitor)).toBe(0);
  });

  test('rate-limit: 429 with this Retry-After', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'rate-limit', retryAfter: '17' });
    const { status, headers } = await post(visitor);
    expect([status, headers.get('retry-after'), made(visitor)]).toEqual([429, '17', 0]);
  });

  test('it does not count towards the limits', async () => {
    const visitor = await visit({ rateLimits: parseRateLimits('1/1h') });
    visitor.simulator.faults.add({ kind: 'status', status: 500 });
    expect((await post(visitor)).status).toBe(500);
    expect((await post(visitor)).status).toBe(201);
  });
});

describe('a connection that is lost', () => {
  test.each([
    ['drop-before', 0],
    ['drop-after', 1],
  ] as const)('%s: %i made', async (kind, count) => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind });
    await expect(post(visitor)).rejects.toEqual(new TypeError('fetch failed'));
    expect(made(visitor)).toBe(count);
    expect(visitor.simulator.calls().at(-1)).toMatchObject({ endpoint: 'POST /companies', status: 0 });
  });

  test.each([
    ['hang-before', 0],
    ['hang-after', 1],
  ] as const)('%s: %i made, and no answer until the caller gives up', async (kind, count) => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind });
    const abort = new AbortController();
    let ended = false;
    const answer = post(visitor, { signal: abort.signal }).finally(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([ended, made(visitor)]).toEqual([false, count]);
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });

  test('a request that was given up before it left is not done', async () => {
    const visitor = await visit();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(post(visitor, { signal })).rejects.toThrow('too late');
    expect(made(visitor)).toBe(0);
  });
});

describe('a request that is done, but answered badly', () => {
  test('garbage-after: 200 with an unreadable body', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'garbage-after' });
    const { status, body } = await post(visitor);
    expect([status, body, made(visitor)]).toEqual([200, undefined, 1]);
  });

  test('slow: the clock has moved on when the answer comes', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'slow', ms: 30_000 });
    const before = visitor.clock.now();
    expect((await post(visitor)).status).toBe(201);
    expect(visitor.clock.now() - before).toBe(30_000);
    expect(visitor.simulator.state(CLIENT).companies[0]?.Created).toBe(new Date(before).toISOString());
  });
});

describe('whom a fault strikes', () => {
  test('the given endpoint, as often as said, the oldest fault first', async () => {
    const visitor = await visit();
    const { faults } = visitor.simulator;
    faults.add({ kind: 'status', status: 503, endpoint: 'POST /companies', times: 2 });
    faults.add({ kind: 'html', endpoint: /^POST/g });
    expect((await visitor.get('/companies/search')).status).toBe(200);
    expect((await post(visitor)).status).toBe(503);
    expect((await post(visitor)).status).toBe(503);
    expect((await post(visitor)).status).toBe(502);
    expect((await post(visitor)).status).toBe(201);
  });

  test('the given client, at the token endpoint, too', async () => {
    const visitor = await visit();
    visitor.simulator.addProfile({ clientId: 'other', clientSecret: 'o' });
    visitor.simulator.faults.add({ kind: 'html', clientId: 'other', times: 2 });
    expect((await post(visitor)).status).toBe(201);
    expect((await visitor.askToken({ clientId: 'other', clientSecret: 'o' })).status).toBe(502);
    expect((await visitor.askToken({ clientId: 'other', clientSecret: 'o' })).status).toBe(502);
    await visitor.enter({ clientId: 'other', clientSecret: 'o' });
    expect((await post(visitor)).status).toBe(201);
  });

  test('clear: nobody any more', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'html', times: Infinity });
    expect((await post(visitor)).status).toBe(502);
    visitor.simulator.faults.clear();
    expect((await post(visitor)).status).toBe(201);
  });
});

describe('calls', () => {
  test('the requests that arrived, by endpoint, status, time and client, of one agency or all', async () => {
    const visitor = await visit();
    const at = visitor.clock.now();
    await post(visitor);
    await visitor.get('/companies/9');
    visitor.simulator.addProfile({ clientId: 'other', clientSecret: 'o', agency: 'elsewhere' });
    await visitor.enter({ clientId: 'other', clientSecret: 'o' });
    const token = { endpoint: 'POST /authorization/token', status: 200, at };
    expect(visitor.simulator.calls(CLIENT)).toEqual([
      { ...token, clientId: CLIENT },
      { endpoint: 'POST /companies', status: 201, at, clientId: CLIENT },
      { endpoint: 'GET /companies/{ref}', status: 404, at, clientId: CLIENT },
    ]);
    expect(visitor.simulator.calls('elsewhere')).toEqual([{ ...token, clientId: 'other' }]);
    expect(visitor.simulator.calls()).toHaveLength(4);
  });
});
