/**
 * Firefish as the probe sees it: raw answers. Its calls are made beside the tenant's turn: they announce themselves to it
 * and keep its limits, as previews do.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { TOKEN_ENDPOINT, type Endpoint } from '../firefish/assumptions.ts';
import { EgressTokens } from '../firefish/egress-tokens.ts';
import { PreviewBudget } from '../firefish/preview-budget.ts';
import { RateLimiter } from '../firefish/rate-limiter.ts';
import { retryAfterMs } from '../firefish/retry-after.ts';
import { requestToken, TenantToken, type TokenAnswer } from '../firefish/token.ts';
import { exchange } from '../firefish/transport.ts';
import type { Table } from '../store/table.ts';
import { PROBE } from '../times.ts';
import { openMemory } from '../turn/keep-record.ts';
import { readTurn } from '../turn/turn-record.ts';

export interface ProbeDeps {
  tenantId: TenantId;
  clientId: string;
  clientSecret: string;
  config: FirefishConfig;
  /** The sync table. */
  table: Table;
  cipher: Cipher;
  clock: Clock;
  fetch: typeof fetch;
  random?: () => number;
}

export interface Answer {
  /** 0: none came. */
  status: number;
  /** The parsed JSON; `undefined` where there is none. */
  body: unknown;
}

export type Called = Pick<Endpoint, 'name' | 'path'> & { method: string };

export interface Sent {
  query?: Record<string, string>;
  body?: unknown;
  /** Instead of the tenant's. */
  token?: string;
}

export interface Access {
  now(): number;
  /** Whether there is no more time to look at anything. */
  isOver(): boolean;
  /** One request at its turn; a 429 is waited out. @throws Error where there is no time for that */
  ask(endpoint: Called, sent?: Sent): Promise<Answer>;
  token(scopes: readonly string[]): Promise<TokenAnswer>;
  /** Lets other calls beside the turn begin. */
  end(): Promise<void>;
}

const MAX_REPEATS = 3;

/** @throws PreviewBusyError while other calls are made beside the turn */
export async function openAccess(deps: ProbeDeps): Promise<Access> {
  const { tenantId, clientId, clientSecret, config, table, clock } = deps;
  const budget = await PreviewBudget.begin({ table, tenantId, clock }, PROBE);
  const { memory, elapsedMs, crashed } = await openMemory(deps, tenantId, await readTurn(table, tenantId));
  const endsAt = clock.now() + PROBE.looksForMs;
  const startBy = (): number => Math.max(endsAt, clock.now() + PROBE.lastWaitMs);
  const over = new AbortController();
  const wire = {
    ...{ fetch: deps.fetch, clock, timeoutMs: config.FIREFISH_TIMEOUT_MS, baseUrl: config.FIREFISH_API_URL },
  };
  const limits = config.FIREFISH_TOKEN_LIMITS;
  const egress = new EgressTokens({ table, clock, limits, egressId: config.EGRESS_ID });
  const limiter = new RateLimiter({
    ...{ limits: config.FIREFISH_RATE_LIMITS, clock, memory: memory?.limits, elapsedMs, crashed },
    special: { [TOKEN_ENDPOINT.name]: limits },
  });
  const ownToken = new TenantToken({
    ...{ tenantId, clock, egress, limiter, use: 'check', over: over.signal, memory: undefined },
    mayLeave: () => undefined,
    request: (scopes) => requestToken(wire, { clientId, clientSecret }, scopes),
  });

  const send = async (endpoint: Called, { query, body }: Sent, token: string) => {
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    const answer = await exchange(wire, {
      method: endpoint.method,
      url: wire.baseUrl.replace(/\/+$/, '') + endpoint.path + search,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.kind !== 'answered') return { status: 0, body: answer.reason, waitMs: 0 };
    const waitMs = retryAfterMs(answer.headers, clock.now()) ?? PROBE.retryUnsaidMs;
    return { status: answer.status, body: parse(answer.text), waitMs };
  };

  return {
    now: () => clock.now(),
    isOver: () => clock.now() >= endsAt,
    async ask(endpoint, sent = {}) {
      for (let repeats = 0; ; repeats += 1) {
        const token = sent.token ?? (await ownToken.get(2)).value;
        await budget.pace(endpoint.name);
        const { result, answered } = await limiter.place(
          ...([endpoint.name, { urgency: 2 }, limiter.nextOrder()] as const),
          () => send(endpoint, sent, token),
        );
        const { waitMs, ...answer } = await result;
        answered();
        if (answer.status !== 429) return answer;
        if (clock.now() + waitMs > startBy() || repeats === MAX_REPEATS)
          throw new Error(`Firefish refuses calls of ${endpoint.name} for ${waitMs} ms`);
        await clock.sleep(waitMs);
      }
    },
    async token(scopes) {
      for (let due = await egress.take(tenantId, 'check'); due !== undefined;) {
        if (due > endsAt) return { kind: 'limited', waitMs: due - clock.now() };
        await clock.sleep(due - clock.now());
        due = await egress.take(tenantId, 'check');
      }
      limiter.leave(TOKEN_ENDPOINT.name);
      return requestToken(wire, { clientId, clientSecret }, scopes);
    },
    async end() {
      over.abort();
      limiter.end();
      await ownToken.settled();
      await budget.end();
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
