/** SourceWhale's side of the HTTP API, as much of it as the demo needs. */
import type { SampleEvent } from './samples.ts';

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export interface Batch {
  events: { id: string; state: 'queued' | 'deferred' | 'synced' | 'skipped' | 'failed' }[];
}

export interface EventOutcome {
  id: string;
  type: string;
  state: string;
  reason?: string;
  actions: { entity: string; ref: number; operation: string; fields?: string[] }[];
}

interface Accepted {
  batchId: string;
  rejected: { id?: string; errors: { path: string; message: string }[] }[];
}

export class SourceWhale {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, { clientId, clientSecret }: Credentials) {
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  /** What the Connect button does. */
  connect(domain: string): Promise<unknown> {
    return this.#call('POST', '/v1/connection', { domain });
  }

  /** Returns the batch's id. @throws Error if an event was not accepted */
  async push(events: readonly SampleEvent[]): Promise<string> {
    const answer = (await this.#call('POST', '/v1/events', { events })) as Accepted;
    const [refused] = answer.rejected;
    if (refused !== undefined)
      throw new Error(`event ${String(refused.id)} was rejected: ${JSON.stringify(refused.errors)}`);
    return answer.batchId;
  }

  async batch(batchId: string): Promise<Batch> {
    return (await this.#call('GET', `/v1/batches/${batchId}`)) as Batch;
  }

  async outcome(eventId: string): Promise<EventOutcome> {
    return (await this.#call('GET', `/v1/events/${eventId}`)) as EventOutcome;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${answer.slice(0, 500)}`);
    return JSON.parse(answer);
  }
}
