/** The contract's routes, as SourceWhale, an administrator and the console use them. */
import assert from 'node:assert/strict';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { signedHeaders } from '../support/administer.ts';
import { REGION } from './moto.ts';
import type { Caller } from './serverless.ts';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export const basic = ({ clientId, clientSecret }: Credentials): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

/** A busy machine is slow to answer: what is not available is asked for again, as the answer says. */
async function patiently(request: () => Promise<Response>): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const response = await request();
    if (response.status !== 503 || tries === MAX_TRIES) return response;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
const MAX_TRIES = 5;

/** A body is JSON, unless it is a form. An answer that is no JSON is answered as `{ text }`. */
export async function ask(
  base: string,
  method: string,
  path: string,
  { authorization, body }: { authorization?: string | undefined; body?: object | undefined } = {},
): Promise<Answer> {
  const form = body instanceof URLSearchParams;
  const response = await patiently(() =>
    fetch(new URL(path, base), {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(form || body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
  } catch {
    return { status: response.status, body: { text } };
  }
}

export type Act = (payload: { verb: string } & Record<string, unknown>) => Promise<unknown>;

/** By direct invocation. @throws Error with the function's own words if it refuses */
export function directly(endpoint: string, FunctionName: string, credentials: Caller): Act {
  const lambda = new LambdaClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
  return async (payload) => {
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
    if (FunctionError !== undefined)
      throw new Error(String((answer as { errorMessage?: string }).errorMessage));
    return answer;
  };
}

/** By the route that `npm run admin -- --stage` takes. @throws Error with the answer if it refuses */
export function byRoute(base: string, credentials: Caller): Act {
  return async (payload) => {
    const body = JSON.stringify(payload);
    const headers = await signedHeaders(base, body, { credentials, region: REGION });
    const response = await patiently(() =>
      fetch(new URL('/administration', base), { method: 'POST', headers, body }),
    );
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
}

/** SourceWhale, with what `enable` gave it. */
export class SourceWhale {
  readonly base: string;
  credentials: Credentials;

  constructor(base: string, credentials: Credentials) {
    this.base = base;
    this.credentials = credentials;
  }

  ask(method: string, path: string, body?: object, authorization = basic(this.credentials)): Promise<Answer> {
    return ask(this.base, method, path, { authorization, body });
  }

  /** @returns the batch's id */
  async push(events: object[]): Promise<string> {
    const { status, body } = await this.ask('POST', '/v1/events', { events });
    assert.deepEqual([status, body['rejected']], [202, []]);
    return String(body['batchId']);
  }

  /** Waits until each event of the batch has ended; returns their states by id. */
  async ended(batchId: string): Promise<Record<string, string>> {
    const batch = await until(`batch ${batchId} ends`, async () => {
      const { body } = await this.ask('GET', `/v1/batches/${batchId}`);
      return body['queued'] === 0 && body['deferred'] === 0 ? body : undefined;
    });
    const events = batch['events'] as { id: string; state: string }[];
    return Object.fromEntries(events.map(({ id, state }) => [id, state]));
  }
}

/** Far above what anything takes on a busy machine. */
const PATIENCE_MS = 180_000;

/** Looks until there is something. @throws Error if it never comes */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`in vain: until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
