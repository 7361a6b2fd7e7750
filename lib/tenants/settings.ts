/** A tenant's settings: section 5 of the contract, in SourceWhale's words where it has them. */
import * as z from 'zod';
import { KINDS, NOTE_CHANNELS } from '../events/event.ts';
import { WRITABLE_FIELDS } from '../mapping/firefish-fields.ts';

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

/**
 * Settings as somebody gives them: with a misspelt field, an agency would think that something is kept from
 * being overwritten. What is kept was checked when it was given, and stays readable should a field be renamed.
 */
export const givenSettingsSchema = settingsSchema.superRefine(
  ({ updatePolicy: policy, mandatoryFields }, context) => {
    const check = (names: readonly string[], known: readonly string[], path: string[]): void => {
      for (const name of names.filter((one) => !known.includes(one))) {
        const message = `there is no field ${JSON.stringify(name)} to write; the fields are ${known.join(', ')}`;
        context.addIssue({ code: 'custom', path, message, input: name });
      }
    };
    const written = [...new Set([...WRITABLE_FIELDS.candidate, ...WRITABLE_FIELDS.contact])];
    check(Object.keys(policy.fields), written, ['updatePolicy', 'fields']);
    for (const kind of KINDS) {
      const sayable = WRITABLE_FIELDS[kind].filter((field) => !field.endsWith('Marketing'));
      check(mandatoryFields[kind], sayable, ['mandatoryFields', kind]);
    }
  },
);

export type Settings = z.infer<typeof settingsSchema>;
export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});
