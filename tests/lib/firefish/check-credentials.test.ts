import { describe, expect, test } from '@jest/globals';
import { checkCredentials, NEEDED_SCOPES } from '../../../lib/firefish/check-credentials.ts';
import { Stage } from './stage.ts';

const TOKEN = 'POST /authorization/token';
const CREDENTIALS = { clientId: 'acme', clientSecret: 'acme-secret' };

const check = (stage: Stage, credentials = CREDENTIALS): Promise<unknown> =>
  stage.clock.run(
    checkCredentials(
      { config: stage.config, clock: stage.clock, fetch: stage.fetch, table: stage.table },
      credentials,
    ),
  );

describe('the check of credentials', () => {
  test('takes one token request where all is well', async () => {
    const stage = new Stage();
    stage.addProfile();
    expect(await check(stage)).toMatchObject({ ok: true, missingScopes: [] });
    expect(stage.tokensAsked()).toBe(1);
  });

  test('names the scopes that are missing, all of them too, within the limit of a minute', async () => {
    for (const scopes of [NEEDED_SCOPES.slice(0, 5), ['usersAPI-read']]) {
      const stage = new Stage();
      stage.addProfile('acme', scopes);
      const missing = NEEDED_SCOPES.filter((scope) => !(scopes as readonly string[]).includes(scope));
      const result = (await check(stage)) as { missingScopes: string[] };
      expect([...result.missingScopes].sort()).toEqual([...missing].sort());
      expect(stage.tokensAsked()).toBeLessThanOrEqual(10);
    }
  });

  test('tells refused credentials from a Firefish that does not answer', async () => {
    const stage = new Stage();
    stage.addProfile();
    expect(await check(stage, { ...CREDENTIALS, clientSecret: 'wrong' })).toMatchObject({
      ok: false,
      reason: 'refused',
    });
    for (const fault of [{ kind: 'html' }, { kind: 'hang-before' }, { kind: 'drop-before' }] as const) {
      stage.simulator.faults.add({ ...fault, endpoint: TOKEN });
      expect(await check(stage)).toMatchObject({ ok: false, reason: 'unreachable' });
    }
  });

  test('respects the limits that the workers share, and a 429', async () => {
    const stage = new Stage();
    stage.addProfile();
    for (let time = 0; time < 10; time += 1) await check(stage);
    expect(await check(stage)).toMatchObject({ ok: false, reason: 'limited' });
    expect(stage.tokensAsked()).toBe(10);
    await stage.clock.advance(120_000);
    stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '600', endpoint: TOKEN });
    expect(await check(stage)).toMatchObject({ ok: false, reason: 'limited' });
    expect(await check(stage)).toMatchObject({ ok: false, reason: 'limited' });
    expect(stage.tokensAsked()).toBe(11);
  });
});
