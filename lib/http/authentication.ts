import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { CLIENT_ID_FORM } from '../credentials/client-secret.ts';
import type { FailureCounter } from '../credentials/failures.ts';
import type { Authenticators } from '../credentials/open-authentication.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { type Authorization, parseAuthorization } from './authorization.ts';
import { Problem } from './problem.ts';

/** A request whose sender is known. */
export type TenantEvent = APIGatewayProxyEventV2 & { tenant: TenantRecord };

const REALM = 'sourcewhale-firefish';
export const BASIC_CHALLENGE = `Basic realm="${REALM}", charset="UTF-8"`;
const DETAIL =
  'Send Authorization: Basic with the client id and secret, or Bearer with a token from POST /oauth/token; these were not accepted.';

/** Both schemes. RFC 6750 requires the reason only if a token was sent. It is the same whatever is wrong. */
function challenge(authorization: Authorization | undefined): string {
  const error = authorization?.scheme === 'bearer' ? ', error="invalid_token"' : '';
  return `${BASIC_CHALLENGE}, Bearer realm="${REALM}"${error}`;
}

/** Adds the tenant to the event, or refuses: 401, or 429 after too many failures. */
export const authentication = (authenticators: Authenticators): MiddlewareObj<TenantEvent> => ({
  async before({ event }) {
    const authorization = parseAuthorization(event.headers['authorization']);
    const tenant = authorization && (await findTenant(authenticators, authorization));
    if (tenant !== undefined) {
      event.tenant = tenant;
      return;
    }
    if (authorization !== undefined) {
      await countFailure(authenticators.failures, authorization, event.requestContext.http.sourceIp);
    }
    throw new Problem('unauthorized', DETAIL, { headers: { 'www-authenticate': challenge(authorization) } });
  },
});

async function findTenant(
  { clients, tokens }: Authenticators,
  authorization: Authorization,
): Promise<TenantRecord | undefined> {
  if (authorization.scheme === 'bearer') return tokens.verify(authorization.token);
  return (await clients.verify(authorization.clientId, authorization.secret))?.tenant;
}

async function countFailure(
  failures: FailureCounter,
  authorization: Authorization,
  source: string,
): Promise<void> {
  const clientId = authorization.scheme === 'basic' ? authorization.clientId : '';
  const retryAfter = await failures.count({ source, ...(CLIENT_ID_FORM.test(clientId) ? { clientId } : {}) });
  if (retryAfter === 0) return;
  throw new Problem(
    'too-many-failures',
    'Check the credentials, then try again after the seconds that Retry-After says.',
    { headers: { 'retry-after': String(retryAfter) } },
  );
}
