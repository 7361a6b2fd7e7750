/** Firefish as the probe sees it: raw answers, within the limits that the workers share. */
import type { Endpoint } from './assumptions.ts';
import { connect, type FirefishDeps } from './client.ts';
import { retryAfterMs } from './retry-after.ts';
import { requestToken, type TokenAnswer } from './token-request.ts';
import { exchange } from './transport.ts';

export interface Answer {
  /** 0: none came. */
  status: number;
  /** The parsed JSON; `undefined` where there is none. */
  body: unknown;
}

export interface ProbeAccess {
  now(): number;
  /** Whether there is no more time to look at anything. */
  isOver(): boolean;
  sleep(milliseconds: number): Promise<void>;
  /** One request at its turn; a 429 is waited out. With `token`, by that one instead of the tenant's. */
  ask(
    endpoint: Endpoint,
    request?: { query?: Record<string, string>; body?: unknown; token?: string },
  ): Promise<Answer>;
  /** So many requests at once, a 429 not waited out: their statuses. `over` the limit means without a turn. */
  burst(
    endpoint: Endpoint,
    times: number,
    request: { query: Record<string, string>; over?: boolean },
  ): Promise<number[]>;
  token(scopes: readonly string[]): Promise<TokenAnswer>;
}

/**
 * What needs longer is left unseen: the invocation that probes ends after sixty seconds, and what was made is archived
 * before that.
 */
const PATIENCE_MS = 40_000;
/** For what must still be archived then. */
const LAST_WAIT_MS = 3_000;
const MAX_REPEATS = 3;
const RETRY_UNSAID_MS = 2_000;

export function probeAccess(deps: FirefishDeps): ProbeAccess {
  const { limiter, token, egress, wire } = connect({ ...deps, maxWaitMs: PATIENCE_MS });
  const { clock } = deps;
  const endsAt = clock.now() + PATIENCE_MS;
  const startBy = (): number => Math.max(endsAt, clock.now() + LAST_WAIT_MS);

  const send = async (
    endpoint: Endpoint,
    { query, body, token: other }: { query?: Record<string, string>; body?: unknown; token?: string },
  ): Promise<Answer & { waitMs: number }> => {
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    const answer = await exchange(wire, {
      method: endpoint.method,
      url: wire.baseUrl.replace(/\/+$/, '') + endpoint.path + search,
      headers: {
        authorization: `Bearer ${other ?? (await token.get()).value}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.kind !== 'answered') return { status: 0, body: answer.reason, waitMs: 0 };
    const waitMs = retryAfterMs(answer.headers, clock.now()) ?? RETRY_UNSAID_MS;
    return { status: answer.status, body: parse(answer.text), waitMs };
  };

  return {
    now: () => clock.now(),
    isOver: () => clock.now() >= endsAt,
    sleep: (milliseconds) => clock.sleep(milliseconds),
    async ask(endpoint, request = {}) {
      for (let repeats = 0; ; repeats += 1) {
        await token.get();
        const answered = await limiter.acquire(endpoint.name, startBy());
        const { waitMs, ...answer } = await send(endpoint, request);
        answered();
        if (answer.status !== 429) return answer;
        if (clock.now() + waitMs > startBy() || repeats === MAX_REPEATS)
          throw new Error(`Firefish keeps calls of ${endpoint.name} back for ${waitMs} ms`);
        await clock.sleep(waitMs);
      }
    },
    async burst(endpoint, times, { query, over = false }) {
      await token.get();
      const one = async (): Promise<number> => {
        const answered = over ? undefined : await limiter.acquire(endpoint.name, startBy());
        const { status } = await send(endpoint, { query });
        answered?.();
        return status;
      };
      return Promise.all(Array.from({ length: times }, one));
    },
    async token(scopes) {
      for (let due = await egress.takeNow(); due !== undefined; due = await egress.takeNow()) {
        if (due > endsAt) return { kind: 'limited', waitMs: due - clock.now() };
        await clock.sleep(due - clock.now());
      }
      const { clientId, clientSecret } = deps;
      return requestToken(wire, { clientId, clientSecret }, scopes);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
