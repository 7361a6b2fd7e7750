import { describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import type { Answer } from './visitor.ts';
import { CLIENT, SECRET, visit, Visitor } from './visitor.ts';

const LIMITS = { rateLimits: parseRateLimits('10/1s,200/1m,3000/1h') };
const TOKEN_LIMITS = { tokenLimits: parseRateLimits('10/1m,30/1h') };
const SEARCH = '/companies/search';

/** Statuses of this many calls at one instant. */
async function burst(calls: number, call: () => Promise<Answer>): Promise<Record<number, number>> {
  const count: Record<number, number> = {};
  for (let index = 0; index < calls; index += 1) {
    const { status } = await call();
    count[status] = (count[status] ?? 0) + 1;
  }
  return count;
}

describe('Per endpoint: **10 requests a second, 200 a minute, 3,000 an hour**', () => {
  test('the eleventh call within a second is refused', async () => {
    const visitor = await visit(LIMITS);
    expect(await burst(12, () => visitor.get(SEARCH))).toEqual({ 200: 10, 429: 2 });
  });

  test('Windows are sliding', async () => {
    const visitor = await visit(LIMITS);
    await burst(5, () => visitor.get(SEARCH));
    visitor.clock.advance(600);
    await burst(5, () => visitor.get(SEARCH));
    visitor.clock.advance(399);
    expect((await visitor.get(SEARCH)).status).toBe(429);
    visitor.clock.advance(1);
    expect(await burst(6, () => visitor.get(SEARCH))).toEqual({ 200: 5, 429: 1 });
  });

  test('200 calls within a minute are allowed, and no more', async () => {
    const visitor = await visit(LIMITS);
    for (let second = 0; second < 20; second += 1) {
      expect(await burst(10, () => visitor.get(SEARCH))).toEqual({ 200: 10 });
      visitor.clock.advance(1000);
    }
    const { status, headers } = await visitor.get(SEARCH);
    expect([status, headers.get('retry-after')]).toEqual([429, '40']);
  });

  test('3,000 calls within an hour are allowed, and no more', async () => {
    const visitor = await visit({ rateLimits: parseRateLimits('3000/1h') });
    await burst(1500, () => visitor.get(SEARCH));
    visitor.clock.advance(500_000);
    await visitor.enter();
    await burst(1500, () => visitor.get(SEARCH));
    const { status, headers } = await visitor.get(SEARCH);
    expect([status, headers.get('retry-after')]).toEqual([429, '3100']);
  });

  test('a refused request does not count', async () => {
    const visitor = await visit(LIMITS);
    await burst(10, () => visitor.get(SEARCH));
    visitor.clock.advance(900);
    await burst(10, () => visitor.get(SEARCH));
    visitor.clock.advance(100);
    expect(await burst(10, () => visitor.get(SEARCH))).toEqual({ 200: 10 });
  });

  test('Over the limit: `429` with `Retry-After` (seconds or an HTTP date)', async () => {
    const visitor = await visit(LIMITS);
    visitor.clock.advance(200);
    await burst(10, () => visitor.get(SEARCH));
    visitor.clock.advance(300);
    const inSeconds = await visitor.get(SEARCH);
    const asDate = await visitor.get(SEARCH);
    expect(inSeconds.headers.get('retry-after')).toBe('1');
    expect(asDate.headers.get('retry-after')).toBe('Mon, 23 Nov 2026 10:00:02 GMT');
    expect(asDate.headers.get('date')).toBe('Mon, 23 Nov 2026 10:00:00 GMT');
  });

  test('"Endpoint" means method + path template', async () => {
    const visitor = await visit(LIMITS);
    visitor.simulator.seed(CLIENT, { companies: [{ Name: 'One' }, { Name: 'Two' }] });
    await burst(5, () => visitor.get('/companies/1'));
    await burst(5, () => visitor.get('/companies/2'));
    expect((await visitor.get('/companies/1')).status).toBe(429);
    expect((await visitor.call('PATCH', '/companies/1', {})).status).toBe(204);
    expect((await visitor.get(SEARCH)).status).toBe(200);
    expect((await visitor.get('/contacts/search')).status).toBe(200);
  });

  test('counted per client_id', async () => {
    const visitor = await visit(LIMITS);
    await burst(10, () => visitor.get(SEARCH));
    visitor.simulator.addProfile({ clientId: 'other', clientSecret: 'o', agency: CLIENT });
    await visitor.enter({ clientId: 'other', clientSecret: 'o' });
    expect((await visitor.get(SEARCH)).status).toBe(200);
  });
});

describe('Token endpoint: **10 a minute and 30 an hour, per IP address and, separately, per `client_id`**', () => {
  test('per client_id, wherever it comes from', async () => {
    const visitor = new Visitor(TOKEN_LIMITS);
    let address = 0;
    const ask = () => visitor.askToken({ from: `10.0.0.${(address += 1)}` });
    expect(await burst(11, ask)).toEqual({ 200: 10, 429: 1 });
    visitor.clock.advance(60_000);
    expect(await burst(11, ask)).toEqual({ 200: 10, 429: 1 });
    visitor.clock.advance(60_000);
    expect(await burst(11, ask)).toEqual({ 200: 10, 429: 1 });
    visitor.clock.advance(60_000);
    const { status, headers } = await ask();
    expect([status, headers.get('retry-after')]).toEqual([429, 'Mon, 23 Nov 2026 11:00:00 GMT']);
  });

  test('per IP address, for all clients behind it', async () => {
    const visitor = new Visitor(TOKEN_LIMITS);
    let profile = 0;
    const ask = (from: string) => {
      const clientId = `client-${(profile += 1)}`;
      visitor.simulator.addProfile({ clientId, clientSecret: SECRET });
      return visitor.askToken({ clientId, from });
    };
    expect(await burst(11, () => ask('10.0.0.1'))).toEqual({ 200: 10, 429: 1 });
    expect((await ask('10.0.0.2')).status).toBe(200);
  });

  test('a call that one limit refuses does not count towards the other', async () => {
    const visitor = new Visitor(TOKEN_LIMITS);
    visitor.simulator.addProfile({ clientId: 'other', clientSecret: SECRET });
    await burst(10, () => visitor.askToken({ from: '10.0.0.1' }));
    expect(await burst(20, () => visitor.askToken({ from: '10.0.0.2' }))).toEqual({ 429: 20 });
    const other = () => visitor.askToken({ clientId: 'other', from: '10.0.0.2' });
    expect(await burst(10, other)).toEqual({ 200: 10 });
  });
});
