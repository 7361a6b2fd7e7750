/**
 * The description of every endpoint of the console's API. A test compares the list with the endpoints, and each
 * endpoint's answer with its schema. It imports only schemas: the function that serves the description does not load
 * the endpoints.
 */
import { decision, DECISION_ENDPOINTS } from './decision-descriptions.ts';
import * as z from 'zod';
import { ALERT_KINDS } from '../../alerts/alert.ts';
import { EVENT_TYPE_NAMES } from '../../events/event-types.ts';
import { VISIBLE_STATES } from '../../events/visible-state.ts';
import { attempts } from '../../http/reference/response-schemas.ts';
import { settingsSchema } from '../../tenants/settings.ts';

export interface EndpointDescription {
  operationId: string;
  summary: string;
  /** Parameters of the query, all optional. */
  query?: z.ZodObject;
  body?: z.ZodType;
  /** An example of a body; a test posts it. */
  example?: unknown;
  status?: 202;
  answer: z.ZodType;
}

const instant = z.iso.datetime();
const entity = z.enum(['candidate', 'contact', 'company']);
const state = z.enum(VISIBLE_STATES);
const status = z.enum(['never-enabled', 'enabled', 'disabled']);
const nothing = z.strictObject({});
const firefish = z.strictObject({ firefishClientId: z.string(), firefishClientSecret: z.string() });
const scopes = z.array(z.string()).describe('Firefish scopes that are missing.');
const issued = {
  tenantId: z.string(),
  domain: z.string(),
  clientId: z.string(),
  clientSecret: z.string().describe('Shown this once.'),
};

const tenantSummary = z.object({
  domain: z.string(),
  status,
  tenantId: z.string().optional(),
  clientId: z.string().optional(),
  enabledAt: instant.optional(),
  disabledAt: instant.optional(),
  connectedAt: instant.optional(),
  deleting: z.literal(true).optional().describe('Its deletion has begun.'),
});

const eventSummary = z.object({
  id: z.string(),
  type: z.string(),
  state,
  at: instant.describe('When something last happened to it: received, replayed or ended.'),
  receivedAt: instant,
  occurredAt: z.string(),
  finishedAt: instant.optional(),
  attempts,
  reason: z.string().optional().describe('Why it was skipped or failed, or what it waits for.'),
  actions: z.array(
    z.object({
      entity,
      ref: z.int(),
      operation: z.enum(['created', 'updated', 'unchanged', 'noted', 'opted_out', 'opted_in']),
      fields: z.array(z.string()).optional().describe('Names of Firefish fields, never values.'),
    }),
  ),
});

const listed = z.object({ count: z.int(), isAtLeast: z.literal(true).optional() });
const tenant = tenantSummary.extend({
  secrets: z.array(z.object({ createdAt: instant, endsAt: instant.optional() })).optional(),
  firefish: z
    .object({
      reachable: z.boolean(),
      missingScopes: scopes,
      checkedAt: instant,
      down: z.enum(['outage', 'credentials']).optional(),
      downSince: instant.optional(),
      waitingFor: z.enum(['limit', 'outage', 'credentials', 'token']).optional(),
      waitingUntil: instant.optional(),
    })
    .optional(),
  events: z
    .object({
      open: z.int(),
      openIsAtLeast: z.literal(true).optional(),
      oldestReceivedAt: instant.optional(),
    })
    .optional(),
  alerts: z
    .array(z.object({ alert: z.string(), since: instant, told: z.boolean() }))
    .optional()
    .describe('What is wrong now, and whether a mail was sent.'),
  settings: settingsSchema.optional(),
  settingsVersion: z.int().optional(),
  lastEvent: eventSummary.optional(),
  failed: listed.optional(),
  decisions: listed.optional().describe('The events that wait for one.'),
});

const eventList = z.object({
  events: z.array(eventSummary),
  next: z.string().optional().describe('The `after` of the next page.'),
  lookedBackTo: instant.optional().describe('How far back this page has read.'),
});

const step = z.object({
  step: z.enum(['received', 'queued', 'waiting', 'working', 'matched', 'written', 'ended']),
  state: z.enum(['done', 'now', 'to-come', 'failed', 'left-out']),
  at: instant.optional(),
  text: z.string(),
});
const eventStory = eventSummary.extend({
  batchId: z.string(),
  notes: z.array(z.string()).describe('How the person was matched, what was ambiguous.'),
  waitsUntil: instant.optional(),
  whatToDo: z.string().optional(),
  group: z.string().optional(),
  decision: decision.optional().describe('If the event waits for one.'),
  steps: z.array(step),
  keptUntil: instant,
});

