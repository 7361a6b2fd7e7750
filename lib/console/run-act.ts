/**
 * The verbs of administration behind the console's endpoints: the same acts as `provision` does, in the name of the
 * signed-in person.
 */
import { leavingATrace, runVerb } from '../admin/run-verb.ts';
import { AdminError, type AdminServices, type Caller, UsageError } from '../admin/verb.ts';
import { SettingsConflictError } from '../admin/agencies/settings.ts';
import { Problem } from '../http/problem.ts';
import { invalid } from './read-input.ts';
import { readJson } from '../http/read-json.ts';
import { json } from '../http/response.ts';
import { callerId } from './sign-in/principal.ts';
import type { ConsoleRequest, TenantEndpoint, TenantRequest } from './router.ts';

const MAX_BODY_BYTES = 100_000;

export type Options = Record<string, unknown>;

/** What the path and this program give to a verb: no body has such a member. */
const OWN_OPTIONS = ['verb', 'domain', 'limit'] as const;

/** @throws Problem if the body is not one JSON object, or has one of `OWN_OPTIONS` */
export function readOptions({ event }: ConsoleRequest): Options {
  const body = readJson(event, MAX_BODY_BYTES);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem('invalid-request', 'Send one JSON object, {} if there are no options.');
  const own = OWN_OPTIONS.find((name) => Object.hasOwn(body, name));
  if (own === undefined) return body as Options;
  const message = `Unrecognized key: "${own}"`;
  throw invalid(message, [{ path: '', message }]);
}

/** Runs a verb for the tenant in the path, whatever the options say. */
export async function runAct(
  services: AdminServices,
  request: TenantRequest,
  verb: string,
  options: Options = {},
): Promise<unknown> {
  const { domain } = request;
  return refusing(runVerb(services, { ...options, verb, domain }, callerOf(request)));
}

export const callerOf = ({ principal, event }: TenantRequest): Caller => ({
  by: callerId(principal),
  requestId: event.requestContext.requestId,
  role: principal.role,
});

/** Does what only the console can do for the request's tenant, and records it like a verb. */
export const runOwnAct = <Result>(
  services: AdminServices,
  request: TenantRequest,
  name: string,
  facts: Record<string, unknown>,
  work: () => Promise<Result>,
): Promise<Result> =>
  refusing(leavingATrace(services, { ...callerOf(request), name, domain: request.domain }, facts, work));

/** What administration refuses, as problems. */
export async function refusing<Result>(act: Promise<Result>): Promise<Result> {
  try {
    return await act;
  } catch (error) {
    if (error instanceof SettingsConflictError) throw settingsChanged(error);
    if (error instanceof AdminError) throw new Problem('act-refused', error.message);
    if (error instanceof UsageError) throw invalid(error.message, error.issues);
    throw error;
  }
}

/** Each setting that has changed, in the form of errors, so that the page shows it beside its field. */
const settingsChanged = ({ message, version, changed }: SettingsConflictError): Problem =>
  new Problem('settings-changed', message, {
    members: {
      version,
      errors: changed.map(({ path, now }) => ({
        path,
        message: `was changed meanwhile: it is now ${now === undefined ? 'not set' : JSON.stringify(now)}`,
      })),
    },
  });

/** An endpoint that does one verb with the body as its options, and returns what the verb does. */
export const act =
  (services: AdminServices, verb: string): TenantEndpoint =>
  async (request) =>
    json(200, await runAct(services, request, verb, readOptions(request)));
