/**
 * Refusals as RFC 9457 problem details. Each kind has a stable `type`, explained on its page under
 * docs/problems/; a test keeps the two lists equal.
 */
export const PROBLEMS = {
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  unauthorized: { status: 401, title: 'The credentials are missing or wrong' },
  forbidden: { status: 403, title: 'You may not do this' },
  'not-found': { status: 404, title: 'Not found, or you have no access to it' },
  'act-refused': { status: 409, title: 'The act was refused' },
  'settings-changed': { status: 409, title: 'The settings have changed meanwhile' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type is not supported' },
  'domain-mismatch': { status: 422, title: 'The credentials belong to another domain' },
  'invalid-request': { status: 422, title: 'The body does not have the expected form' },
  'no-valid-event': { status: 422, title: 'No event is valid' },
  'too-many-failures': { status: 429, title: 'Too many requests with wrong credentials' },
  'internal-error': { status: 500, title: 'The service failed' },
  unavailable: { status: 503, title: 'The service is temporarily unavailable' },
} as const;

export type ProblemType = keyof typeof PROBLEMS;

export const problemUri = (type: ProblemType): string => `/problems/${type}`;

interface ProblemFacts {
  /** Response headers besides the usual ones, lower-case names. */
  headers?: Record<string, string>;
  /** Members of the problem besides the standard ones. */
  members?: Record<string, unknown>;
}

/** Thrown by a handler to refuse a request. `detail` says what to do, and never repeats what was sent. */
export class Problem extends Error {
  override name = 'Problem';
  readonly type: ProblemType;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  constructor(type: ProblemType, detail: string, { headers = {}, members = {} }: ProblemFacts = {}) {
    super(detail);
    this.type = type;
    this.headers = headers;
    this.members = members;
  }
}
