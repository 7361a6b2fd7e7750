/** The types of events: what each needs, what it does, and an example. The page docs/events.md is made of this. */
import type { CampaignStage, EventType } from './event.ts';
import type { RecordUse } from './record-fields.ts';

export interface EventTypeFacts {
  /** Members besides `id`, `type` and `occurredAt` that the type cannot be without. */
  needs: readonly string[];
  /** Members that it takes besides. */
  takes?: readonly string[];
  /** How much of `record` it uses; absent: the event is about no one person. */
  record?: RecordUse;
  /** Whether it can create a record where there is none. */
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
  `Does what \`record.updated\` does once a person ${stage}, creates where \`addWhen\` allows it from this stage on, and leaves a note where \`campaignNotes\` lists the stage.`;
const ended = (stage: string): string =>
  `Leaves a note where \`campaignNotes\` lists the stage: the person ${stage}. Creates nobody and changes no field.`;

const stageExample = (stage: CampaignStage, number: number): EventTypeFacts['example'] => ({
  ...{ id: `example-campaign-${number}`, type: `campaign.${stage}`, occurredAt, actor },
  record: { ...bo, name: 'Bo Li' },
  campaign,
});

export const EVENT_TYPES = {
  'record.created': {
    ...RECORD,
    does: 'Matches the person with candidates and contacts, then updates what is found or creates a record of the `kind` where `addWhen` allows it.',
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
    does: 'Does the same with what was edited; a person whose record was deleted in Firefish is not created again.',
    example: {
      ...{ id: 'example-updated', type: 'record.updated', occurredAt, actor, origin: 'automation' },
      record: { candidateId: 'sw_8271', kind: 'contact', role: 'Chief financial officer' },
    },
  },
  'record.synced': {
    ...RECORD,
    does: "Does the same for the recruiter's own push from Actions: it creates whatever `addWhen` says.",
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
    does: 'Writes a note on the record of the `kind`, else on the other one. HTML becomes plain text. The same `note.id` with other words is written once more, marked as edited.',
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
    does: 'Puts a file that was uploaded (`POST /v1/documents`) on the candidate, as the setting `documents` says. A person without a candidate record: `skipped`; the document follows when there is one, while the file is kept.',
    example: {
      ...{ id: 'example-document', type: 'document.added', occurredAt, actor, record: bo },
      document: { documentId: 'doc_1', name: 'Bo Li.pdf', type: 'cv' },
    },
  },
  'marketing.opted_out': {
    ...MARKETING,
    record: 'ids',
    does: 'Opts the person out of marketing on all their records, now and when they appear later.',
    example: {
      ...{ id: 'example-opt-out', type: 'marketing.opted_out', occurredAt, record: bo },
      marketing: { channels: ['email', 'sms'], reason: 'Asked by telephone' },
    },
  },
  'marketing.opted_in': {
    ...MARKETING,
    record: 'named',
    does: 'Opts the person in again. It never reaches another person who shares an address.',
    example: { id: 'example-opt-in', type: 'marketing.opted_in', occurredAt, record: bo },
  },
  'email.flagged': {
    ...FLAG,
    needs: ['record', 'email'],
    record: 'ids',
    does: 'Takes a wrong e-mail address off the person; it matches nobody from then on.',
    example: {
      ...{ id: 'example-email', type: 'email.flagged', occurredAt, record: { candidateId: 'sw_8272' } },
      email: 'bo@old.example',
    },
  },
  'phone.flagged': {
    ...FLAG,
    needs: ['record', 'phone'],
    record: 'phone',
    does: 'Takes a wrong telephone number off the person.',
    example: {
      ...{ id: 'example-phone', type: 'phone.flagged', occurredAt, record: { candidateId: 'sw_8272' } },
      phone: '+44 7700 900448',
    },
  },
  'company.created': {
    ...COMPANY,
    does: 'Matches the company by its `id`, else by its name, then updates or creates it.',
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
    does: 'Does the same with what was edited.',
    example: {
      ...{ id: 'example-company-2', type: 'company.updated', occurredAt, actor },
      company: { id: 'co_1', name: 'Client Ltd', website: 'https://client.example' },
    },
  },
  'domain.opted_out': {
    ...DOMAIN,
    does: 'Opts everyone out of marketing who has an address at exactly that domain, now and when they appear later.',
    example: { id: 'example-domain', type: 'domain.opted_out', occurredAt, domain: 'client.example' },
  },
  'domain.opted_in': {
    ...DOMAIN,
    does: "Opts them in again. A person's own newer opt-out stays.",
    example: { id: 'example-domain-2', type: 'domain.opted_in', occurredAt, domain: 'client.example' },
  },
} as const satisfies Record<EventType, EventTypeFacts>;

// Every key of the table is a type, since the table has those of the type and no others.
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as EventType[];

export const isEventType = (type: unknown): type is EventType =>
  typeof type === 'string' && Object.hasOwn(EVENT_TYPES, type);
