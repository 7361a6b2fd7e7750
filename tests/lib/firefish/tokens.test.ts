import type { TenantId } from '../../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import { NEEDED_SCOPES } from '../../../lib/firefish/assumptions.ts';
import { checkCredentials } from '../../../lib/firefish/credentials-check.ts';
import { EgressTokens } from '../../../lib/firefish/egress-tokens.ts';
import { kept, TurnStage } from './turn-stage.ts';

const TOKEN = 'POST /authorization/token';

const check = (
  stage: TurnStage,
  tenantId = 'acme',
  { clientSecret = `${tenantId}-secret`, ...person }: { clientSecret?: string; person?: string } = {},
): Promise<unknown> =>
  stage.clock.run(
    checkCredentials(
      { config: stage.config, clock: stage.clock, fetch: stage.fetch, table: stage.table },
      { agency: tenantId, ...person },
      { clientId: tenantId, clientSecret },
    ),
  );
const egressOf = (stage: TurnStage): EgressTokens => new EgressTokens(stage.table, stage.clock, stage.config);

describe('a check of Firefish credentials', () => {
  test('takes one token request if everything is right', async () => {
    const stage = new TurnStage();
    stage.addProfile();
    expect(await check(stage)).toEqual({ ok: true, missingScopes: [] });
    expect(stage.tokensAsked()).toBe(1);
  });

  test.each(NEEDED_SCOPES)(
    'finds that %s is missing with at most four requests, whether Firefish names it or not',
    async (scope) => {
      for (const named of [true, false]) {
        const stage = new TurnStage();
        stage.addProfile(
          'acme',
          NEEDED_SCOPES.filter((other) => other !== scope),
        );
        // The simulator names scopes in turn.
        if (!named)
          stage.simulator.faults.add({
            kind: 'status',
            status: 400,
            body: { error: 'invalid_scope' },
            endpoint: TOKEN,
          });
        const { missingScopes } = (await check(stage)) as { missingScopes: string[] };
        expect(missingScopes).toContain(scope);
        if (named) expect(missingScopes).toEqual([scope]);
        expect(missingScopes.length).toBeLessThanOrEqual(4);
        expect(stage.tokensAsked()).toBeLessThanOrEqual(4);
      }
    },
  );

  test('names all scopes if the profile has none, although its credentials are right', async () => {
    const stage = new TurnStage();
    stage.addProfile('acme', ['usersAPI-read']);
    const result = (await check(stage)) as { ok: boolean; missingScopes: string[] };
    expect(result.ok).toBe(true);
    expect([...result.missingScopes].sort()).toEqual([...NEEDED_SCOPES].sort());
    expect(stage.tokensAsked()).toBeLessThanOrEqual(4);
  });

  test('distinguishes refused credentials from an answer that is not in Firefish’s own form', async () => {
    const stage = new TurnStage();
    stage.addProfile();
    expect(await check(stage, 'acme', { clientSecret: 'wrong' })).toMatchObject({
      ok: false,
      reason: 'refused',
    });
    for (const fault of [
      { kind: 'html' },
      { kind: 'hang' },
      { kind: 'drop' },
      { kind: 'status', status: 403, body: '<html>Blocked</html>' },
    ] as const) {
      stage.simulator.faults.add({ ...fault, endpoint: TOKEN });
      expect(await check(stage)).toMatchObject({ ok: false, reason: 'unreachable' });
    }
  });

  test('counts a token without expires_in as valid for 599 s', async () => {
    const stage = new TurnStage();
    stage.addProfile();
    stage.simulator.seed('acme', { candidates: [{ Ref: 7, FirstName: 'Bo', Surname: 'Li' }] });
    const turn = stage.turn({
      fetch: async (input, init) => {
        const answer = await stage.fetch(input, init);
        if (!new Request(input).url.endsWith('/token')) return answer;
        const { expires_in: _, ...token } = (await answer.json()) as Record<string, unknown>;
        return Response.json(token);
      },
    });
    const read = (): Promise<unknown> => stage.clock.run(turn.for({ urgency: 3 }).read('candidate', 7));
    await read();
    await stage.clock.advance(560_000);
    await read();
    expect(stage.tokensAsked()).toBe(1);
    await stage.clock.advance(30_000);
    await read();
    expect(stage.tokensAsked()).toBe(2);
  });
});