const counts = { synced: z.int(), skipped: z.int(), failed: z.int() };
const limits = { perMinute: z.int().optional(), perHour: z.int().optional() };
const progress = z.object({
  since: instant,
  now: instant,
  open: z.object({
    count: z.int(),
    isAtLeast: z.literal(true).optional(),
    waiting: z.object({ for: z.string(), until: instant }).optional(),
  }),
  ended: z.object(counts),
  ratePerMinute: z.number(),
  timeLeft: z
    .object({
      seconds: z.int(),
      because: z.enum(['rate', 'minute-limit', 'hour-limit']),
      endpoint: z.string().optional(),
      text: z.string(),
    })
    .optional(),
  calls: z.array(z.object({ endpoint: z.string(), lastMinute: z.int(), lastHour: z.int(), ...limits })),
});
const history = z.object({
  bucketMinutes: z.int(),
  from: instant,
  to: instant,
  buckets: z.array(
    z.object({
      at: instant,
      ...counts,
      calls: z.int(),
      busiest: z.object({ endpoint: z.string(), calls: z.int() }).optional(),
    }),
  ),
  limits: z.object(limits),
});

const failures = z.object({
  total: z.int(),
  isAtLeast: z.literal(true).optional(),
  groups: z.array(
    z.object({
      id: z.string(),
      reason: z.string(),
      whatToDo: z.string(),
      count: z.int(),
      types: z.array(z.string()),
      newestAt: instant,
      oldestAt: instant,
      example: z.string().describe('The id of one of them.'),
    }),
  ),
  groupsNotShown: z.int().optional(),
});

const parked = {
  event: z.string().optional().describe('One event, by its id.'),
  group: z.string().optional().describe('The events of one group.'),
  all: z.literal(true).optional(),
  cursor: z.string().optional().describe('The `next` of the previous step.'),
};
const next = z.string().optional().describe('If there are more: the `cursor` of the next step.');
const email = z.strictObject({ email: z.string() });
const settingsAnswer = z.object({
  settings: settingsSchema,
  version: z.int().describe('Counts the changes of the settings.'),
  defaults: settingsSchema,
});
const text = z.string().optional();

const FIREFISH = { firefishClientId: 'ff-demo', firefishClientSecret: 'ff-demo-secret' };

