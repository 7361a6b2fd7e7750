/** `GET …/events`: the tenant's events, newest first, filtered, a page at a time. */
import * as z from 'zod';
import { failureGroup } from '../admin/parked.ts';
import { EVENT_TYPES } from '../events/event.ts';
import { VISIBLE_STATES } from '../events/visible-state.ts';
import { json } from '../http/response.ts';
import { type Cursor, findEvents } from './activity.ts';
import { iso, summaryOf } from './describe-event.ts';
import { readInput } from './read-input.ts';
import type { TenantDoor } from './router.ts';
import { type ConsoleServices, readGateOf } from './services.ts';
import { tenantIdOf } from './tenant-id.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const list = <Value extends string>(values: readonly Value[]) =>
  z
    .string()
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(values as [Value, ...Value[]])).min(1));

const place = z
  .strictObject({ id: z.string().min(1).max(129), indexSk: z.iso.datetime().max(64) })
  .optional();
const cursorSchema = z.strictObject({ open: place, synced: place, skipped: place, failed: place });
const cursor = z.string().transform((text, context): Cursor => {
  try {
    const parsed = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    // A shelf that nobody has looked at is left out.
    return Object.fromEntries(Object.entries(parsed).filter(([, at]) => at !== undefined));
  } catch {
    context.addIssue('must be the `next` of the answer before');
    return z.NEVER;
  }
});

const MAX_EVENTS = 100;
const querySchema = z
  .strictObject({
    state: list(VISIBLE_STATES).optional(),
    type: list(EVENT_TYPES).optional(),
    group: z.string().max(40).optional(),
    from: instant.optional(),
    to: instant.optional(),
    limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(50),
    after: cursor.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    error: 'must not be before `from`',
  });

export const listEvents =
  (services: ConsoleServices): TenantDoor =>
  async ({ event, domain }) => {
    const { state, type, group, from, to, limit, after } = readInput(
      querySchema,
      event.queryStringParameters,
    );
    const tenantId = await tenantIdOf(services, domain);
    const now = services.clock.now();
    const gate = await readGateOf(services, tenantId);
    const found = await findEvents(
      { table: services.sync, tenantId, gate, now },
      {
        ...(group === undefined
          ? state && { states: state }
          : { states: ['failed'], wanted: ({ reason }) => failureGroup(reason) === group }),
        ...(type && { types: type }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      },
      limit,
      after,
    );
    return json(200, {
      events: found.events.map((one) => summaryOf(one, gate, now)),
      ...(found.next && { next: Buffer.from(JSON.stringify(found.next)).toString('base64url') }),
      ...(found.lookedBackTo === undefined ? {} : { lookedBackTo: iso(found.lookedBackTo) }),
    });
  };