describe('the token budget of an egress address', () => {
  test('is used by checks and refused credentials for at most a half, and only in small part by one tenant', async () => {
    const stage = new TurnStage();
    const until = stage.clock.now() + 3_600_000;
    for (let tenant = 0; stage.clock.now() < until; tenant = (tenant + 1) % 5) {
      await check(stage, `bad${String(tenant)}`);
      await stage.clock.advance(20_000);
    }
    expect(stage.refusedByLimit()).toBe(0);
    expect(stage.tokensAsked()).toBeLessThanOrEqual(16);
    for (let tenant = 0; tenant < 5; tenant += 1) {
      stage.addProfile(`t${String(tenant)}`);
      await stage.clock.run(
        stage
          .turn({ tenantId: `t${String(tenant)}` as TenantId })
          .for({ urgency: 3 })
          .searchByEmail('contact', 'a@b.example'),
      );
    }
    expect(stage.refusedByLimit()).toBe(0);
  });

  test('limits the checks of one tenant, and says when the next is possible', async () => {
    const stage = new TurnStage();
    const begun = stage.clock.now();
    let result: unknown;
    for (let tries = 0; tries < 20; tries += 1) {
      result = await check(stage, 'acme');
      await stage.clock.advance(60_000);
    }
    expect(stage.tokensAsked()).toBe(5);
    const { until } = result as { until: number };
    expect(result).toEqual({ ok: false, reason: 'limited', until });
    expect(until - begun).toBeGreaterThan(3_600_000);
    await stage.clock.advance(until - stage.clock.now() - 1);
    expect(await check(stage, 'acme')).toEqual(result);
    await stage.clock.advance(1);
    expect(await check(stage, 'acme')).toMatchObject({ reason: 'refused' });
  });

  test.each([1, 2, 3, 5])(
    'has room for a new agency while %d others try wrong credentials as often as they can',
    async (many) => {
      for (const inTurn of [true, false]) {
        const stage = new TurnStage();
        const tries = Array.from({ length: many * 10 }, (_, n) => (inTurn ? n % many : Math.floor(n / 10)));
        for (const tenant of tries) {
          await check(stage, `bad${String(tenant)}`);
          await stage.clock.advance(20_000);
        }
        stage.addProfile('new');
        expect(await check(stage, 'new')).toEqual({ ok: true, missingScopes: [] });
      }
    },
  );

  test('has room for a new agency while many others use all that previews may have', async () => {
    const stage = new TurnStage();
    const egress = egressOf(stage);
    let taken = 0;
    for (let n = 0; n < 200; n += 1) {
      if ((await stage.clock.run(egress.take(`idle${String(n % 20)}`, 'check'))) === undefined) taken += 1;
      await stage.clock.advance(15_000);
    }
    expect(taken).toBe(10);
    stage.addProfile('new');
    for (let n = 0; n < 2; n += 1) expect(await check(stage, 'new')).toEqual({ ok: true, missingScopes: [] });
  });

  test('limits the checks of a super user over all their agencies, and those of operators for each agency', async () => {
    const checked = async (person?: string): Promise<number> => {
      const stage = new TurnStage();
      for (let n = 0; n < 30; n += 1) {
        await check(stage, `agency${String(n)}`, person === undefined ? {} : { person });
        await stage.clock.advance(60_000);
      }
      return stage.tokensAsked();
    };
    expect(await checked('super-user')).toBe(5);
    expect(await checked()).toBe(15);
  });

  test('that ends during a check does not make right credentials wrong', async () => {
    const stage = new TurnStage();
    for (let n = 0; n < 3; n += 1) {
      await check(stage);
      await stage.clock.advance(60_000);
    }
    stage.addProfile('acme', ['usersAPI-read']);
    expect(await check(stage)).toEqual({ ok: true, missingScopes: NEEDED_SCOPES });
  });

  test('is given out in order, urgent work first and with a reserve for it; a turn that does not come delays nobody', async () => {
    const stage = new TurnStage();
    const egress = egressOf(stage);
    const take = (tenantId: TenantId, use: 'work' | 'urgent'): Promise<number | undefined> =>
      stage.clock.run(egress.take(tenantId, use));
    let taken = 0;
    for (let n = 0; n < 40; n += 1) {
      if ((await take(`t${String(n % 4)}` as TenantId, 'work')) === undefined) taken += 1;
      await stage.clock.advance(61_000 / 4);
    }
    expect(taken).toBe(27);
    expect(await take('new' as TenantId, 'urgent')).toBeUndefined();
    const first = await take('a' as TenantId, 'work');
    const second = await take('b' as TenantId, 'work');
    expect(second!).toBeGreaterThanOrEqual(first!);
  });

  test('is blocked by a 429 only for the tenant that got it, until another one gets it, too', async () => {
    const stage = new TurnStage();
    const egress = egressOf(stage);
    await stage.clock.run(egress.limited('a', stage.clock.now() + 600_000));
    expect(await stage.clock.run(egress.take('b', 'work'))).toBeUndefined();
    await stage.clock.run(egress.limited('b', stage.clock.now() + 600_000));
    expect(await stage.clock.run(egress.take('c', 'work'))).toBe(stage.clock.now() + 600_000);
  });

  test('is enough for four tenants with work for hours, without a 429', async () => {
    const stage = new TurnStage();
    const tenants = ['a', 'b', 'c', 'd'];
    for (const tenant of tenants) stage.addProfile(tenant);
    const begun = stage.clock.now();
    const work = async (tenantId: TenantId): Promise<number> => {
      let [done, memory] = [0, stage.turn({ tenantId }).memory()];
      while (stage.clock.now() - begun < 3 * 3_600_000) {
        const turn = stage.turn({ tenantId, memory: kept(memory), elapsedMs: 58_000 });
        const call = turn.for({ urgency: 3 }).searchByEmail('contact', 'a@b.example');
        done += await call.then(
          () => 1,
          () => 0,
        );
        await turn.end();
        memory = turn.memory();
        await stage.clock.sleep(60_000);
      }
      return done;
    };
    const done = await stage.clock.run(Promise.all(tenants.map((id) => work(id as TenantId))));
    expect(stage.refusedByLimit()).toBe(0);
    for (const calls of done) expect(calls).toBeGreaterThan(170);
  });
});
