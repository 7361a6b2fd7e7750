/**
 * Switches for behaviour that is unknown of Firefish, or that differs between agencies. Each agency has its own
 * switches, and they can be set at any time.
 */
import * as z from 'zod';

export const SHAPES = ['array', 'nested', 'paged'] as const;
export type Shape = (typeof SHAPES)[number];

export const switchesSchema = z.strictObject({
  /** Whether a new contact must name its company. */
  contactsNeedCompany: z.boolean(),
  /** Whether contacts have the field `LinkedIn`. */
  contactsHaveLinkedIn: z.boolean(),
  /** The only values of `OwnerUserEmail` that are accepted; null: any. */
  owners: z.array(z.string()).nullable(),
  /** The only values of `Source` that are accepted; null: any. */
  sources: z.array(z.string()).nullable(),
  /** The status of the answer if a `Ref` does not exist. */
  goneStatus: z.literal([404, 410, 400]),
  /** The shape of every search answer; `seen`: as public clients have seen it; `cycle`: each in turn. */
  shape: z.enum(['seen', 'cycle', ...SHAPES]),
  unknownParameters: z.enum(['refused', 'ignored']),
  /** What `PUT` does with fields that are not sent: as in a new record, or unchanged. */
  put: z.enum(['whole', 'sent']),
  /** Every refusal and failure of a call about a person names the person, as some of Firefish's messages may. */
  messagesNamePeople: z.boolean(),
});

export type Switches = Readonly<z.infer<typeof switchesSchema>>;

export const DEFAULT_SWITCHES: Switches = {
  contactsNeedCompany: true,
  contactsHaveLinkedIn: false,
  owners: null,
  sources: null,
  goneStatus: 404,
  shape: 'seen',
  unknownParameters: 'refused',
  put: 'whole',
  messagesNamePeople: false,
};
