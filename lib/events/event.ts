/**
 * The inbound contract: what SourceWhale may send, as zod schemas. Types, the OpenAPI document and the
 * refusals are all made from these. Parsing strips every field that is not named here, so that nothing
 * unknown is kept; `dominantRace` and `gender` are special-category data and must never be named here.
 */
import * as z from 'zod';

/** Our own bounds, far above what a recruiter types. What people write at length is bound by the event's size alone. */
const MAX_TEXT = 200_000;
const MAX_LINE = 1_000;
const MAX_LIST = 200;

const line = z.string().max(MAX_LINE);
const text = z.string().max(MAX_TEXT);
const lines = z.array(line).max(MAX_LIST);
const id = z.string().trim().min(1).max(256);

export const KINDS = ['candidate', 'contact'] as const;
export const CHANNELS = ['email', 'sms', 'post'] as const;
export const NOTE_CHANNELS = ['email', 'linkedin', 'call', 'sms', 'other'] as const;

/** A person in SourceWhale's field names, as far as anything in Firefish is made of them. */
export const recordSchema = z.object({
  candidateId: id,
  kind: z.enum(KINDS),
  salutation: line.optional(),
  name: line.optional(),
  firstName: line.optional(),
  lastName: line.optional(),
  emails: lines.optional(),
  phones: lines.optional(),
  company: line.optional(),
  role: line.optional(),
  location: line.optional(),
  city: line.optional(),
  state: line.optional(),
  postcode: line.optional(),
  country: line.optional(),
  socialLinks: lines.optional(),
  summary: text.optional(),
  headline: text.optional(),
  skills: lines.optional(),
  source: line.optional(),
});

/** The contract does not name the parts of an address: a person's names for them are taken, and Firefish's. */
const companyAddress = z.union([
  line,
  z.object({
    line1: line.optional(),
    line2: line.optional(),
    line3: line.optional(),
    street: line.optional(),
    city: line.optional(),
    state: line.optional(),
    postcode: line.optional(),
    country: line.optional(),
    Address1: line.optional(),
    Address2: line.optional(),
    Address3: line.optional(),
    Town: line.optional(),
    County: line.optional(),
    PostCode: line.optional(),
    Country: line.optional(),
  }),
]);

const companySchema = z.object({
  id,
  name: line.trim().min(1),
  domain: line.optional(),
  website: line.optional(),
  phone: line.optional(),
  address: companyAddress.optional(),
});

/** RFC 3339, 5.6: T and Z may be lower case, which zod's own format refuses. */
const INSTANT = new RegExp(z.regexes.datetime({ offset: true }).source, 'i');

/** The form of an event's id. */
export const EVENT_ID = /^[A-Za-z0-9._:~-]{1,128}$/;

const base = {
  id: z.string().regex(EVENT_ID, 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ : ~ -'),
  occurredAt: z
    .string('must be an RFC 3339 date and time with a time zone')
    .regex(INSTANT, 'must be an RFC 3339 date and time with a time zone')
    .meta({ format: 'date-time' }),
  actor: z.object({ email: line.optional() }).optional(),
};
const record = recordSchema;
const campaign = z.object({ id, name: line });
const note = z.object({ id, text: text.min(1), channel: z.enum(NOTE_CHANNELS) });
const marketing = z.object({ channels: z.array(z.enum(CHANNELS)).optional(), reason: line.optional() });

export const eventSchema = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.enum(['record.created', 'record.updated', 'record.synced']), record }),
  z.object({
    ...base,
    type: z.enum(['campaign.added', 'campaign.replied', 'campaign.interested']),
    record,
    campaign,
  }),
  z.object({ ...base, type: z.literal('note.added'), record, note }),
  z.object({ ...base, type: z.enum(['marketing.opted_out', 'marketing.opted_in']), record, marketing }),
  z.object({ ...base, type: z.literal('email.flagged'), record, email: line.trim().min(1) }),
  z.object({ ...base, type: z.literal('phone.flagged'), record, phone: line.trim().min(1) }),
  z.object({ ...base, type: z.enum(['company.created', 'company.updated']), company: companySchema }),
  z.object({ ...base, type: z.enum(['domain.opted_out', 'domain.opted_in']), domain: line.trim().min(1) }),
]);

export type SourceWhaleEvent = z.infer<typeof eventSchema>;
export type EventType = SourceWhaleEvent['type'];
export type SourceWhalePerson = z.infer<typeof recordSchema>;
export type SourceWhaleCompany = z.infer<typeof companySchema>;
export type Kind = (typeof KINDS)[number];
export type MarketingChannel = (typeof CHANNELS)[number];
export type NoteChannel = (typeof NOTE_CHANNELS)[number];

/** An event about one person: every type but the company's and the domain's. */
export type PersonEvent = Extract<SourceWhaleEvent, { record: unknown }>;
export type CompanyEvent = Extract<SourceWhaleEvent, { company: unknown }>;
export type DomainEvent = Extract<SourceWhaleEvent, { domain: unknown }>;
export const EVENT_TYPES: readonly EventType[] = eventSchema.options.flatMap((option) => [
  ...(option.shape.type instanceof z.ZodEnum ? option.shape.type.options : [option.shape.type.value]),
]);

/** What needs no search where the person is there already. */
export const WITHOUT_SEARCH: ReadonlySet<string> = new Set<EventType>([
  'record.updated',
  'note.added',
  'campaign.added',
  'campaign.replied',
  'campaign.interested',
]);

/** In one POST. */
export const MAX_EVENTS = 500;
