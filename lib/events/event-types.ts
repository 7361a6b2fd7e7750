/** The types of events: what each needs, what it does, and an example. The page docs/events.md is made from this. */
import type { CampaignStage, EventType } from './event.ts';
import type { RecordUse } from './reading/record-fields.ts';

export interface EventTypeFacts {
  /** Members that the type needs besides `id`, `type` and `occurredAt`. */
  needs: readonly string[];
  /** Optional members. */
  takes?: readonly string[];
  /** How much of `record` it uses; absent: the event is not about one person. */
  record?: RecordUse;
  /** Whether it can create a record if there is none. */
  creates: boolean;
  /** 1: worked on first, by its type. Others by who caused it, and by the size of the push. */
  urgency: 1 | 'by push';
  /** One sentence for the sender. */
  does: string;
  example: Readonly<Record<string, unknown>>;
}

const occurredAt = '2026-09-23T10:15:30.120Z';
const actor = { email: 'recruiter@acme.example' };
const bo = { candidateId: 'sw_8272', kind: 'candidate', emails: ['bo@home.example'] };
const campaign = { id: 'c_1', name: 'Rust developers', step: 2 };

const RECORD = { needs: ['record'], record: 'person', creates: true, urgency: 'by push' } as const;
const CREATING_STAGE = { ...RECORD, needs: ['record', 'campaign'] } as const;
const END_STAGE = { ...CREATING_STAGE, record: 'named', creates: false } as const;
const MARKETING = { needs: ['record'], takes: ['marketing'], creates: false, urgency: 1 } as const;
const FLAG = { creates: false, urgency: 1 } as const;
const COMPANY = { needs: ['company'], creates: true, urgency: 'by push' } as const;
const DOMAIN = { needs: ['domain'], creates: false, urgency: 1 } as const;

const reached = (stage: string): string =>
  `A person ${stage}. Does what \`record.updated\` does. Creates a record if \`addWhen\` allows it from this stage on. Writes a note if \`campaignNotes\` lists the stage.`;
const ended = (stage: string): string =>
  `A person ${stage}. Writes a note if \`campaignNotes\` lists the stage. Creates no record and changes no field.`;

const stageExample = (stage: CampaignStage, number: number): EventTypeFacts['example'] => ({
  ...{ id: `example-campaign-${number}`, type: `campaign.${stage}`, occurredAt, actor },
  record: { ...bo, name: 'Bo Li' },
  campaign,
});

