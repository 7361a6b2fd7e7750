/** The answers that all endpoints share, and refusals in the known shapes. */

export type ModelState = Record<string, string[]>;

/** Ends a request with a refusal. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });

export const noContent = (): Response => new Response(null, { status: 204 });

export const refusal = ({ status, body, headers }: Refused): Response => json(body, status, headers);

export const badRequest = (message: string): Refused => new Refused(400, { Message: message });

export const invalidModel = (errors: ModelState): Refused =>
  new Refused(400, { Message: 'The request is invalid.', ModelState: errors });

export const unauthorized = (): Refused =>
  new Refused(
    401,
    { Message: 'Authorization has been denied for this request.' },
    { 'www-authenticate': 'Bearer' },
  );

export const forbidden = (scope: string): Refused =>
  new Refused(403, { Message: `The scope ${scope} is needed for this request.` });

export const conflict = (message: string): Refused => new Refused(409, { Message: message });

export const noSuchPath = (method: string, path: string): Refused =>
  new Refused(404, { Message: `No HTTP resource was found for ${method} ${path}.` });

export const wrongMethod = (method: string): Refused =>
  new Refused(405, { Message: `The requested resource does not support http method '${method}'.` });

const QUOTA = { Message: 'API calls quota exceeded.' };

/** @param opensAt epoch milliseconds from which on the call is permitted; `asDate` picks the form of the header */
export function tooMany(opensAt: number, now: number, asDate: boolean): Refused {
  // Both forms know whole seconds only: rounded up, so that a client that obeys is not refused again.
  const retryAfter = asDate
    ? new Date(Math.ceil(opensAt / 1000) * 1000).toUTCString()
    : String(Math.ceil((opensAt - now) / 1000));
  return new Refused(429, QUOTA, { 'retry-after': retryAfter });
}

/** The body of a fault with this status that has none. */
export function usualBody(status: number): unknown {
  if (status >= 500) return { Message: 'An error has occurred.', ExceptionMessage: 'Simulated failure.' };
  return status === 429 ? QUOTA : { Message: `Simulated answer ${status}.` };
}
