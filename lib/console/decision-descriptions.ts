/** The routes of `decisionEndpoints` as the API's description has them. */
import * as z from 'zod';
import { ENTRIES_PER_PAGE } from '../admin/entries-per-page.ts';
import type { EndpointDescription } from './description.ts';

const record = z.object({ entity: z.enum(['candidate', 'contact', 'company']), ref: z.int() });
const doubts = z.array(
  z.object({ event: z.string(), type: z.string(), records: z.array(record), used: record.optional() }),
);

const page = z.object({
  after: z
    .string()
    .optional()
    .describe(
      `The last event of the previous answer. An answer with fewer than ${ENTRIES_PER_PAGE} is the last one.`,
    ),
});

export const DECISION_ENDPOINTS: Readonly<Record<string, EndpointDescription>> = {
  'GET /decisions': {
    operationId: 'listDecisions',
    summary: 'Events that wait for a decision because the names contradict',
    query: page,
    answer: z.object({ decisions: doubts }),
  },
  'GET /ambiguous': {
    operationId: 'listAmbiguous',
    summary: 'What was ambiguous in the last 30 days',
    query: page,
    answer: z.object({ ambiguous: doubts }),
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