const OF_TENANT: Record<string, EndpointDescription> = {
  'GET ': { operationId: 'showTenant', summary: 'One agency, with its health', answer: tenant },
  'POST /enable': {
    operationId: 'enable',
    summary: 'Check the Firefish credentials, and issue the client id and secret',
    body: firefish.extend({ settings: settingsSchema.optional() }),
    example: { ...FIREFISH, settings: { addWhen: { contact: 'replied' } } },
    answer: z.object({ ...issued, missingScopes: scopes }),
  },
  'POST /rotate': {
    operationId: 'rotate',
    summary: 'Issue a second secret; the old one ends after the overlap',
    body: z.strictObject({ overlap: text.describe('Such as 24h; 0 for at once.') }),
    example: { overlap: '24h' },
    answer: z.object({ ...issued, previousSecretEndsAt: instant }),
  },
  'POST /disable': {
    operationId: 'disable',
    summary: 'End the credentials; data about people stays',
    body: nothing,
    example: {},
    answer: z.object({ tenantId: z.string(), domain: z.string(), status, disabledAt: instant }),
  },
  'POST /firefish-credentials': {
    operationId: 'replaceFirefishCredentials',
    summary: 'Check new Firefish credentials, and replace the old ones',
    body: firefish,
    example: FIREFISH,
    answer: z.looseObject({ tenantId: z.string(), domain: z.string(), missingScopes: scopes }),
  },
  'POST /check-firefish': {
    operationId: 'checkFirefishCredentials',
    summary: 'Check Firefish credentials, without storing them',
    body: firefish,
    example: FIREFISH,
    answer: z.object({ missingScopes: scopes }),
  },
  'GET /settings': { operationId: 'showSettings', summary: 'The settings', answer: settingsAnswer },
  'PUT /settings': {
    operationId: 'replaceSettings',
    summary: 'Replace the settings; a setting that is left out gets its default',
    query: z.object({
      version: z
        .int()
        .optional()
        .describe(
          'The version that these settings were made from. If there is a newer one, the request is refused.',
        ),
    }),
    body: settingsSchema,
    example: { noteChannels: ['call', 'email'], defaultOwnerEmail: 'recruiter@acme.example' },
    answer: settingsAnswer,
  },
  'GET /events': {
    operationId: 'listEvents',
    summary: 'Events, newest first',
    query: z.object({
      state: text.describe(`Any of ${VISIBLE_STATES.join(', ')}, separated by commas.`),
      type: text.describe(`Any of ${EVENT_TYPE_NAMES.join(', ')}, separated by commas.`),
      group: text,
      from: instant.optional(),
      to: instant.optional(),
      limit: z.int().optional(),
      after: text,
    }),
    answer: eventList,
  },
  'POST /events/search': {
    operationId: 'searchEvents',
    summary: 'The events of one person or record',
    body: z.union([
      email,
      z.strictObject({ candidateId: z.string() }),
      z.strictObject({ record: z.strictObject({ entity, ref: z.int() }) }),
      z.strictObject({ eventId: z.string() }),
    ]),
    example: { email: 'ann@client.example' },
    answer: z.object({
      events: z.array(eventSummary),
      known: z.boolean(),
      openComplete: z.boolean().describe('False if there are more events than were read.'),
    }),
  },
  'GET /events/{eventId}': {
    operationId: 'showEvent',
    summary: 'What happened to one event',
    answer: eventStory,
  },
  'GET /records/{entity}/{ref}': {
    operationId: 'showRecord',
    summary: 'The address of a record in Firefish',
    answer: z.object({ entity, ref: z.int(), url: z.url().optional() }),
  },
  'POST /test-event': {
    operationId: 'sendTestEvent',
    summary: 'Send a test event that reaches Firefish',
    body: nothing,
    example: {},
    status: 202,
    answer: z.object({ eventId: z.string() }),
  },
  'GET /progress': {
    operationId: 'showProgress',
    summary: 'The progress of a push, and the time left',
    query: z.object({ since: instant.optional() }),
    answer: progress,
  },
  'GET /history': {
    operationId: 'showHistory',
    summary: 'The last hours: events and Firefish calls',
    query: z.object({ hours: z.int().optional() }),
    answer: history,
  },
  'GET /failed': {
    operationId: 'showFailures',
    summary: 'Failed events by reason',
    answer: failures,
  },
  'POST /replay': {
    operationId: 'replay',
    summary: 'Replay failed events, one step',
    body: z.strictObject(parked),
    example: { all: true },
    answer: z.object({ replayed: z.int(), next }),
  },
  'POST /dismiss': {
    operationId: 'dismiss',
    summary: 'Dismiss failed events that nobody will replay, one step',
    body: z.strictObject({ ...parked, reason: z.string().optional() }),
    example: { all: true, reason: 'entered by hand' },
    answer: z.object({ dismissed: z.int(), next }),
  },
  ...DECISION_ENDPOINTS,
  'POST /erase': {
    operationId: 'erase',
    summary: 'Erase a person’s data, except the opt-out',
    body: email,
    example: { email: 'ann@client.example' },
    answer: z.object({ erased: z.looseObject({}) }),
  },
  'POST /export': {
    operationId: 'exportPerson',
    summary: 'A person’s data, one page',
    body: email.extend({ after: z.string().optional().describe('The `next` of the previous page.') }),
    example: { email: 'ann@client.example' },
    answer: z.looseObject({
      email: z.string(),
      mentionedIn: z
        .array(z.looseObject({ id: z.string(), type: z.string() }))
        .describe(
          'What Firefish or an operator said about the person in events about others. It can name others too: read it before you pass it on.',
        ),
      next: z.string().optional().describe('The `after` of the next page.'),
    }),
  },
};

/** By method and path below `/admin/v1`. */
export const CONSOLE_ENDPOINTS: Readonly<Record<string, EndpointDescription>> = {
  'GET /me': {
    operationId: 'showMe',
    summary: 'Who is signed in',
    answer: z.object({
      subject: z.string(),
      email: text,
      name: text,
      role: z.enum(['operator', 'super-user']),
      domains: z.array(z.string()).describe('Empty for an operator, who sees all agencies.'),
    }),
  },
  'POST /sign-out': {
    operationId: 'signOut',
    summary: 'Sign out: end all tokens of the signed-in person',
    body: nothing,
    example: {},
    answer: nothing,
  },
  'GET /tenants': {
    operationId: 'listTenants',
    summary: 'The agencies that the signed-in person can see, by domain',
    query: z.object({
      search: text,
      after: text,
      trouble: z.literal('true').optional().describe('Only those with an open alert.'),
    }),
    answer: z.object({
      tenants: z.array(
        tenantSummary.extend({
          trouble: z
            .array(z.object({ kind: z.enum(ALERT_KINDS), since: instant }))
            .optional()
            .describe('What is wrong now; absent if nothing is.'),
        }),
      ),
      next: text,
      notShown: z.int().optional().describe('How many more agencies are in trouble.'),
    }),
  },
  ...Object.fromEntries(
    Object.entries(OF_TENANT).map(([endpoint, description]) => [
      endpoint.replace(' ', ' /tenants/{domain}'),
      description,
    ]),
  ),
};
