/** The local stand-in for API Gateway's JWT authorizer: checks an access token in the same way. */
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { ISSUED_AHEAD_SECONDS } from '../../lib/times.ts';

/** Returns the token's claims, all as text, or nothing if the token is refused. */
export type Authorizer = (authorization: string | undefined) => Promise<Record<string, string> | undefined>;

/** API Gateway accepts no other kind of signature. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** @param onError called if no token can be checked at all, for example because the issuer does not answer */
export function jwtAuthorizer(
  { issuer, audience }: { issuer: string; audience: string },
  onError: (message: string) => void,
): Authorizer {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return async (authorization) => {
    // API Gateway accepts the token with the word Bearer or without it.
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

/** jose checks `nbf`, but not this. */
const isOfTheFuture = ({ iat = 0 }: JWTPayload): boolean => iat > Date.now() / 1000 + ISSUED_AHEAD_SECONDS;

/** jose's errors about the token have codes that begin like this; all others are about reading the keys. */
const isOfTheToken = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^ERR_J(?:WT|WS|OSE_ALG|OSE_NOT_SUPPORTED|WKS_NO_MATCHING)/.test(String(error.code));

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
