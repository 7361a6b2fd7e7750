import { describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import { checkCredentials } from '../../../lib/firefish/check-credentials.ts';
import { NotNowError } from '../../../lib/firefish/errors.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import { readGate } from '../../../lib/firefish/gate.ts';
import { readMissingScopes, startToken } from '../../../lib/firefish/shared-token.ts';
import { decodeRuns } from '../../../lib/firefish/runs-codec.ts';
import { fingerprint } from '../../../lib/firefish/token-item.ts';
import { tokenKey } from '../../../lib/store/keys.ts';
import { reversing, seededRandom, Stage } from './stage.ts';

const TOKEN = 'POST /authorization/token';
const READ = 'GET /candidates/{ref}';
const MINUTE = 60_000;
/** As the simulator gives them. */
const LIFETIME_MS = 599_000;

function newStage(scopes?: readonly string[]): Stage {
  const stage = new Stage();
  stage.addProfile('acme', scopes);
  stage.simulator.seed('acme', { candidates: [{ Ref: 7, FirstName: 'Ann', Surname: 'Lee' }] });
  return stage;
}

describe('the shared token', () => {
  test('is fetched once by forty instances that start at once, whatever their clocks and the table do', async () => {
    const stage = newStage();
    const random = seededRandom(4);
    stage.table.latencyMs = () => 30 * random();
    stage.latencyMs = () => 200 * random();
    const cold = Array.from({ length: 40 }, () =>
      stage.instance('acme', { skewMs: Math.round((2 * random() - 1) * 1000) }),
    );
    const ends = await stage.clock.run(Promise.allSettled(cold.map((one) => one.read('candidate', 7))));
    expect(stage.tokensAsked()).toBe(1);
    // All got the token; some may have been refused by the limits of the endpoint.
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ reason: 'limit' });
    }
  });

  test('is renewed by one instance before it ends, and used by all meanwhile', async () => {
    const stage = newStage();
    const clients = Array.from({ length: 5 }, () => stage.instance());
    for (let minute = 0; minute < 60; minute += 1) {
      await stage.clock.run(Promise.all(clients.map((one) => one.read('candidate', 7))));
      await stage.clock.advance(MINUTE);
    }
    // An hour of lives of ten minutes.
    expect(stage.tokensAsked()).toBeLessThanOrEqual(7);
    expect(stage.simulator.calls().filter(({ status }) => status === 401)).toHaveLength(0);
  });

  test('is renewed half a minute before it ends, by the first call then, and not earlier', async () => {
    const stage = newStage();
    const client = stage.instance();
    await stage.clock.run(client.read('candidate', 7));
    await stage.clock.advance(LIFETIME_MS - 31_000);
    await stage.clock.run(client.read('candidate', 7));
    expect(stage.tokensAsked()).toBe(1);
    await stage.clock.advance(2_000);
    await stage.clock.run(client.read('candidate', 7));
    expect(stage.tokensAsked()).toBe(2);
  });

  test('is good while it can’t be renewed, but for its last seconds, in which no call leaves with it', async () => {
    const stage = newStage();
    const clients = [stage.instance(), stage.instance()];
    const [client, other] = clients as [Firefish, Firefish];
    await stage.clock.run(Promise.all(clients.map((one) => one.read('candidate', 7))));
    stage.simulator.faults.add({ kind: 'status', status: 503, endpoint: TOKEN, times: 100 });
    await stage.clock.advance(LIFETIME_MS - 12_000);
    await stage.clock.run(client.read('candidate', 7));
    await stage.clock.advance(4_000);
    const arrived = (): number => stage.simulator.calls().filter(({ endpoint }) => endpoint === READ).length;
    const before = arrived();
    for (const one of [client, other]) {
      await expect(stage.clock.run(one.read('candidate', 7))).rejects.toMatchObject({ endpoint: TOKEN });
    }
    expect(arrived()).toBe(before);
    stage.simulator.faults.clear();
    await stage.clock.advance(10_000);
    await stage.clock.run(client.read('candidate', 7));
  });

  test('is never in the table in the clear', async () => {
    const stage = newStage();
    await stage.clock.run(stage.instance().read('candidate', 7));
    const authorization: string[] = [];
    const watching: typeof fetch = (input, init) => {
      authorization.push(new Headers(init?.headers).get('authorization') ?? '');
      return stage.fetch(input, init);
    };
    await stage.clock.run(stage.instance('acme', { fetch: watching }).read('candidate', 7));
    const token = authorization[0]!.replace('Bearer ', '');
    expect(token.length).toBeGreaterThan(10);
    const texts = stage.table
      .all()
      .map((item) =>
        JSON.stringify(item, (_key, value: unknown) =>
          value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
        ),
      );
    for (const text of texts) {
      expect(text).not.toContain(token);
      expect(text).not.toContain('acme-secret');
    }
  });

  test('that Firefish does not know any more is replaced once, by all instances together', async () => {
    const stage = newStage();
    const clients = Array.from({ length: 8 }, () => stage.instance());
    await stage.clock.run(Promise.all(clients.map((one) => one.read('candidate', 7))));
    await stage.clock.advance(2 * MINUTE);
    stage.simulator.removeProfile('acme');
    stage.addProfile();
    const ends = await stage.clock.run(Promise.allSettled(clients.map((one) => one.read('candidate', 7))));
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ reason: 'limit' });
    }
    expect(stage.tokensAsked()).toBe(2);
  });

  test('is discarded only while it is the one that failed', async () => {
    const stage = newStage();
    const client = stage.instance();
    await stage.clock.run(client.read('candidate', 7));
    stage.simulator.faults.add({ kind: 'status', status: 401, endpoint: READ });
    await stage.clock.run(client.read('candidate', 7));
    expect(stage.tokensAsked()).toBe(2);
    // A 401 of a slow call with the old token must not cost the new one.
    const other = stage.instance();
    await stage.clock.run(other.read('candidate', 7));
    expect(stage.tokensAsked()).toBe(2);
  });

  test('is not burnt by an endpoint that keeps answering 401; what keeps coming back is a refusal', async () => {
    const stage = newStage();
    const client = stage.instance();
    stage.simulator.faults.add({ kind: 'status', status: 401, endpoint: READ, times: 100 });
    const errors: unknown[] = [];
    for (let call = 0; call < 4; call += 1) {
      errors.push(await stage.clock.run(client.read('candidate', 7).catch((error: unknown) => error)));
      await stage.clock.advance(MINUTE / 2);
    }
    expect(errors[0]).toMatchObject({ name: 'NotNowError', status: 401 });
    expect(errors[3]).toMatchObject({ name: 'RefusedError', status: 401 });
    expect(stage.tokensAsked()).toBeLessThanOrEqual(4);
    // Other endpoints go on.
    await stage.clock.run(client.searchByEmail('candidate', 'ann@lee.example'));
  });

  test('of refused credentials opens the breaker at once, and new credentials pass it', async () => {
    const stage = newStage();
    const old = stage.instance('acme', { clientSecret: 'wrong' });
    await expect(stage.clock.run(old.read('candidate', 7))).rejects.toMatchObject({
      name: 'NotNowError',
      reason: 'credentials',
    });
    await expect(stage.clock.run(old.read('candidate', 7))).rejects.toMatchObject({ reason: 'credentials' });
    expect(stage.tokensAsked()).toBe(1);
    expect(await readGate(stage.table, 'acme', stage.clock.now())).toMatchObject({ reason: 'credentials' });
    await stage.clock.run(stage.instance().read('candidate', 7));
    expect(await readGate(stage.table, 'acme', stage.clock.now())).toBeUndefined();
  });

  test('of before is used no more once the same credentials are given anew: they may be allowed more', async () => {
    const stage = newStage(['candidatesAPI-read']);
    const warm = stage.instance();
    await stage.clock.run(warm.read('candidate', 7));
    const missing = await readMissingScopes(stage.table, 'acme');
    expect(missing).toContain('candidatesAPI-write');
    stage.addProfile();
    const { table, clock } = stage;
    await startToken({ table, clock, cipher: reversing, tenantId: 'acme' }, 'given anew', undefined);
    expect(await readMissingScopes(stage.table, 'acme')).toEqual([]);
    const again = stage.instance('acme', { givenAt: 1 });
    await stage.clock.run(again.update('candidate', 7, { JobTitle: 'Lead' }, {}));
    expect(await readMissingScopes(stage.table, 'acme')).toEqual([]);
  });

  test('of the check of credentials is the first that the tenant works with, and counted as one', async () => {
    for (const scopes of [undefined, ['candidatesAPI-read', 'usersAPI-read']]) {
      const stage = newStage(scopes);
      const { table, clock, config, fetch } = stage;
      const credentials = { clientId: 'acme', clientSecret: 'acme-secret' };
      const check = await clock.run(checkCredentials({ config, clock, fetch, table }, credentials));
      const asked = stage.tokensAsked();
      const grant = check.ok ? check.grant : undefined;
      const given = fingerprint('acme', credentials, 7);
      await startToken({ table, clock, cipher: reversing, tenantId: 'acme' }, given, grant);
      await clock.run(stage.instance('acme', { givenAt: 7 }).read('candidate', 7));
      expect(stage.tokensAsked()).toBe(asked);
      expect(await readMissingScopes(table, 'acme')).toEqual(check.ok ? check.missingScopes : []);
      const { requests } = (await table.get(tokenKey('acme'))) as { requests?: Uint8Array };
      expect(decodeRuns(requests).reduce((sum, [, count]) => sum + count, 0)).toBe(asked);
      await stage.clock.advance(11 * MINUTE);
      await clock.run(stage.instance('acme', { givenAt: 7 }).read('candidate', 7));
      expect(stage.tokensAsked()).toBe(asked + 1);
    }
  });

  test('takes few requests while the credentials stay refused for a day', async () => {
    const stage = newStage();
    const client = stage.instance('acme', { clientSecret: 'wrong' });
    const end = stage.clock.now() + 24 * 60 * MINUTE;
    while (stage.clock.now() < end) {
      const error = await stage.clock.run(client.read('candidate', 7).catch((one: unknown) => one));
      await stage.clock.advance(Math.max(1000, (error as NotNowError).retryAt - stage.clock.now()));
    }
    expect(stage.tokensAsked()).toBeLessThan(40);
  });

  test('is asked for with the scopes there are, and says which are missing', async () => {
    const stage = newStage(['candidatesAPI-read', 'candidatesAPI-write', 'companiesAPI-read']);
    const client = stage.instance();
    await stage.clock.run(client.read('candidate', 7));
    const missing = await readMissingScopes(stage.table, 'acme');
    expect([...missing].sort()).toEqual([
      'actionsAPI-read',
      'companiesAPI-write',
      'contactsAPI-read',
      'contactsAPI-write',
    ]);
    const asked = stage.tokensAsked();
    expect(asked).toBeLessThanOrEqual(10);
    await expect(stage.clock.run(client.searchByEmail('contact', 'ann@lee.example'))).rejects.toMatchObject({
      name: 'RefusedError',
      status: 403,
    });
    // Known once, it is not looked for again.
    await stage.clock.advance(15 * MINUTE);
    await stage.clock.run(stage.instance().read('candidate', 7));
    expect(stage.tokensAsked()).toBe(asked + 1);
  });

  test.each([
    ['a failing token endpoint', { kind: 'status', status: 503 } as const],
    ['a dropped token request', { kind: 'drop-after' } as const],
    ['an unreadable token', { kind: 'garbage-after' } as const],
    ['an HTML page for a token', { kind: 'html' } as const],
  ])('after %s leaves the call undone and the next one free to ask again', async (_name, fault) => {
    const stage = newStage();
    const client = stage.instance();
    stage.simulator.faults.add({ ...fault, endpoint: TOKEN });
    await expect(stage.clock.run(client.update('candidate', 7, { JobTitle: 'CTO' }))).rejects.toMatchObject({
      name: 'UnavailableError',
      endpoint: TOKEN,
    });
    await stage.clock.run(stage.instance().update('candidate', 7, { JobTitle: 'CTO' }));
    expect(stage.simulator.state('acme').candidates[0]!['JobTitle']).toBe('CTO');
  });

  test('is not asked for before Retry-After, by any tenant behind the same address', async () => {
    const stage = newStage();
    stage.addProfile('other');
    stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '120', endpoint: TOKEN });
    const start = stage.clock.now();
    const told = await stage.clock.run(
      stage
        .instance()
        .read('candidate', 7)
        .catch((error: unknown) => error),
    );
    expect(told).toMatchObject({ name: 'NotNowError', reason: 'token' });
    expect((told as NotNowError).retryAt - start).toBeGreaterThanOrEqual(120_000);
    await expect(
      stage.clock.run(stage.instance('other').searchByEmail('candidate', 'a@b.example')),
    ).rejects.toMatchObject({ reason: 'token' });
    expect(stage.tokensAsked()).toBe(1);
  });

  test('of an instance that died while asking is asked for by another one soon after', async () => {
    const stage = newStage();
    const dead: typeof fetch = () => new Promise(() => undefined);
    void stage
      .instance('acme', { fetch: dead })
      .read('candidate', 7)
      .catch(() => undefined);
    await stage.clock.advance(100);
    const start = stage.clock.now();
    const client = stage.instance();
    for (;;) {
      try {
        await stage.clock.run(client.read('candidate', 7));
        break;
      } catch (error) {
        expect(error).toMatchObject({ reason: 'token' });
        await stage.clock.advance(1000);
      }
    }
    expect(stage.clock.now() - start).toBeLessThan(30_000);
  });
});

