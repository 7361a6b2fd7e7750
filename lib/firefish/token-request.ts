/** One request to the token endpoint, and what its answer means. */
import * as z from 'zod';
import { INVALID_SCOPE, TOKEN_PATH } from './assumptions.ts';
import { classify, firefishMessage } from './classify.ts';
import { exchange, type TransportDeps } from './transport.ts';

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export type TokenAnswer =
  | { kind: 'granted'; accessToken: string; lifetimeMs: number }
  | { kind: 'refused'; message: string }
  | { kind: 'invalid-scope'; message: string }
  | { kind: 'limited'; waitMs: number }
  | { kind: 'failed'; reason: string };

/** What the limits and errors call it. */
export const TOKEN_ENDPOINT = `POST ${TOKEN_PATH}`;

const granted = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
});

const errorCode = (text: string): string | undefined => {
  try {
    return z.object({ error: z.string() }).safeParse(JSON.parse(text)).data?.error;
  } catch {
    return undefined;
  }
};

export async function requestToken(
  deps: TransportDeps & { baseUrl: string },
  { clientId, clientSecret }: Credentials,
  scopes: readonly string[],
): Promise<TokenAnswer> {
  const answer = await exchange(deps, {
    method: 'POST',
    url: deps.baseUrl.replace(/\/+$/, '') + TOKEN_PATH,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: scopes.join(' '),
    }).toString(),
  });
  const outcome = classify(answer, { ofOneRecord: false }, deps.clock.now());
  switch (outcome.kind) {
    case 'done': {
      const parsed = granted.safeParse(outcome.body);
      if (!parsed.success) return { kind: 'failed', reason: 'the answer is not a token' };
      return {
        kind: 'granted',
        accessToken: parsed.data.access_token,
        lifetimeMs: parsed.data.expires_in * 1000,
      };
    }
    case 'limited':
      return { kind: 'limited', waitMs: outcome.waitMs };
    case 'failed':
    case 'unreached':
      return { kind: 'failed', reason: outcome.reason };
    case 'unauthorised':
      return { kind: 'refused', message: outcome.message };
    case 'missing':
    case 'refused':
      return refusal(outcome.status, answer.kind === 'answered' ? answer.text : '');
  }
}

/** Only what speaks of the credentials may count as their refusal: a proxy's 404 page does not. */
function refusal(status: number, text: string): TokenAnswer {
  const code = errorCode(text);
  if (code === INVALID_SCOPE) return { kind: 'invalid-scope', message: text };
  if (status === 400 || status === 403) return { kind: 'refused', message: firefishMessage(text) };
  return { kind: 'failed', reason: `status ${status}` };
}
