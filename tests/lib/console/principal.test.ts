import { beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readRolesConfig } from '../../../lib/console/config.ts';
import { callerId, maySee, principalOf } from '../../../lib/console/sign-in/principal.ts';
import { signOut, SignOuts } from '../../../lib/console/sign-in/sign-outs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { TestClock } from '../../support/clock.ts';

const NAMES = readRolesConfig({ OIDC_ROLE_CLAIM: 'cognito:groups', OIDC_TENANTS_CLAIM: 'custom:agencies' });
const ISSUED_AT = 1_795_000_000;
/** The time at which the clock of tests begins. */
const NOW = new TestClock().now();

type Claims = Record<string, unknown>;
const ACCESS: Claims = { iss: 'https://id.example', sub: 'u1', iat: ISSUED_AT, scope: 'openid email' };

const tokenWith = (claims: Claims): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
};

/** As API Gateway hands a request over: all claims are text there, and lists have lost their commas. */
const requestWith = (
  claims: Claims,
  { token = tokenWith(claims), context = {} }: { token?: string; context?: object } = {},
): APIGatewayProxyEventV2 => {
  const asText = Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );
  return {
    headers: { authorization: `Bearer ${token}` },
    requestContext: {
      apiId: 'api-1',
      requestId: 'request-1',
      routeKey: 'ANY /admin/v1/{path+}',
      authorizer: { jwt: { claims: asText, scopes: ['openid'] } },
      ...context,
    },
  } as unknown as APIGatewayProxyEventV2;
};
const who = (claims: Claims) => principalOf(requestWith({ ...ACCESS, ...claims }), NAMES, NOW);
const refusal = (type: string): unknown => expect.objectContaining({ type });

describe('the signed-in person', () => {
  test('is an operator by the role alone, and sees everything', () => {
    const operator = who({ 'cognito:groups': ['staff', 'operator'] });
    expect(operator).toMatchObject({ role: 'operator', subject: 'u1', issuedAt: ISSUED_AT });
    expect(maySee(operator, 'any.firefishsoftware.com')).toBe(true);
  });

  test.each([
    [['a.example', 'https://B.Example/']],
    [['a.example', 'b.example', 'c.example, d.example', 7, ['e.example']]],
  ])('is a super user of the agencies in the claim %j', (agencies) => {
    const superUser = who({ 'cognito:groups': 'super-user', 'custom:agencies': agencies });
    expect([...superUser.domains].sort()).toEqual(['a.example', 'b.example']);
    expect(maySee(superUser, 'b.example')).toBe(true);
    expect(maySee(superUser, 'example')).toBe(false);
    expect(maySee(superUser, 'x.a.example')).toBe(false);
  });

  const NOBODIES: [string, Claims][] = [
    ['no role', { 'custom:agencies': 'a.example' }],
    ['a role of another name', { 'cognito:groups': 'not-operator', 'custom:agencies': 'a.example' }],
    ['one role that holds a space', { 'cognito:groups': 'view operator' }],
    ['one role that holds a comma', { 'cognito:groups': 'view,operator' }],
    ['one role that looks like a list', { 'cognito:groups': '[operator]' }],
    ['one role that looks like JSON', { 'cognito:groups': '["operator"]' }],
    ['a list whose one role holds a space', { 'cognito:groups': ['view operator'] }],
    ['a list in a list', { 'cognito:groups': [['operator']] }],
    ['a role that is an object', { 'cognito:groups': { operator: true } }],
    ['a super user without an agency', { 'cognito:groups': 'super-user' }],
    [
      'two agencies in one text',
      { 'cognito:groups': 'super-user', 'custom:agencies': 'a.example, b.example' },
    ],
    [
      'two agencies in one text, by a space',
      { 'cognito:groups': 'super-user', 'custom:agencies': 'a.example b.example' },
    ],
    ['an agency that is no address', { 'cognito:groups': 'super-user', 'custom:agencies': '*' }],
  ];
  test.each(NOBODIES)('is refused with %s', (_, claims) => {
    expect(() => who(claims)).toThrow(refusal('forbidden'));
  });

  test('is super user of one agency by a claim that is a text', () => {
    const { domains } = who({ 'cognito:groups': 'super-user', 'custom:agencies': ' https://A.example/ ' });
    expect([...domains]).toEqual(['a.example']);
  });

  test('is identified by issuer and subject', () => {
    expect(callerId(who({ 'cognito:groups': 'operator', email: 'o@id.example' }))).toBe(
      'https://id.example#u1',
    );
  });
});

