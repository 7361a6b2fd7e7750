/** `POST /oauth/token`: RFC 6749 section 4.4, with its own form of errors (5.2). */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { TOKEN_LIFETIME_SECONDS } from '../credentials/access-tokens.ts';
import { CLIENT_ID_FORM, type RandomBytes } from '../credentials/client-secret.ts';
import type { Authenticators } from '../credentials/open-authentication.ts';
import { BASIC_CHALLENGE } from './authentication.ts';
import { parseAuthorization } from './authorization.ts';
import { type HttpResponse, json } from './response.ts';
import type { HttpHandler } from './router.ts';

/** Much more than credentials and a grant type need. */
const MAX_BODY_BYTES = 10_000;
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' };

class TokenRefusal extends Error {
  readonly response: HttpResponse;
  constructor(status: number, error: string, description: string, headers: Record<string, string> = {}) {
    super(description);
    this.response = json(status, { error, error_description: description }, { ...NO_STORE, ...headers });
  }
}

const invalidRequest = (description: string): TokenRefusal =>
  new TokenRefusal(400, 'invalid_request', description);
const invalidClient = (): TokenRefusal =>
  new TokenRefusal(401, 'invalid_client', 'The client id or the client secret was not accepted.', {
    'www-authenticate': BASIC_CHALLENGE,
  });

interface Client {
  clientId: string;
  secret: string;
}

export const tokenEndpoint =
  ({ clients, tokens, failures }: Authenticators, random: RandomBytes): HttpHandler =>
  async (event) => {
    try {
      const form = readForm(event);
      const client = readClient(event, form);
      const verified = await clients.verify(client.clientId, client.secret);
      if (verified === undefined) {
        await refuseClient(failures, client.clientId, event.requestContext.http.sourceIp);
        throw invalidClient();
      }
      if (form.get('grant_type') !== 'client_credentials') {
        throw new TokenRefusal(400, 'unsupported_grant_type', 'Send grant_type=client_credentials.');
      }
      const token = await tokens.issue(verified, random);
      const body = { access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFETIME_SECONDS };
      return json(200, body, NO_STORE);
    } catch (error) {
      if (error instanceof TokenRefusal) return error.response;
      throw error;
    }
  };

/** @throws TokenRefusal `invalid_request`; a parameter without a value counts as left out (section 3.2) */
function readForm({ headers, body = '', isBase64Encoded }: APIGatewayProxyEventV2): Map<string, string> {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    throw invalidRequest('Send the parameters as application/x-www-form-urlencoded.');
  }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw invalidRequest('The body is too large.');
  const form = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(bytes.toString('utf8'))) {
    if (seen.has(name)) throw invalidRequest('Send each parameter once.');
    seen.add(name);
    if (value !== '') form.set(name, value);
  }
  if (!form.has('grant_type')) throw invalidRequest('Send grant_type=client_credentials.');
  return form;
}

/** One of the two ways (section 2.3.1), never both. @throws TokenRefusal */
function readClient({ headers }: APIGatewayProxyEventV2, form: ReadonlyMap<string, string>): Client {
  const header = headers['authorization'];
  const [clientId, secret] = [form.get('client_id')?.trim(), form.get('client_secret')?.trim()];
  if (header === undefined) {
    if (clientId === undefined || secret === undefined) throw invalidClient();
    return { clientId, secret };
  }
  if (secret !== undefined) throw invalidRequest('Authenticate in the header or in the body, not in both.');
  const authorization = parseAuthorization(header);
  if (authorization?.scheme !== 'basic') throw invalidClient();
  const client = decodeClient(authorization);
  if (clientId !== undefined && clientId !== client.clientId) {
    throw invalidRequest('The client_id in the body is not the one in the header.');
  }
  return client;
}

/** Both halves are form-encoded before they are joined (section 2.3.1), unlike in any other Basic header. */
function decodeClient({ clientId, secret }: Client): Client {
  const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
  try {
    return { clientId: decode(clientId).trim(), secret: decode(secret).trim() };
  } catch {
    throw invalidClient();
  }
}

async function refuseClient(
  failures: Authenticators['failures'],
  clientId: string,
  source: string,
): Promise<void> {
  const retryAfter = await failures.count({ source, ...(CLIENT_ID_FORM.test(clientId) ? { clientId } : {}) });
  if (retryAfter === 0) return;
  throw new TokenRefusal(
    429,
    'invalid_client',
    'Too many failures: check the credentials, then try again later.',
    {
      'retry-after': String(retryAfter),
    },
  );
}
