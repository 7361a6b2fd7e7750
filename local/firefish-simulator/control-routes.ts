/** `/_simulator/…`: the simulator's methods for tests, over HTTP, for people and tests in other processes. */
import * as z from 'zod';
import { json } from './answers.ts';
import type { Fault } from './faults.ts';
import { COLLECTIONS } from './records/records.ts';
import { SCOPES } from './credentials/scopes.ts';
import { seedSchema } from './records/seed.ts';
import type { FirefishSimulator } from './simulator.ts';
import { switchesSchema } from './switches.ts';

export const CONTROL_PATH = '/_simulator/';

const profileSchema = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scopes: z.array(z.enum(SCOPES)).default([...SCOPES]),
  agency: z.string().min(1).optional(),
});

/** A text between slashes is a regular expression: `"/contacts/"` matches every call about contacts. */
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

const matched = {
  endpoint: endpointSchema.optional(),
  clientId: z.string().optional(),
  times: z.int().positive().optional(),
  forMs: z.number().positive().optional(),
};
const instead = { ...matched, applied: z.union([z.boolean(), z.number().positive()]).optional() };
const status = z.int().min(200).max(599);
const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...instead,
    kind: z.literal('status'),
    status,
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ ...instead, kind: z.literal('html'), status: status.optional() }),
  z.strictObject({ ...instead, kind: z.enum(['garbage', 'drop', 'hang']) }),
  z.strictObject({ ...instead, kind: z.literal('rate-limit'), retryAfter: z.string() }),
  z.strictObject({ ...instead, kind: z.literal('bomb'), megabytes: z.int().positive().max(2000) }),
  z.strictObject({ ...matched, kind: z.literal('slow'), ms: z.number().nonnegative() }),
  z.strictObject({ ...matched, kind: z.literal('field'), name: z.string(), json: z.string().optional() }),
  z.strictObject({ ...matched, kind: z.literal('row-deleted') }),
]);

const recordSchema = z.strictObject({ collection: z.enum(COLLECTIONS), ref: z.int() });
const mergeSchema = z.strictObject({ collection: z.enum(COLLECTIONS), from: z.int(), into: z.int() });

class Unusable extends Error {
  override name = 'Unusable';
}

/** Defined members only: for the types, an absent key and an undefined one differ. */
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
  'POST switches': async (simulator, request, query) => {
    simulator.switch(agencyIn(query), await read(request, switchesSchema.partial()));
  },
  'POST delete': async (simulator, request, query) => {
    const { collection, ref } = await read(request, recordSchema);
    simulator.delete(agencyIn(query), collection, ref);
  },
  'POST merge': async (simulator, request, query) => {
    const { collection, ...refs } = await read(request, mergeSchema);
    simulator.merge(agencyIn(query), collection, refs);
  },
  'POST faults': async (simulator, request) => {
    const fault: Fault = await read(request, faultSchema);
    simulator.faults.add(fault);
  },
  'DELETE faults': (simulator, _, query) => {
    simulator.faults.clear(query.get('clientId') ?? undefined);
  },
};

/** 200 with the requested data, 204 if something was set, 400 and 404 with `{"Message"}`. */
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
