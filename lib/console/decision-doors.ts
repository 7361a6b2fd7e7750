/** The routes of the verbs of lib/admin/decisions.ts. */
import { json } from '../http/response.ts';
import { act, runAct } from './run-act.ts';
import type { TenantDoor } from './router.ts';
import type { ConsoleServices } from './services.ts';

export const decisionDoors = (services: ConsoleServices): Record<string, TenantDoor> => ({
  'GET /decisions': async (request) => json(200, { decisions: await runAct(services, request, 'decisions') }),
  'GET /ambiguous': async (request) => json(200, { ambiguous: await runAct(services, request, 'ambiguous') }),
  'POST /decide': act(services, 'decide'),
});
