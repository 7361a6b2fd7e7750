/** The local stand-in for API Gateway's JWT authorizer: looks at an access token as that does. */
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { ISSUED_AHEAD_SECONDS } from '../lib/times.ts';

/** Returns what the token says, all of it as text, or nothing if it lets nobody in. */
export type Authorizer = (authorization: string | undefined) => Promise<Record<string, string> | undefined>;

/** API Gateway knows no other kind of signature. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * @param onError told why nobody can be let in at all, such as an issuer that does not answer
 */
export function jwtAuthorizer(
  { issuer, audience }: { issuer: string; audience: string },
  onError: (message: string) => void,
): Authorizer {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return async (authorization) => {
    // API Gateway takes the token with the word Bearer or without.
    const token = authorization?.replace(/^Bearer +/i, '');
    if (token === undefined || token === '') return undefined;
    try {
      keys ??= findKeys(issuer);
      const { payload } = await jwtVerify(token, await keys, { issuer, algorithms: ALGORITHMS });
      return isFor(payload, audience) && !isOfTheFuture(payload) ? asText(payload) : undefined;
    } catch (error) {
      if (!isOfTheToken(error)) {
        keys = undefined;
        onError(`OIDC_ISSUER: ${issuer} can't be asked for its keys (${String(error)}); nobody can sign in`);
      }
      return undefined;
    }
  };
}

async function findKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { jwks_uri } = discovery.parse(await response.json());
  return createRemoteJWKSet(new URL(jwks_uri));
}

/** `aud`, or `client_id` if a token has none; it must say when it ends. */
function isFor({ aud, client_id: clientId, exp }: JWTPayload, audience: string): boolean {
  return exp !== undefined && [aud ?? clientId].flat().includes(audience);
}

/** `nbf` is looked at by jose, this is not. */
const isOfTheFuture = ({ iat = 0 }: JWTPayload): boolean => iat > Date.now() / 1000 + ISSUED_AHEAD_SECONDS;

/** jose's errors about what was shown have codes that begin so; all others are about getting at the keys. */
const isOfTheToken = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^ERR_J(?:WT|WS|OSE_ALG|WKS_NO_MATCHING)/.test(String(error.code));

/** Functions get every claim as text: lists as `[a b]`. */
const asText = (payload: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? `[${value.join(' ')}]`
        : typeof value === 'object' && value !== null
          ? JSON.stringify(value)
          : String(value),
    ]),
  );
