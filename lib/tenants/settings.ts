/** A tenant's settings: section 5 of the contract, with SourceWhale's names if it has them. */
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

/** Much more than there are names of fields, channels and stages. */
const MOST_NAMES = 200;
const LONGEST_TEXT = 254;

/** A record leaves out this one name, and would accept it silently. */
function refuseProto(given: unknown, context: z.RefinementCtx): unknown {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__'))
    context.addIssue({ code: 'unrecognized_keys', keys: ['__proto__'], input: { ...given } });
  return given;
}

/** The descriptions are the text of docs/settings.md. */
export const settingsSchema = z.strictObject({
  addWhen: z
    .strictObject({ candidate: addWhen.default('always'), contact: addWhen.default('always') })
    .prefault({})
    .describe(
      'When a person who is not in Firefish is added, for each kind: `always`, from this campaign stage on (`interested` and `meeting_booked` are the same stage), or `never`. `record.synced` always adds the person.',
    ),
  nameConflict: z
    .enum(NAME_CONFLICT)
    .default('hold')
    .describe(
      'What to do if the e-mail address matches a record but the names contradict. `hold`: wait for a decision. `update`: it is the same person. `create`: it is another person.',
    ),
  contactsNeedCompany: z
    .boolean()
    .default(true)
    .describe('On: a contact without a company is not created. Off: it is created without one.'),
  onlyNotesForSynced: z
    .boolean()
    .default(false)
    .describe(
      'On: a person who was in Firefish before gets notes only after the `addWhen` stage has happened.',
    ),
  noteChannels: z
    .array(z.enum(NOTE_CHANNELS))
    .max(MOST_NAMES)
    .default([...NOTE_CHANNELS])
    .describe('Only notes of these channels are written.'),
  campaignNotes: z
    .array(z.enum(CAMPAIGN_STAGES))
    .max(MOST_NAMES)
    .default(['replied', 'interested', 'not_interested', 'meeting_booked'])
    .describe('At these campaign stages a note is written that names the campaign.'),
  documents: z
    .enum(DOCUMENTS)
    .default('ifNone')
    .describe('`ifNone`: a CV is added only if the candidate has none.'),
  updatePolicy: z
    .strictObject({
      default: updatePolicy.default('always'),
      fields: z.preprocess(refuseProto, z.record(z.string(), updatePolicy)).default({}),
    })
    .prefault({})
    .describe(
      'Whether a field of an existing record is updated: `always`, `ifBlank` or `never`. `fields` sets it by Firefish field name; `default` holds for all other fields.',
    ),
  mandatoryFields: z
    .strictObject({
      candidate: z.array(z.string()).max(MOST_NAMES).default([]),
      contact: z.array(z.string()).max(MOST_NAMES).default([]),
    })
    .prefault({})
    .describe('A new record is created only if these Firefish fields have a value.'),
  defaultLegalBasis: z
    .enum(LEGAL_BASES)
    .default('legitimate-interest')
    .describe('`LegalBasis` of new candidates.'),
  defaultSource: z
    .string()
    .min(1)
    .max(LONGEST_TEXT)
    .default('SourceWhale')
    .describe('`Source` of new candidates if SourceWhale sends none, or one that Firefish refuses.'),
  defaultOwnerEmail: z
    .email('must be an e-mail address, such as ann@agency.example')
    .max(LONGEST_TEXT)
    .optional()
    .describe('The Firefish user who owns new records if SourceWhale does not send the user who acted.'),
  createCompanies: z
    .boolean()
    .default(true)
    .describe('On: if Firefish has no company of that name, the company of a contact is created.'),
  mergeWithExisting: z
    .boolean()
    .default(true)
    .describe(
      'Off: people are not matched by e-mail address, which causes duplicates. Existing links still count.',
    ),
  newRecordsOptedOut: z
    .boolean()
    .default(true)
    .describe('On: new records are opted out of marketing, unless an opt-in was sent.'),
  optOutAsNote: z.boolean().default(false).describe('On: an opt-out also writes a note.'),
});

/**
 * Settings as an agency gives them. They are strict, because with a misspelt field an agency would think that the field
 * is protected. Stored settings were checked before, and stay readable if a field is renamed.
 */
export const givenSettingsSchema = settingsSchema.superRefine(
  ({ updatePolicy: policy, mandatoryFields }, context) => {
    const check = (names: readonly string[], known: readonly string[], path: string[]): void => {
      // One name is enough, and only its first characters: the answer must not be longer than the request.
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