describe('a token is refused', () => {
  const OPERATOR = { ...ACCESS, 'cognito:groups': ['operator'] };
  const NO_ACCESS_TOKENS: [string, Claims][] = [
    ['that is an ID token, by its use', { ...OPERATOR, token_use: 'id' }],
    ['that is an ID token, without a scope', { ...OPERATOR, scope: undefined }],
    ['whose scope is another', { ...OPERATOR, scope: 'openidx profile' }],
    ['that is issued in a time to come', { ...OPERATOR, iat: NOW / 1000 + 61 }],
    ['that does not say when it was issued', { ...OPERATOR, iat: undefined }],
  ];
  test.each(NO_ACCESS_TOKENS)('%s', (_, claims) => {
    expect(() => principalOf(requestWith(claims), NAMES, NOW)).toThrow(refusal('unauthorized'));
  });

  test.each([
    ['an access token of Cognito', { token_use: 'access' }],
    ['of Entra ID', { scope: undefined, scp: 'Console.Use openid' }],
    ['of one that lists its scopes', { scope: undefined, scp: ['openid'] }],
  ])('but accepted if it %s', (_, claims) => {
    expect(principalOf(requestWith({ ...OPERATOR, ...claims }), NAMES, NOW)).toMatchObject({
      role: 'operator',
    });
  });

  const NOT_THROUGH_API_GATEWAY: [string, APIGatewayProxyEventV2][] = [
    ['no authorizer has looked at', requestWith(OPERATOR, { context: { authorizer: undefined } })],
    ['no API has handed over', requestWith(OPERATOR, { context: { apiId: undefined } })],
    ['that is not there', requestWith(OPERATOR, { token: '' })],
    ['that is none', requestWith(OPERATOR, { token: 'x.y.z' })],
    [
      'of someone else than was checked',
      requestWith(OPERATOR, { token: tokenWith({ ...OPERATOR, sub: 'u2' }) }),
    ],
    [
      'of another time than was checked',
      requestWith(OPERATOR, { token: tokenWith({ ...OPERATOR, iat: 1 }) }),
    ],
    [
      'of another issuer than was checked',
      requestWith(OPERATOR, { token: tokenWith({ ...OPERATOR, iss: 'x' }) }),
    ],
  ];
  test.each(NOT_THROUGH_API_GATEWAY)('%s', (_, event) => {
    expect(() => principalOf(event, NAMES, NOW)).toThrow(refusal('unauthorized'));
  });
});

describe('signing out', () => {
  let clock: TestClock;
  let signOuts: SignOuts;
  const issued = (secondsFromNow: number, claims: Claims = {}) =>
    who({ 'cognito:groups': 'operator', iat: Math.floor(clock.now() / 1000) + secondsFromNow, ...claims });

  beforeEach(() => {
    clock = new TestClock();
    signOuts = new SignOuts(new MemoryTable(clock), clock);
  });

  test('ends the tokens that the person had until then, and no later ones', async () => {
    const [before, same] = [issued(-600), issued(0)];
    await signOuts.refuseOld(before);
    await signOuts.note(same);
    for (const token of [before, same])
      await expect(signOuts.refuseOld(token)).rejects.toThrow(refusal('unauthorized'));
    await signOuts.refuseOld(issued(1));
  });

  test('lasts so long that a sign-in after it gives a valid token', async () => {
    clock.advance(999);
    const token = issued(0);
    await signOut({ signOuts, clock })({
      parameters: {},
      principal: token,
      event: {
        headers: { 'content-type': 'application/json' },
        body: '{}',
      } as unknown as APIGatewayProxyEventV2,
    });
    await expect(signOuts.refuseOld(token)).rejects.toThrow(refusal('unauthorized'));
    await signOuts.refuseOld(issued(0));
  });

  test('ends a token that the provider dates later than our clock', async () => {
    const ahead = issued(3);
    await signOuts.note(ahead);
    await expect(signOuts.refuseOld(ahead)).rejects.toThrow(refusal('unauthorized'));
  });

  test('with an older token after a newer one makes no token valid again', async () => {
    const late = issued(10);
    await signOuts.note(late);
    await signOuts.note(issued(-600));
    await expect(signOuts.refuseOld(late)).rejects.toThrow(refusal('unauthorized'));
  });

  test('affects only that person, at that provider', async () => {
    await signOuts.note(issued(0));
    await signOuts.refuseOld(issued(0, { sub: 'u2' }));
    await signOuts.refuseOld(issued(0, { iss: 'https://other.example' }));
  });
});
