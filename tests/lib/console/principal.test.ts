import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readRolesConfig } from '../../../lib/console/config.ts';
import { callerNames, maySee, principalOf } from '../../../lib/console/principal.ts';

const NAMES = readRolesConfig({ OIDC_ROLE_CLAIM: 'cognito:groups', OIDC_TENANTS_CLAIM: 'custom:agencies' });

/** As API Gateway hands claims over: all of them text. */
const withClaims = (claims: Record<string, string>): APIGatewayProxyEventV2 =>
  ({
    requestContext: { authorizer: { jwt: { claims: { iss: 'https://id.example', sub: 'u1', ...claims } } } },
  }) as unknown as APIGatewayProxyEventV2;
const who = (claims: Record<string, string>) => principalOf(withClaims(claims), NAMES);

describe('who is signed in', () => {
  test('is an operator by the role alone, and sees all', () => {
    const operator = who({ 'cognito:groups': '[staff operator]' });
    expect(operator).toMatchObject({ role: 'operator', subject: 'u1' });
    expect(maySee(operator, 'any.firefishsoftware.com')).toBe(true);
  });

  test.each(['[a.example https://B.Example/]', 'a.example, b.example', '["a.example","b.example"]'])(
    'is super user of the agencies that the claim %s names',
    (agencies) => {
      const superUser = who({ 'cognito:groups': 'super-user', 'custom:agencies': agencies });
      expect([...superUser.domains].sort()).toEqual(['a.example', 'b.example']);
      expect(maySee(superUser, 'b.example')).toBe(true);
      expect(maySee(superUser, 'example')).toBe(false);
      expect(maySee(superUser, 'x.a.example')).toBe(false);
    },
  );

  test.each([
    ['no role', { 'custom:agencies': 'a.example' }],
    ['a role of another name', { 'cognito:groups': 'not-operator', 'custom:agencies': 'a.example' }],
    ['a super user without an agency', { 'cognito:groups': 'super-user' }],
    ['an agency that is no address', { 'cognito:groups': 'super-user', 'custom:agencies': '*' }],
  ])('is nobody with %s', (_, claims: Record<string, string>) => {
    expect(() => who(claims)).toThrow(expect.objectContaining({ type: 'forbidden' }));
  });

  test('is nobody where no authorizer has looked at a token', () => {
    const event = { requestContext: {} } as unknown as APIGatewayProxyEventV2;
    expect(() => principalOf(event, NAMES)).toThrow(expect.objectContaining({ type: 'unauthorized' }));
  });

  test('is named by issuer and subject, with the address for people', () => {
    expect(callerNames(who({ 'cognito:groups': 'operator', email: 'o@id.example' }))).toEqual({
      by: 'https://id.example#u1',
      knownAs: 'o@id.example',
    });
  });
});
