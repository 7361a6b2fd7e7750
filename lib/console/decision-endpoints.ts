/** The routes of the verbs of lib/admin/decisions.ts. */
import * as z from 'zod';
import { json } from '../http/response.ts';
import { readInput } from './read-input.ts';
import { act, runAct } from './run-act.ts';
import type { TenantEndpoint, TenantRequest } from './router.ts';
import type { ConsoleServices } from './services.ts';

const pageSchema = z.strictObject({ after: z.string().optional() });
const pageOf = ({ event }: TenantRequest) => readInput(pageSchema, event.queryStringParameters);

export const decisionEndpoints = (services: ConsoleServices): Record<string, TenantEndpoint> => ({
  'GET /decisions': async (request) =>
    json(200, { decisions: await runAct(services, request, 'decisions', pageOf(request)) }),
  'GET /ambiguous': async (request) =>
    json(200, { ambiguous: await runAct(services, request, 'ambiguous', pageOf(request)) }),
  'POST /decide': act(services, 'decide'),
});