export const EVENT_TYPES = {
  'record.created': {
    ...RECORD,
    does: 'Searches candidates and contacts for the person. Updates the records that it finds. If there is none, creates a record of the `kind` if `addWhen` allows it.',
    example: {
      ...{ id: 'example-created', type: 'record.created', occurredAt, actor },
      record: {
        ...{ candidateId: 'sw_8271', kind: 'contact', firstName: 'Ann', lastName: 'Lee' },
        ...{ company: 'Client Ltd', role: 'CFO', emails: ['ann@client.example'], phones: ['07700 900448'] },
      },
    },
  },
  'record.updated': {
    ...RECORD,
    does: 'The person was edited. Does the same as `record.created`, but does not create a record again that was deleted in Firefish.',
    example: {
      ...{ id: 'example-updated', type: 'record.updated', occurredAt, actor, origin: 'automation' },
      record: { candidateId: 'sw_8271', kind: 'contact', role: 'Chief financial officer' },
    },
  },
  'record.synced': {
    ...RECORD,
    does: 'The recruiter pushed the person from Actions. Does the same as `record.created`, but creates a record even if `addWhen` does not allow it.',
    example: {
      ...{ id: 'example-synced', type: 'record.synced', occurredAt, actor },
      record: { ...bo, firstName: 'Bo', lastName: 'Li', location: 'Leeds, United Kingdom' },
    },
  },
  'campaign.added': {
    ...CREATING_STAGE,
    does: reached('is added to a campaign'),
    example: stageExample('added', 1),
  },
  'campaign.messaged': {
    ...CREATING_STAGE,
    does: reached('is sent a message'),
    example: stageExample('messaged', 2),
  },
  'campaign.opened': {
    ...CREATING_STAGE,
    does: reached('opens a message'),
    example: stageExample('opened', 3),
  },
  'campaign.clicked': {
    ...CREATING_STAGE,
    does: reached('clicks a link'),
    example: stageExample('clicked', 4),
  },
  'campaign.replied': {
    ...CREATING_STAGE,
    does: reached('replies'),
    example: stageExample('replied', 5),
  },
  'campaign.interested': {
    ...CREATING_STAGE,
    does: reached('is interested'),
    example: stageExample('interested', 6),
  },
  'campaign.meeting_booked': {
    ...CREATING_STAGE,
    does: reached('books a meeting'),
    example: stageExample('meeting_booked', 7),
  },
  'campaign.not_interested': {
    ...END_STAGE,
    does: ended('is not interested'),
    example: stageExample('not_interested', 8),
  },
  'campaign.bounced': {
    ...END_STAGE,
    does: ended('could not be reached at the address'),
    example: stageExample('bounced', 9),
  },
  'campaign.finished': {
    ...END_STAGE,
    does: ended('has reached the end of the campaign'),
    example: stageExample('finished', 10),
  },
  'note.added': {
    needs: ['record', 'note'],
    record: 'named',
    creates: false,
    urgency: 'by push',
    does: 'Writes a note on the record of the `kind`, or on the other record if there is none of that kind. HTML becomes plain text. If the text of a `note.id` changes, another note is written, marked as edited.',
    example: {
      ...{ id: 'example-note', type: 'note.added', occurredAt, actor, record: bo },
      note: { id: 'n_1', text: '<p>Free from March.</p>', channel: 'call', outcome: 'connected' },
    },
  },
  'document.added': {
    needs: ['record', 'document'],
    record: 'named',
    creates: false,
    urgency: 'by push',
    does: 'Adds an uploaded file (`POST /v1/documents`) to the candidate, as the setting `documents` says. Without a candidate record the event ends `skipped`. If the record appears while the file is kept, the document follows.',
    example: {
      ...{ id: 'example-document', type: 'document.added', occurredAt, actor, record: bo },
      document: { documentId: 'doc_1', name: 'Bo Li.pdf', type: 'cv' },
    },
  },
  'marketing.opted_out': {
    ...MARKETING,
    record: 'ids',
    does: 'Opts the person out of marketing on all their records, including records that appear later.',
    example: {
      ...{ id: 'example-opt-out', type: 'marketing.opted_out', occurredAt, record: bo },
      marketing: { channels: ['email', 'sms'], reason: 'Asked by telephone' },
    },
  },
  'marketing.opted_in': {
    ...MARKETING,
    record: 'named',
    does: 'Opts the person in again. It does not affect another person who shares an address.',
    example: { id: 'example-opt-in', type: 'marketing.opted_in', occurredAt, record: bo },
  },
  'email.flagged': {
    ...FLAG,
    needs: ['record', 'email'],
    record: 'ids',
    does: 'The e-mail address is wrong. Removes it from the person, and never uses it for matching again.',
    example: {
      ...{ id: 'example-email', type: 'email.flagged', occurredAt, record: { candidateId: 'sw_8272' } },
      email: 'bo@old.example',
    },
  },
  'phone.flagged': {
    ...FLAG,
    needs: ['record', 'phone'],
    record: 'phone',
    does: 'The telephone number is wrong. Removes it from the person.',
    example: {
      ...{ id: 'example-phone', type: 'phone.flagged', occurredAt, record: { candidateId: 'sw_8272' } },
      phone: '+44 7700 900448',
    },
  },
  'company.created': {
    ...COMPANY,
    does: 'Finds the company by its `id`, or by its name. Updates it, or creates it if there is none.',
    example: {
      ...{ id: 'example-company', type: 'company.created', occurredAt, actor },
      company: {
        ...{ id: 'co_1', name: 'Client Ltd', domain: 'client.example', phone: '0141 496 0838' },
        address: { line1: '1 High Street', city: 'Glasgow', postcode: 'G1 1AA', country: 'United Kingdom' },
      },
    },
  },
  'company.updated': {
    ...COMPANY,
    does: 'The company was edited. Does the same as `company.created`.',
    example: {
      ...{ id: 'example-company-2', type: 'company.updated', occurredAt, actor },
      company: { id: 'co_1', name: 'Client Ltd', website: 'https://client.example' },
    },
  },
  'domain.opted_out': {
    ...DOMAIN,
    does: 'Opts everyone with an address at exactly this domain out of marketing, including people who appear later.',
    example: { id: 'example-domain', type: 'domain.opted_out', occurredAt, domain: 'client.example' },
  },
  'domain.opted_in': {
    ...DOMAIN,
    does: "Opts everyone with an address at exactly this domain in again. A person's own newer opt-out stays.",
    example: { id: 'example-domain-2', type: 'domain.opted_in', occurredAt, domain: 'client.example' },
  },
} as const satisfies Record<EventType, EventTypeFacts>;

// Every key of the table is a type, since the table has those of the type and no others.
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as EventType[];

export const isEventType = (type: unknown): type is EventType =>
  typeof type === 'string' && Object.hasOwn(EVENT_TYPES, type);
