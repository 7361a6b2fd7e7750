/** The routes of `decisionDoors` as the API's description has them. */
import * as z from 'zod';
import type { DoorDescription } from './description.ts';

const record = z.object({ entity: z.enum(['candidate', 'contact', 'company']), ref: z.int() });
const doubts = z.array(
  z.object({ event: z.string(), type: z.string(), records: z.array(record), used: record.optional() }),
);

export const DECISION_DOORS: Readonly<Record<string, DoorDescription>> = {
  'GET /decisions': {
    operationId: 'listDecisions',
    summary: 'Events that wait for a decision, since the names contradict',
    answer: z.object({ decisions: doubts }),
  },
  'GET /ambiguous': {
    operationId: 'listAmbiguous',
    summary: 'What was ambiguous in the last 30 days',
    answer: z.object({ ambiguous: doubts }),
  },
  'POST /decide': {
    operationId: 'decide',
    summary: 'End the wait of an event',
    body: z.strictObject({
      event: z.string(),
      as: z.enum(['same-person', 'someone-else']),
      ref: z.string().optional().describe('Such as candidate:12, where there are several.'),
    }),
    example: { event: '01JD', as: 'same-person' },
    answer: z.object({ event: z.string(), state: z.literal('queued') }),
  },
};
