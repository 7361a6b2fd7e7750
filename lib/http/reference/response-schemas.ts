/** Schemas of the API's answers, for the OpenAPI document and for tests. */
import * as z from 'zod';
import { KINDS } from '../../events/event.ts';
import { settingsSchema } from '../../tenants/settings.ts';

const state = z.enum(['queued', 'deferred', 'synced', 'skipped', 'failed']);
const instant = z.iso.datetime();

export const tokenSchema = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
});

export const tokenErrorSchema = z.object({
  error: z.enum(['invalid_request', 'invalid_client', 'unsupported_grant_type']),
  error_description: z.string(),
});

export const connectionSchema = z.object({
  status: z.enum(['connected', 'never-connected']),
  domain: z.string(),
  firefish: z.object({
    reachable: z
      .boolean()
      .describe('Whether Firefish answered recently. This request does not call Firefish.'),
    missingScopes: z.array(z.string()),
  }),
  settings: settingsSchema,
});

const rejectedSchema = z.object({
  index: z.int(),
  id: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
  retry: z.literal(true).optional().describe('The event is valid but could not be stored: send it again.'),
});

const remarks = z.array(z.object({ path: z.string(), message: z.string() }));

export const receiptSchema = z.object({
  batchId: z.string(),
  accepted: z.array(
    z.object({
      index: z.int(),
      id: z.string(),
      warnings: remarks
        .optional()
        .describe('What was dropped, cut or unreadable, with its path: `record.emails.1`.'),
    }),
  ),
  rejected: z.array(rejectedSchema),
});

export const documentSchema = z.object({
  documentId: z.string().describe('For the event `document.added`.'),
  upload: z.object({
    method: z.literal('PUT'),
    url: z.url(),
    headers: z.record(z.string(), z.string()).describe('Send them unchanged.'),
    expiresAt: instant,
  }),
});

export const batchSchema = z.object({
  total: z.int(),
  queued: z.int(),
  deferred: z.int(),
  synced: z.int(),
  skipped: z.int(),
  failed: z.int(),
  events: z.array(z.object({ id: z.string(), state })),
});

const actionSchema = z.object({
  entity: z.enum([...KINDS, 'company']),
  ref: z.int(),
  operation: z
    .enum(['created', 'updated', 'unchanged', 'noted', 'opted_out', 'opted_in'])
    .describe(
      'What this event did to the record. Events that were worked on together can share one creation: one shows `created`, the others what they added to it.',
    ),
  fields: z.array(z.string()).optional().describe('Names of Firefish fields, never values.'),
});

/** The fields of an event in every answer. */
export const attempts = z
  .int()
  .describe(
    'How often it has ended: 0 before its first end, more than 1 if it was replayed or planned again. Waits and unfinished tries do not count.',
  );

export const eventStateSchema = z.object({
  id: z.string(),
  type: z.string(),
  state,
  attempts,
  receivedAt: instant,
  finishedAt: instant.optional(),
  reason: z.string().optional().describe('Why it was skipped or failed, or what it waits for.'),
  actions: z.array(actionSchema),
  notes: z
    .array(z.string())
    .optional()
    .describe('How the person was matched, and what a person should know.'),
});

export const previewSchema = z.object({
  events: z.array(
    z.object({
      index: z.int(),
      id: z.string(),
      state: z.enum(['synced', 'skipped', 'failed']),
      reason: z.string().optional().describe('The rule or setting that would skip it.'),
      repeat: z.literal(true).optional().describe('It was sent before, and has ended with this result.'),
      actions: z.array(actionSchema.extend({ ref: z.int().optional().describe('Absent for a new record.') })),
      notes: z.array(z.string()).describe('How the person would be matched, and what is ambiguous.'),
    }),
  ),
  rejected: z.array(rejectedSchema),
});

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  requestId: z.string(),
  rejected: z.array(rejectedSchema).optional(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Which members of the body are wrong, under `/admin/v1`.'),
});

export const healthSchema = z.object({ status: z.literal('ok') });
