/** A tenant's settings: section 5 of the contract, in SourceWhale's words where it has them. */
import * as z from 'zod';
import { NOTE_CHANNELS } from '../events/event.ts';

const addWhen = z.enum(['always', 'added', 'replied', 'interested', 'never']);
const updatePolicy = z.enum(['always', 'ifBlank', 'never']);
export const CAMPAIGN_STEPS = ['added', 'replied', 'interested'] as const;
export type CampaignStep = (typeof CAMPAIGN_STEPS)[number];
export const LEGAL_BASES = [
  'consent-request',
  'consent-provided',
  'legitimate-interest',
  'not-applicable-at-this-stage',
] as const;

export const settingsSchema = z.strictObject({
  addWhen: z
    .strictObject({ candidate: addWhen.default('always'), contact: addWhen.default('always') })
    .prefault({}),
  onlyNotesForSynced: z.boolean().default(false),
  noteChannels: z.array(z.enum(NOTE_CHANNELS)).default([...NOTE_CHANNELS]),
  campaignNotes: z.array(z.enum(CAMPAIGN_STEPS)).default(['replied', 'interested']),
  updatePolicy: z
    .strictObject({
      default: updatePolicy.default('always'),
      fields: z.record(z.string(), updatePolicy).default({}),
    })
    .prefault({}),
  mandatoryFields: z
    .strictObject({
      candidate: z.array(z.string()).default([]),
      contact: z.array(z.string()).default([]),
    })
    .prefault({}),
  defaultLegalBasis: z.enum(LEGAL_BASES).default('legitimate-interest'),
  defaultSource: z.string().min(1).default('SourceWhale'),
  defaultOwnerEmail: z.email('must be an e-mail address, such as ann@agency.example').optional(),
  createCompanies: z.boolean().default(true),
  mergeWithExisting: z.boolean().default(true),
  newRecordsOptedOut: z.boolean().default(true),
  optOutAsNote: z.boolean().default(false),
});

export type Settings = z.infer<typeof settingsSchema>;
export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});
