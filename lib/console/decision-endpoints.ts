/** What waits for a person to decide, what was ambiguous, and the decision: the verbs of lib/admin/events/decisions.ts. */
import * as z from 'zod';
import { type Doubt, waitingEvents } from '../admin/events/decisions.ts';
import { ENTRIES_PER_PAGE } from '../admin/entries-per-page.ts';
import { afterEventOption } from '../admin/events/paged.ts';
import { outerId } from '../events/inner-id.ts';
import { json } from '../http/response.ts';
import { eventIdOfKey } from '../store/sync-keys.ts';
import { decisionOf } from './events/describe-decision.ts';
import { iso } from './events/describe-event.ts';
import { readInput } from './read-input.ts';
import { act, refusing, runAct } from './run-act.ts';
import type { TenantEndpoint, TenantRequest } from './router.ts';
import type { ConsoleServices } from './services.ts';
import { tenantIdOf } from './tenant-id.ts';

const pageSchema = z.strictObject({ after: afterEventOption });
const pageOf = ({ event }: TenantRequest) => readInput(pageSchema, event.queryStringParameters);

export const decisionEndpoints = (services: ConsoleServices): Record<string, TenantEndpoint> => ({
  'GET /decisions': async (request) => json(200, await refusing(waiting(services, request))),
  'GET /ambiguous': async (request) => {
    // The answer of the verb.
    const ambiguous = (await runAct(services, request, 'ambiguous', pageOf(request))) as Doubt[];
    return json(200, { ambiguous, ...(ambiguous.length < ENTRIES_PER_PAGE ? {} : nextAfter(ambiguous)) });
  },
  'POST /decide': act(services, 'decide'),
});

const nextAfter = (page: readonly { event: string }[]): { next: string | undefined } => ({
  next: page.at(-1)?.event,
});

/** People decide about one at a time: they need no more at once. */
const DECISIONS_PER_PAGE = 100;

/** As the verb `decisions`, with what a person must know to decide. */
async function waiting(
  services: ConsoleServices,
  request: TenantRequest,
): Promise<{ decisions: unknown[]; next?: string | undefined }> {
  const { after } = pageOf(request);
  const tenantId = await tenantIdOf(services, request.domain);
  const decisions: { event: string }[] = [];
  for await (const event of waitingEvents(services.sync, tenantId, after)) {
    if (decisions.length === DECISIONS_PER_PAGE) return { decisions, ...nextAfter(decisions) };
    const { type, pk, finishedAt } = event;
    decisions.push({
      ...{ event: outerId(eventIdOfKey(tenantId, pk)), type, at: iso(finishedAt) },
      ...(await decisionOf(services, tenantId, event)),
    });
  }
  return { decisions };
}
