import { innerId } from '../../events/inner-id.ts';
import * as z from 'zod';
import { domainOption, findTenant } from '../domain-option.ts';
import { askTurn } from '../ask-turn.ts';
import { inChunks, parkedOptions, selectParked, sumOf, tracedSelection } from './parked.ts';
import { defineVerb } from '../verb.ts';

/** Replays failed events: they are worked on as if they had just arrived, in event order. */
export const replay = defineVerb(
  z.strictObject({ domain: domainOption, ...parkedOptions }),
  { audited: true, traced: tracedSelection },
  async (services, { domain, ...selection }) => {
    const { tenantId } = await findTenant(services, domain);
    const { clock, newId } = services;
    let next: string | undefined;
    const answered = await askTurn(services, {
      ...{ tenantId, verb: 'replay', options: selection },
      events: async () => {
        const selected = await selectParked(services, tenantId, selection);
        next = selected.next;
        return inChunks(selected.ids).map((eventIds) => ({
          ...{ type: 'internal.replay', id: innerId(newId()), eventIds },
          occurredAt: new Date(clock.now()).toISOString(),
        }));
      },
    });
    const more = next === undefined ? {} : { next };
    return 'pending' in answered
      ? { ...answered, ...more }
      : { replayed: sumOf(answered.done, 'replayed'), ...more };
  },
);
