/** A tenant's settings: section 5 of the contract, in SourceWhale's words where it has them. */
import * as z from 'zod';
import { CAMPAIGN_STAGES, CREATING_STAGES, KINDS, NOTE_CHANNELS } from '../events/event.ts';
import { WRITABLE_FIELDS } from '../mapping/firefish-fields.ts';

/** From which stage on a person is added: the stages that can create, in their order. */
export const ADD_WHEN = ['always', ...CREATING_STAGES, 'never'] as const;
const addWhen = z.enum(ADD_WHEN);
const updatePolicy = z.enum(['always', 'ifBlank', 'never']);
export const LEGAL_BASES = [
  'consent-request',
  'consent-provided',
  'legitimate-interest',
  'not-applicable-at-this-stage',
] as const;
export const NAME_CONFLICT = ['hold', 'update', 'create'] as const;
export const DOCUMENTS = ['ifNone', 'always', 'never'] as const;

/** Far more than there are names of fields, channels and stages. */
const MOST_NAMES = 200;
const LONGEST_TEXT = 254;

/** The descriptions are the text of docs/settings.md. */
export const settingsSchema = z.strictObject({
  addWhen: z
    .strictObject({ candidate: addWhen.default('always'), contact: addWhen.default('always') })
    .prefault({})
    .describe(
      'From when on a person who is not in Firefish is added, for each kind: `always`, from a campaign stage on (`interested` and `meeting_booked` are alike), or `never`. `record.synced` adds whatever is set here.',
    ),
  nameConflict: z
    .enum(NAME_CONFLICT)
    .default('hold')
    .describe(
      'What to do where an address matches a record whose name contradicts: `hold` (a person decides), `update` (the same person), `create` (another person).',
    ),
  contactsNeedCompany: z
    .boolean()
    .default(true)
    .describe('Whether a contact without a company is left out. Off: it is created without one.'),
  onlyNotesForSynced: z
    .boolean()
    .default(false)
    .describe(
      'On: a person who was in Firefish before gets notes only once the `addWhen` stage has happened.',
    ),
  noteChannels: z
    .array(z.enum(NOTE_CHANNELS))
    .max(MOST_NAMES)
    .default([...NOTE_CHANNELS])
    .describe('Notes on these channels are written.'),
  campaignNotes: z
    .array(z.enum(CAMPAIGN_STAGES))
    .max(MOST_NAMES)
    .default(['replied', 'interested', 'not_interested', 'meeting_booked'])
    .describe('Campaign stages that leave a note which names the campaign.'),
  documents: z
    .enum(DOCUMENTS)
    .default('ifNone')
    .describe('`ifNone`: a CV is added only where the candidate has none.'),
  updatePolicy: z
    .strictObject({
      default: updatePolicy.default('always'),
      fields: z.record(z.string(), updatePolicy).default({}),
    })
    .prefault({})
    .describe(
      'Whether a field of an existing record is updated: `always`, `ifBlank`, `never`; by Firefish field name in `fields`, else `default`.',
    ),
  mandatoryFields: z
    .strictObject({
      candidate: z.array(z.string()).max(MOST_NAMES).default([]),
      contact: z.array(z.string()).max(MOST_NAMES).default([]),
    })
    .prefault({})
    .describe('Firefish fields without which a new record is not created.'),
  defaultLegalBasis: z
    .enum(LEGAL_BASES)
    .default('legitimate-interest')
    .describe('`LegalBasis` of new candidates.'),
  defaultSource: z
    .string()
    .min(1)
    .max(LONGEST_TEXT)
    .default('SourceWhale')
    .describe('`Source` of new candidates where SourceWhale names none, or one that Firefish refuses.'),
  defaultOwnerEmail: z
    .email('must be an e-mail address, such as ann@agency.example')
    .max(LONGEST_TEXT)
    .optional()
    .describe('The Firefish user who owns new records where SourceWhale does not say who acted.'),
  createCompanies: z
    .boolean()
    .default(true)
    .describe('Whether the company of a contact is created where Firefish has none of that name.'),
  mergeWithExisting: z
    .boolean()
    .default(true)
    .describe('Off: nobody is matched by e-mail address, which makes duplicates. Links still count.'),
  newRecordsOptedOut: z
    .boolean()
    .default(true)
    .describe('Whether new records are opted out of marketing, unless an opt-in was sent.'),
  optOutAsNote: z.boolean().default(false).describe('On: an opt-out leaves a note besides.'),
});

/**
 * Settings as they are given: with a misspelt field, an agency would think that something is kept from being
 * overwritten. Stored settings were checked when they were given, and stay readable should a field be renamed.
 */
export const givenSettingsSchema = settingsSchema.superRefine(
  ({ updatePolicy: policy, mandatoryFields }, context) => {
    const check = (names: readonly string[], known: readonly string[], path: string[]): void => {
      // One is enough to go by, in few of its characters: the answer must not outgrow what was sent.
      for (const name of names.filter((one) => !known.includes(one)).slice(0, 1)) {
        const message = `there is no field ${JSON.stringify(name.slice(0, 100))} to write; the fields are ${known.join(', ')}`;
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