describe('the token budget of an egress address', () => {
  test('lets fifty tenants behind one address all progress, the longest waiting first, without a 429', async () => {
    const stage = new Stage({ FIREFISH_TOKEN_LIMITS: parseRateLimits('10/1m,30/1h') });
    const tenants = Array.from({ length: 50 }, (_, index) => `tenant-${String(index)}`);
    const end = stage.clock.now() + 5 * 3_600_000;
    const served = new Map<string, number[]>();
    const work = async (tenantId: string, random: () => number): Promise<void> => {
      stage.addProfile(tenantId);
      const client = stage.instance(tenantId, { skewMs: Math.round((2 * random() - 1) * 1000) });
      while (stage.clock.now() < end) {
        try {
          await client.searchByEmail('candidate', 'a@b.example');
          served.set(tenantId, [...(served.get(tenantId) ?? []), stage.clock.now()]);
          await stage.clock.sleep(2 * MINUTE);
        } catch (error) {
          if (!(error instanceof NotNowError)) throw error;
          // The sweeper looks each minute.
          await stage.clock.sleep(Math.max(0, error.retryAt - stage.clock.now()) + MINUTE * random());
        }
      }
    };
    await stage.clock.run(Promise.all(tenants.map((tenantId, index) => work(tenantId, seededRandom(index)))));
    expect(stage.refusedByLimit()).toBe(0);
    // Thirty tokens an hour, used to the full.
    expect(stage.tokensAsked()).toBeGreaterThanOrEqual(5 * 30 - 10);
    // Whoever is served waits for a full round of the others at most: fifty tokens and what it takes to come back.
    for (const tenantId of tenants) {
      const turns = [stage.clock.now() - 5 * 3_600_000, ...(served.get(tenantId) ?? []), end];
      const longest = Math.max(...turns.slice(1).map((at, index) => at - turns[index]!));
      expect(longest).toBeLessThan(2.5 * 3_600_000);
    }
  });
});
