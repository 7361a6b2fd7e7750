/** Who is signed in, as the token says that API Gateway has checked: its issuer, audience, signature and end. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { Problem } from '../http/problem.ts';
import { normaliseDomain } from '../tenants/domain.ts';
import type { RolesConfig } from './config.ts';

export type Role = 'operator' | 'super-user';

export interface Principal {
  issuer: string;
  subject: string;
  email?: string;
  name?: string;
  role: Role;
  /** Whose data a super user may see; an operator may see everybody's, and this is empty. */
  domains: ReadonlySet<string>;
}

const text = z.string().min(1);
const authorizerSchema = z.object({
  jwt: z.object({
    claims: z.looseObject({ iss: text, sub: text, email: text.optional(), name: text.optional() }),
  }),
});

/** API Gateway hands a claim that is a list over as `[a b]`; providers write lists in text with spaces or commas. */
function listOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(String);
  if (typeof claim !== 'string') return [];
  return claim
    .replace(/^\[(.*)\]$/s, '$1')
    .split(/[\s,]+/)
    .map((part) => part.replace(/^"(.*)"$/, '$1'))
    .filter((part) => part !== '');
}

/**
 * @throws Problem `unauthorized` where nobody has looked at a token (this never happens behind the authorizer),
 * `forbidden` for a token that gives no role here
 */
export function principalOf({ requestContext }: APIGatewayProxyEventV2, names: RolesConfig): Principal {
  const { authorizer } = requestContext as { authorizer?: unknown };
  const parsed = authorizerSchema.safeParse(authorizer);
  if (!parsed.success) throw new Problem('unauthorized', 'Sign in to the console at /console.');
  const { claims } = parsed.data.jwt;
  const roles = listOf(claims[names.OIDC_ROLE_CLAIM]);
  const domains = listOf(claims[names.OIDC_TENANTS_CLAIM]).map(normaliseDomain);
  const { iss: issuer, sub: subject, email, name } = claims;
  const who = { issuer, subject, ...(email && { email }), ...(name && { name }) };
  if (roles.includes(names.OIDC_OPERATOR_ROLE)) return { ...who, role: 'operator', domains: new Set() };
  const own = new Set(domains.filter((domain) => domain !== undefined));
  if (roles.includes(names.OIDC_SUPER_USER_ROLE) && own.size > 0) {
    return { ...who, role: 'super-user', domains: own };
  }
  throw new Problem(
    'forbidden',
    'You are signed in, but not as an operator or as the super user of an agency: ask whoever manages your sign-in for the role.',
  );
}

export const maySee = ({ role, domains }: Principal, domain: string): boolean =>
  role === 'operator' || domains.has(domain);

/** Who did it: the provider's name for them is theirs for ever, the address is for people. */
export const callerNames = ({ issuer, subject, email }: Principal): { by: string; knownAs?: string } => ({
  by: `${issuer}#${subject}`,
  ...(email === undefined ? {} : { knownAs: email }),
});
