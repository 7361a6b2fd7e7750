/**
 * The signed-in person, from the access token. API Gateway has checked its issuer, audience, signature and expiry.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { Caller } from '../../admin/verb.ts';
import { Problem } from '../../http/problem.ts';
import { normaliseDomain } from '../../tenants/domain.ts';
import { ISSUED_AHEAD_SECONDS } from '../../times.ts';
import type { RolesConfig } from '../config.ts';

export interface Principal {
  issuer: string;
  subject: string;
  /** When the token was issued (epoch seconds). */
  issuedAt: number;
  email?: string;
  name?: string;
  role: Caller['role'];
  /** The domains that a super user can see. Empty for an operator, who can see all. */
  domains: ReadonlySet<string>;
}

const text = z.string().min(1);

/** What API Gateway adds to an authorised request. Claims are texts there, and lists lose their commas. */
const contextSchema = z.object({
  apiId: text,
  requestId: text,
  routeKey: text,
  authorizer: z.object({ jwt: z.object({ claims: z.looseObject({ iss: text, sub: text, iat: text }) }) }),
});

/** The token's own payload: lists are lists there. */
const payloadSchema = z.looseObject({
  iss: text,
  sub: text,
  iat: z.number(),
  /** Cognito's: `access` or `id`. */
  token_use: z.string().optional(),
  /** RFC 9068, separated by spaces. */
  scope: z.string().optional(),
  /** Entra ID's name for the same. */
  scp: z.union([z.string(), z.array(z.string())]).optional(),
  email: z.string().optional(),
  name: z.string().optional(),
});
type Payload = z.infer<typeof payloadSchema>;

const unauthorized = (): Problem => new Problem('unauthorized', 'Sign in to the console at /console.');

/**
 * Reads the token itself, and compares it with the authorizer's claims, so that it is the token that was checked.
 * @throws Problem `unauthorized`
 */
function readToken({ requestContext, headers }: APIGatewayProxyEventV2): Payload {
  const context = contextSchema.safeParse(requestContext);
  if (!context.success) throw unauthorized();
  const [, part = ''] = /^(?:Bearer +)?[\w-]+\.([\w-]+)\.[\w-]+$/i.exec(headers['authorization'] ?? '') ?? [];
  const payload = payloadSchema.safeParse(parseJson(Buffer.from(part, 'base64url').toString('utf8')));
  if (!payload.success) throw unauthorized();
  const { claims } = context.data.authorizer.jwt;
  const { iss, sub, iat } = payload.data;
  const isSame = claims.iss === iss && claims.sub === sub && Number(claims.iat) === iat;
  if (!isSame) throw unauthorized();
  return payload.data;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** An ID token is only for the page: it has no scope of the API. */
function isAccessToken(
  { token_use: use = 'access', scope = '', scp = [] }: Payload,
  wanted: string,
): boolean {
  const scopes = [...scope.split(' '), ...(typeof scp === 'string' ? scp.split(' ') : scp)];
  return use === 'access' && scopes.includes(wanted);
}

/**
 * As in the claim: each element of a list is one role or agency, and a single text is one, too, whatever is in it.
 */
function elementsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return [claim];
  return Array.isArray(claim) ? claim.filter((element) => typeof element === 'string') : [];
}

/**
 * @param now epoch ms
 * @throws Problem `unauthorized` if API Gateway has checked no token, the token is not an access token for this API, or
 * it is from the future; `forbidden` if it gives no role
 */
export function principalOf(event: APIGatewayProxyEventV2, names: RolesConfig, now: number): Principal {
  const token = readToken(event);
  if (!isAccessToken(token, names.OIDC_API_SCOPE)) throw unauthorized();
  if (token.iat > Math.floor(now / 1000) + ISSUED_AHEAD_SECONDS) throw unauthorized();
  const { iss: issuer, sub: subject, iat: issuedAt, email, name } = token;
  const who = { issuer, subject, issuedAt, ...(email && { email }), ...(name && { name }) };
  const roles = elementsOf(token[names.OIDC_ROLE_CLAIM]);
  if (roles.includes(names.OIDC_OPERATOR_ROLE)) return { ...who, role: 'operator', domains: new Set() };
  const named = elementsOf(token[names.OIDC_TENANTS_CLAIM]).map(normaliseDomain);
  const domains = new Set(named.filter((domain) => domain !== undefined));
  if (roles.includes(names.OIDC_SUPER_USER_ROLE) && domains.size > 0) {
    return { ...who, role: 'super-user', domains };
  }
  throw new Problem(
    'forbidden',
    'You are signed in, but not as an operator or as the super user of an agency: ask the person who manages your sign-in for the role.',
  );
}

export const maySee = ({ role, domains }: Principal, domain: string): boolean =>
  role === 'operator' || domains.has(domain);

/** The person's id at the provider. It never changes, and the provider's directory shows whose it is. */
export const callerId = ({ issuer, subject }: Principal): string => `${issuer}#${subject}`;
