import { innerId } from '../../events/inner-id.ts';
import * as z from 'zod';
import { askTurn } from '../ask-turn.ts';
import { domainOption } from '../domain-option.ts';
import { tenantOf } from '../people/export.ts';
import { inChunks, parkedOptions, selectParked, sumOf, tracedSelection } from './parked.ts';
import { defineVerb } from '../verb.ts';

const MAX_REASON = 200;

const options = z.strictObject({
  domain: domainOption,
  ...parkedOptions,
  reason: z
    .string()
    .trim()
    .min(1, 'say why')
    .max(MAX_REASON, `must have at most ${MAX_REASON} characters`)
    .optional(),
});

/**
 * Failed events that nobody will replay: they stay failed, and no list of failed events shows them any more. The reason
 * is free text: it is stored encrypted, and is in no log and not in the audit trail.
 */
export const dismiss = defineVerb(
  options,
  { audited: true, traced: tracedSelection },
  async (services, { domain, reason, ...selection }) => {
    const tenant = await tenantOf(services, domain);
    const { tenantId } = tenant;
    const { clock, newId } = services;
    let next: string | undefined;
    const answered = await askTurn(services, {
      ...{ tenantId, verb: 'dismiss', options: { ...selection, reason } },
      hash: (value) => tenant.hash(value),
      events: async () => {
        const selected = await selectParked(services, tenantId, selection);
        next = selected.next;
        return inChunks(selected.ids).map((eventIds) => ({
          ...{ type: 'internal.dismiss', id: innerId(newId()), eventIds },
          occurredAt: new Date(clock.now()).toISOString(),
          ...(reason === undefined ? {} : { reason }),
        }));
      },
    });
    const more = next === undefined ? {} : { next };
    return 'pending' in answered
      ? { ...answered, ...more }
      : { dismissed: sumOf(answered.done, 'dismissed'), ...more };
  },
);
