import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import type { Fault } from '../../../local/firefish-simulator/simulator.ts';
import { type Answer, CLIENT, visit, Visitor } from './visitor.ts';

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

  test('does not count towards the limits', async () => {
    const visitor = await visit({ rateLimits: parseRateLimits('1/1h') });
    visitor.simulator.faults.add({ kind: 'status', status: 500 });
    expect((await post(visitor)).status).toBe(500);
    expect((await post(visitor)).status).toBe(201);
  });
});

describe('a request whose answer is replaced', () => {
  const replaced: [string, Fault, Partial<Answer>][] = [
    [
      '200 with a `Message` instead of what was promised',
      { kind: 'status', status: 200, body: { Message: 'No.' } },
      { status: 200, body: { Message: 'No.' } },
    ],
    ['an empty 200', { kind: 'status', status: 200, body: '' }, { status: 200, text: '' }],
    ['a page of HTML that says 403', { kind: 'html', status: 403 }, { status: 403, body: undefined }],
    ['a page of HTML that says 200', { kind: 'html', status: 200 }, { status: 200, body: undefined }],
    ['JSON that is cut short', { kind: 'garbage' }, { status: 200, text: '{"Ref":' }],
    ['a Retry-After of a day', { kind: 'rate-limit', retryAfter: '86400' }, { status: 429 }],
  ];

  test.each(replaced)('%s: applied or not', async (_name, fault, answer) => {
    const visitor = await visit();
    visitor.simulator.faults.add(fault);
    visitor.simulator.faults.add({ ...fault, applied: true } as Fault);
    expect(await post(visitor)).toMatchObject(answer);
    expect(made(visitor)).toBe(0);
    expect(await post(visitor)).toMatchObject(answer);
    expect(made(visitor)).toBe(1);
  });

  test.each([403, 404, 502, 503, 504, 200])(
    'the token endpoint answers with a page of HTML, status %i',
    async (status) => {
      const visitor = new Visitor();
      visitor.simulator.faults.add({ kind: 'html', status, endpoint: 'POST /authorization/token' });
      const { headers, ...answer } = await visitor.askToken();
      expect([answer.status, headers.get('content-type')]).toEqual([status, 'text/html']);
      expect((await visitor.askToken()).status).toBe(200);
    },
  );

  test('bomb: a short gzip answer that is long after decompression', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'bomb', megabytes: 40, applied: true });
    const answer = await visitor.simulator.handle(visitor.request('POST', '/companies/', COMPANY));
    const sent = Buffer.from(await answer.arrayBuffer());
    expect([answer.headers.get('content-encoding'), made(visitor)]).toEqual(['gzip', 1]);
    expect(sent.length).toBeLessThan(100_000);
    expect(gunzipSync(sent).length).toBe(40 * 1024 * 1024 + 2);
  });

  test.each([false, true])('drop: the connection is reset, applied %p', async (applied) => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'drop', applied });
    await expect(post(visitor)).rejects.toEqual(new TypeError('fetch failed'));
    expect(made(visitor)).toBe(Number(applied));
    expect(visitor.simulator.calls().at(-1)).toMatchObject({ endpoint: 'POST /companies', status: 0 });
  });

  test.each([false, true])('hang: no answer until the caller gives up, applied %p', async (applied) => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'hang', applied });
    const abort = new AbortController();
    let ended = false;
    const answer = post(visitor, { signal: abort.signal }).finally(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([ended, made(visitor)]).toEqual([false, Number(applied)]);
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });

  test('a request that was aborted before it left is not done', async () => {
    const visitor = await visit();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(post(visitor, { signal })).rejects.toThrow('too late');
    expect(made(visitor)).toBe(0);
  });
});

describe("Firefish's own answer, changed", () => {
  test('slow: the answer comes later', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'slow', ms: 30_000 });
    const before = visitor.clock.now();
    expect((await post(visitor)).status).toBe(201);
    expect(visitor.clock.now() - before).toBe(30_000);
    expect(visitor.simulator.state(CLIENT).companies[0]?.Created).toBe(new Date(before).toISOString());
  });

  test('field: a ref beyond the safe integers, in creations and in rows', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'field', name: 'Ref', json: '9007199254740993' });
    visitor.simulator.faults.add({ kind: 'field', name: 'Ref', json: '"9007199254740993"' });
    expect(await post(visitor)).toMatchObject({ status: 201, text: '{"Ref":9007199254740993}' });
    const { text } = await visitor.get('/companies/search');
    expect(text).toContain('[{"Ref":"9007199254740993","Name":"Acme",');
    expect(await visitor.refs('/companies/search')).toEqual([1]);
  });

  test('field: a token answer without `expires_in`', async () => {
    const visitor = new Visitor();
    visitor.simulator.faults.add({
      kind: 'field',
      name: 'expires_in',
      endpoint: 'POST /authorization/token',
    });
    const { body } = await visitor.askToken();
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'bearer' });
  });

  test('row-deleted: the pages of a search shift, and one row is never returned', async () => {
    const visitor = await visit();
    for (let count = 0; count < 4; count += 1) await post(visitor);
    visitor.simulator.faults.add({ kind: 'row-deleted', endpoint: 'GET /companies/search' });
    expect(await visitor.refs('/companies/search?page=1&page-size=2')).toEqual([4, 3]);
    expect(await visitor.refs('/companies/search?page=2&page-size=2')).toEqual([1]);
    expect((await visitor.get('/companies/4')).status).toBe(404);
  });
});

describe('which requests a fault affects', () => {
  test('the given endpoint, as often as given, the oldest fault first', async () => {
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

  test('for some time: all requests until it is over', async () => {
    const visitor = await visit();
    const body = { Message: 'The record is locked by another user.' };
    visitor.simulator.faults.add({ kind: 'status', status: 409, body, forMs: 5000 });
    for (let count = 0; count < 3; count += 1) expect((await post(visitor)).status).toBe(409);
    visitor.clock.advance(5000);
    expect((await post(visitor)).status).toBe(201);
  });

  test('clear: no request any more', async () => {
    const visitor = await visit();
    visitor.simulator.faults.add({ kind: 'html', times: Infinity });
    expect((await post(visitor)).status).toBe(502);
    visitor.simulator.faults.clear();
    expect((await post(visitor)).status).toBe(201);
  });
});

describe('the list of calls', () => {
  test('has the requests that arrived, by endpoint, status, time and client, of one agency or all', async () => {
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
