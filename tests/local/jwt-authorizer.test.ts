import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Authorizer, jwtAuthorizer } from '../../local/http/jwt-authorizer.ts';

const AUDIENCE = 'console-api';

interface Signing {
  claims?: JWTPayload;
  key?: CryptoKey;
  header?: Record<string, unknown>;
  without?: string;
}

describe('a caller with a token of the provider', () => {
  let provider: Server;
  let issuer: string;
  let ours: { privateKey: CryptoKey; publicKey: CryptoKey };
  let strangers: typeof ours;
  let authorize: Authorizer;
  const onError = jest.fn<(message: string) => void>();

  const sign = ({
    claims = {},
    key = ours.privateKey,
    header = {},
    without,
  }: Signing = {}): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: issuer,
      aud: AUDIENCE,
      sub: 'u1',
      iat: now,
      exp: now + 600,
      role: 'operator',
      ...claims,
    };
    const kept = Object.fromEntries(Object.entries(all).filter(([name]) => name !== without));
    return new SignJWT(kept).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key);
  };
  /** Put together by hand: no library signs these. */
  const forge = (header: object, sign: (input: string) => string = () => ''): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: issuer, aud: AUDIENCE, sub: 'u1', exp: Date.now(), role: 'operator' };
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${sign(input)}`;
  };

  beforeAll(async () => {
    ours = await generateKeyPair('RS256', { extractable: true });
    strangers = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    provider = createServer((request, response) => {
      const isKeys = request.url === '/keys';
      response.end(JSON.stringify(isKeys ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/keys` }));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => provider.close(resolve)));
  beforeEach(() => {
    onError.mockClear();
    authorize = jwtAuthorizer({ issuer, audience: AUDIENCE }, onError);
  });

  test('is accepted, and the claims are texts', async () => {
    const token = await sign({ claims: { tenants: ['a.example', 'b.example'] } });
    expect(await authorize(`Bearer ${token}`)).toMatchObject({
      ...{ iss: issuer, sub: 'u1', role: 'operator', tenants: '[a.example b.example]' },
    });
    expect(
      await authorize(`Bearer ${await sign({ claims: { client_id: AUDIENCE }, without: 'aud' })}`),
    ).toBeDefined();
  });

  const refused: [string, () => Promise<string> | string][] = [
    ['that another signed', () => sign({ key: strangers.privateKey })],
    ['of another issuer', () => sign({ claims: { iss: 'https://evil.example' } })],
    ['whose issuer only begins alike', () => sign({ claims: { iss: `${issuer}.evil.example` } })],
    ['for another audience, such as an id token', () => sign({ claims: { aud: 'console' } })],
    ['for another client', () => sign({ claims: { client_id: 'other' }, without: 'aud' })],
    [
      'that names the right client and another audience',
      () => sign({ claims: { aud: 'x', client_id: AUDIENCE } }),
    ],
    ['that is over', () => sign({ claims: { exp: Math.floor(Date.now() / 1000) - 60 } })],
    ['that never ends', () => sign({ without: 'exp' })],
    ['that has not begun', () => sign({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } })],
    ['of a time to come', () => sign({ claims: { iat: Math.floor(Date.now() / 1000) + 120 } })],
    [
      'of a key that the provider does not have',
      () => sign({ header: { kid: 'k2' }, key: strangers.privateKey }),
    ],
    [
      'that brings its own key',
      async () =>
        sign({
          key: strangers.privateKey,
          header: { kid: undefined, jwk: await exportJWK(strangers.publicKey) },
        }),
    ],
    ['that is not signed', () => forge({ alg: 'none' })],
    ['that is not signed, in other letters', () => forge({ alg: 'nOnE', kid: 'k1' })],
    [
      'signed with the public key as if it were a secret',
      async () => {
        const secret = await exportSPKI(ours.publicKey);
        return forge({ alg: 'HS256', kid: 'k1' }, (input) =>
          createHmac('sha256', secret).update(input).digest('base64url'),
        );
      },
    ],
    [
      'with an extension that nobody knows',
      () => forge({ alg: 'RS256', kid: 'k1', crit: ['a\nb'], 'a\nb': 1 }),
    ],
    ['cut short', async () => (await sign()).slice(0, -10)],
    ['that is none', () => 'x.y.z'],
    ['of nothing', () => ''],
    ['twice', async () => `${await sign()}, ${await sign()}`],
  ];
  test.each(refused)('a token %s is refused', async (_, make) => {
    expect(await authorize(`Bearer ${await make()}`)).toBeUndefined();
    expect(onError).not.toHaveBeenCalled();
  });

  test('is refused if the token was changed', async () => {
    const [header, , signature] = (await sign()).split('.');
    const claims = { iss: issuer, aud: AUDIENCE, sub: 'u2', exp: Date.now(), role: 'operator' };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await authorize(`Bearer ${header!}.${changed}.${signature!}`)).toBeUndefined();
    expect(await authorize(undefined)).toBeUndefined();
    expect(onError).not.toHaveBeenCalled();
  });

  test('is refused while the provider’s keys cannot be read, and the log says why', async () => {
    const unreachable = jwtAuthorizer({ issuer: 'http://127.0.0.1:9', audience: AUDIENCE }, onError);
    expect(await unreachable(`Bearer ${await sign()}`)).toBeUndefined();
    expect(onError).toHaveBeenCalledWith(expect.stringContaining("can't be asked for its keys"));
  });
});
