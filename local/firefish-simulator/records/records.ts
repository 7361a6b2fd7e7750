/** The simulator's records, with Firefish's own names. */

export const COLLECTIONS = ['candidates', 'contacts', 'companies'] as const;
export type Collection = (typeof COLLECTIONS)[number];

export type SimValue = string | number | boolean | null | string[] | { [part: string]: string | null };

/**
 * A record as its profile shows it, with `LegalBasis`, which no answer shows. Replaced on a change, never altered.
 */
export interface SimRecord {
  readonly Ref: number;
  readonly IsArchived: boolean;
  /** ISO instants. */
  readonly Created: string;
  readonly Updated: string;
  readonly [field: string]: SimValue | undefined;
}

/** One line of the activity log. */
export interface SimAction {
  readonly Ref: number;
  readonly ActionName: string;
  /** An ISO instant. */
  readonly ActionDate: string;
  readonly CandidateRef: number | null;
  readonly ContactRef: number | null;
  /** Only for searches; a row does not show it. */
  readonly CompanyRef: number | null;
  readonly Note: string | null;
}

/** A file that was uploaded, without its content. */
export interface SimDocument {
  readonly CandidateRef: number;
  readonly Name: string;
  readonly Type: string;
  readonly Bytes: number;
  /** Hexadecimal. */
  readonly Sha256: string;
}

export const ADDRESS_PARTS = [
  'Address1',
  'Address2',
  'Address3',
  'Town',
  'County',
  'Country',
  'PostCode',
] as const;
