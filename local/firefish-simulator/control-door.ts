/** `/_simulator/…`: what a test in this process has by calling methods, for people and tests outside it. */
import * as z from 'zod';
import { json } from './answers.ts';
import type { Fault } from './faults.ts';
import { SCOPES } from './scopes.ts';
import { seedSchema } from './seed.ts';
import type { FirefishSimulator } from './simulator.ts';

export const CONTROL_PATH = '/_simulator/';

const profileSchema = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scopes: z.array(z.enum(SCOPES)).default([...SCOPES]),
  agency: z.string().min(1).optional(),
});

/** A text between slashes is a regular expression: `"/contacts/"` strikes whatever is about contacts. */
const endpointSchema = z.string().transform((text, context) => {
  const pattern = /^\/(.+)\/$/.exec(text)?.[1];
  if (pattern === undefined) return text;
  try {
    return new RegExp(pattern);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : 'no regular expression');
    return z.NEVER;
  }
});

const meant = {
  endpoint: endpointSchema.optional(),
  clientId: z.string().optional(),
  times: z.int().positive().optional(),
};
const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...meant,
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    ...meant,
    kind: z.enum(['html', 'drop-before', 'drop-after', 'hang-before', 'hang-after', 'garbage-after']),
  }),
  z.strictObject({ ...meant, kind: z.literal('slow'), ms: z.number().nonnegative() }),
  z.strictObject({ ...meant, kind: z.literal('rate-limit'), retryAfter: z.string() }),
]);

class Unusable extends Error {
  override name = 'Unusable';
}

/** What is there and not undefined: an absent key and an undefined one are not the same to the types. */
type Said<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const said = <T extends object>(value: T): Said<T> =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Said<T>;

async function read<T extends object>(request: Request, schema: z.ZodType<T>): Promise<Said<T>> {
  const text = await request.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Unusable('The body is not JSON.');
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Unusable(z.prettifyError(parsed.error));
  return said(parsed.data);
}

function agencyIn(query: URLSearchParams): string {
  const agency = query.get('agency');
  if (agency === null) throw new Unusable('Say whose: ?agency=…, by default the client id.');
  return agency;
}

type Control = (simulator: FirefishSimulator, request: Request, query: URLSearchParams) => unknown;

const CONTROLS: Record<string, Control> = {
  'GET state': (simulator, _, query) => simulator.state(agencyIn(query)),
  'GET calls': (simulator, _, query) => simulator.calls(query.get('agency') ?? undefined),
  'POST profiles': async (simulator, request) => {
    simulator.addProfile(await read(request, profileSchema));
  },
  'POST seed': async (simulator, request, query) => {
    const agency = agencyIn(query);
    simulator.seed(agency, await read(request, seedSchema));
  },
  'POST faults': async (simulator, request) => {
    const fault: Fault = await read(request, faultSchema);
    simulator.faults.add(fault);
  },
  'DELETE faults': (simulator, _, query) => {
    simulator.faults.clear(query.get('clientId') ?? undefined);
  },
};

/** 200 with what was asked for, 204 where something was set, 400 and 404 with `{"Message"}`. */
export async function control(simulator: FirefishSimulator, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const name = `${request.method} ${pathname.slice(CONTROL_PATH.length)}`;
  const found = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined;
  if (found === undefined) {
    return json({ Message: `Known here: ${Object.keys(CONTROLS).join(', ')}.` }, 404);
  }
  try {
    const answer = await found(simulator, request, searchParams);
    return answer === undefined ? new Response(null, { status: 204 }) : json(answer);
  } catch (error) {
    // Seeds are refused with a TypeError that names the field.
    if (!(error instanceof Unusable || error instanceof TypeError)) throw error;
    return json({ Message: error.message }, 400);
  }
}
