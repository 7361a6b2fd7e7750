/**
 * The form of events for their description (OpenAPI and docs/events.md). `readEvent` also accepts other forms, such as
 * one value instead of a list. A test compares the two. `dominantRace` and `gender` are special-category data and must
 * never be named here.
 */
import * as z from 'zod';
import { CHANNELS, DOCUMENT_TYPES, type EventType, KINDS, NOTE_CHANNELS, ORIGINS } from './event.ts';
import { EVENT_TYPES, EVENT_TYPE_NAMES, type EventTypeFacts } from './event-types.ts';
import { EVENT_ID } from './reading/read-event.ts';
import { MAX_ID, MAX_LINE, MAX_LIST, MAX_TEXT } from './reading/reading.ts';

const line = z.string().meta({ description: `Cut after ${MAX_LINE} characters.` });
const text = z.string().meta({ description: `Cut after ${MAX_TEXT} characters.` });
const lines = z.array(z.string()).meta({ description: `Cut after ${MAX_LIST} entries.` });
const id = z.string().min(1).max(MAX_ID);
const said = (description: string) => z.string().describe(description).optional();

/** A person in SourceWhale's field names. */
export const recordSchema = z.object({
  candidateId: id.optional().describe('Needed if there is no readable e-mail address.'),
  kind: z.enum(KINDS).optional().describe('Needed by the types that can create.'),
  salutation: line.optional(),
  name: said('Used if `firstName` or `lastName` is missing.'),
  unparsedName: said('Used if there is no `name`.'),
  firstName: line.optional(),
  lastName: line.optional(),
  emails: lines.optional(),
  email: said('One more entry of `emails`, the last.'),
  phones: lines.optional(),
  phone: said('One more entry of `phones`, the last.'),
  company: line.optional(),
  unparsedCompany: said('Used if there is no `company`.'),
  role: line.optional(),
  location: said('“Town, county, country”. Used if `city`, `state` and `postcode` are absent.'),
  city: line.optional(),
  state: line.optional(),
  postcode: line.optional(),
  country: line.optional(),
  socialLinks: lines.optional(),
  linkedinUrl: said('One more entry of `socialLinks`, the last.'),
  summary: text.optional(),
  skills: lines.optional(),
  source: line.optional(),
});

const companyAddress = z.union([
  z.string(),
  z.object({
    line1: line.optional(),
    line2: line.optional(),
    line3: line.optional(),
    city: line.optional(),
    state: line.optional(),
    postcode: line.optional(),
    country: line.optional(),
  }),
]);

/** The members beside `record` or instead of it, by name. */
export const PARTS = {
  record: recordSchema,
  campaign: z.object({ id: line, name: line, step: z.union([z.string(), z.number()]).optional() }),
  note: z.object({
    id,
    text: text.describe('Plain text, or HTML, which becomes plain text.'),
    channel: z
      .string()
      .optional()
      .describe(`One of ${NOTE_CHANNELS.join(', ')}; any other word counts as other.`),
    outcome: line.optional(),
  }),
  document: z.object({ documentId: line, name: line, type: z.enum(DOCUMENT_TYPES).default('cv') }),
  marketing: z.object({
    channels: z.array(z.enum(CHANNELS)).optional().describe('Default: all channels.'),
    reason: line.optional(),
  }),
  email: z.string().describe('The wrong e-mail address.'),
  phone: z.string().describe('The wrong telephone number.'),
  company: z.object({
    id,
    name: line,
    domain: line.optional(),
    website: line.optional(),
    phone: line.optional(),
    address: companyAddress.optional(),
  }),
  domain: z.string().describe('A domain of an organisation, such as client.example.'),
} as const satisfies Record<string, z.ZodType>;

const base = {
  id: z
    .string()
    .regex(EVENT_ID)
    .describe('Chosen by the sender. The same id with the same content is a repeat.'),
  occurredAt: z
    .union([z.string(), z.number()])
    .describe(
      'RFC 3339 with a time zone, or Unix seconds, or milliseconds. At most five minutes in the future.',
    ),
  actor: z
    .object({ email: said('Who did it: the owner of a new record, named in the heading of notes.') })
    .optional(),
  origin: z
    .enum(ORIGINS)
    .default('user')
    .describe('`automation` (a background refresh) has lower priority than what people push.'),
};

function schemaOf(type: EventType): z.ZodObject {
  const { needs, takes = [] }: EventTypeFacts = EVENT_TYPES[type];
  const parts: Readonly<Record<string, z.ZodType>> = PARTS;
  const part = (name: string): z.ZodType => parts[name] ?? z.unknown();
  return z.object({
    ...base,
    type: z.literal(type).describe(EVENT_TYPES[type].does),
    ...Object.fromEntries(needs.map((name) => [name, part(name)])),
    ...Object.fromEntries(takes.map((name) => [name, part(name).optional()])),
  });
}

/** Any event, in its documented form. */
export const eventSchema = z.union(EVENT_TYPE_NAMES.map(schemaOf));
