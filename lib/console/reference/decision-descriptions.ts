/** The routes of `decisionEndpoints` as the API's description has them. */
import * as z from 'zod';
import type { EndpointDescription } from './description.ts';

const record = z.object({ entity: z.enum(['candidate', 'contact', 'company']), ref: z.int() });

export const decision = z.object({
  records: z.array(record).describe('The records with one of the person’s addresses.'),
  person: z
    .object({ name: z.string().optional(), candidateId: z.string().optional(), emails: z.array(z.string()) })
    .optional()
    .describe('As the event says.'),
});
const waiting = decision.extend({ event: z.string(), type: z.string(), at: z.iso.datetime() });
const doubt = z.object({
  event: z.string(),
  type: z.string(),
  records: z.array(record),
  used: record.optional(),
});

const page = z.object({ after: z.string().optional().describe('The `next` of the previous page.') });
const next = z.string().optional().describe('The `after` of the next page.');

export const DECISION_ENDPOINTS: Readonly<Record<string, EndpointDescription>> = {
  'GET /decisions': {
    operationId: 'listDecisions',
    summary: 'Events that wait for a decision because the names contradict',
    query: page,
    answer: z.object({ decisions: z.array(waiting), next }),
  },
  'GET /ambiguous': {
    operationId: 'listAmbiguous',
    summary: 'What was ambiguous in the last 30 days',
    query: page,
    answer: z.object({ ambiguous: z.array(doubt), next }),
  },
  'POST /decide': {
    operationId: 'decide',
    summary: 'End the wait of an event',
    body: z.strictObject({
      event: z.string(),
      as: z.enum(['same-person', 'someone-else']),
      ref: z.string().optional().describe('Such as candidate:12, if there are several.'),
    }),
    example: { event: '01JD', as: 'same-person' },
    answer: z.object({ event: z.string(), state: z.literal('queued') }),
  },
};
