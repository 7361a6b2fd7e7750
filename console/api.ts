/** The administration's HTTP API as the page calls it: every way in which a call can end has a message. */

/** A refusal by the server, with its text (RFC 9457). */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly status: number;
  readonly type: string;
  /** By form field, if the server says which. */
  readonly errors: readonly FieldError[];
  readonly requestId: string | undefined;
  /** The settings, if someone else has changed them. */
  readonly version: number | undefined;
  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.type = problem.type ?? '';
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
    this.version = problem.version;
  }
}

/** No answer came: it may or may not have been done. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';
  constructor(options?: ErrorOptions) {
    super(
      navigator.onLine
        ? 'The server did not answer. What you typed is still here: try again in a moment.'
        : 'You are offline. What you typed is still here: try again once the network is back.',
      options,
    );
  }
}

export interface FieldError {
  path: string;
  message: string;
}

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  requestId?: string;
  errors?: FieldError[];
  version?: number;
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
}

export type Call = <Answer>(path: string, options?: CallOptions) => Promise<Answer>;

const GIVE_UP_AFTER_MS = 35_000;
const UNAUTHORIZED = 401;

/** @param onSignedOut called when the server no longer accepts the session */
export const makeCall =
  (accessToken: () => string | undefined, onSignedOut: () => void): Call =>
  async <Answer>(path: string, { method = 'GET', body, signal }: CallOptions = {}): Promise<Answer> => {
    const token = accessToken();
    const limits = [AbortSignal.timeout(GIVE_UP_AFTER_MS), ...(signal === undefined ? [] : [signal])];
    let response: Response;
    let text: string;
    try {
      response = await fetch(`/admin/v1${path}`, {
        method,
        cache: 'no-store',
        credentials: 'omit',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any(limits),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new NoAnswerError({ cause: error });
    }
    if (response.status === UNAUTHORIZED) onSignedOut();
    if (!response.ok) throw new RefusedError(response.status, problemIn(text));
    // The shapes are those of the OpenAPI document; the same repository makes both ends.
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };

/** A proxy can answer HTML. */
function problemIn(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return {};
  }
}

/** For people: what went wrong, and what to do. */
export function wordsOf(error: unknown): string {
  if (error instanceof RefusedError || error instanceof NoAnswerError) return error.message;
  return 'Something went wrong in this page. Reload it; if it happens again, tell the operator.';
}
