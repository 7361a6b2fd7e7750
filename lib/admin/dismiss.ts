import * as z from 'zod';
import { ConflictError } from '../store/table.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { endedEventsPartition } from '../store/keys.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { parkedOptions, selectParked, tracedSelection } from './parked.ts';
import { type AdminServices, defineVerb } from './verb.ts';

const MAX_REASON = 200;

const options = z.strictObject({
  domain: domainOption,
  ...parkedOptions,
  reason: z.string().trim().min(1, 'say why').max(MAX_REASON, `must have at most ${MAX_REASON} characters`),
});

/**
 * Ends parked events that nobody will replay: `skipped`, with what they failed of and why that is left so. Their
 * content goes; the trace names who decided it, and the reason.
 */
export const dismiss = defineVerb(
  options,
  { audited: true, traced: ({ reason, ...selection }) => ({ ...tracedSelection(selection), reason }) },
  async (services, { domain, reason, ...selection }) => {
    const { tenantId } = await findTenant(services, domain);
    const { events, next } = await selectParked(services, tenantId, selection);
    let dismissed = 0;
    for (const event of events) if (await end(services, tenantId, event, reason)) dismissed += 1;
    return { dismissed, ...(next === undefined ? {} : { next }) };
  },
);

async function end(
  { sync }: AdminServices,
  tenantId: string,
  event: StoredEvent,
  reason: string,
): Promise<boolean> {
  const ended = {
    ...event,
    payload: undefined,
    state: 'skipped',
    reason: 'dismissed',
    notes: [...(event.notes ?? []), `failed: ${event.reason ?? 'unknown'}`, `dismissed: ${reason}`],
    indexPk: endedEventsPartition(tenantId, 'skipped'),
  };
  try {
    await sync.put(ended, event.version);
    return true;
  } catch (error) {
    // Somebody else has put it back or dismissed it.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
