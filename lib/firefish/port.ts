/**
 * What the rest of the system asks of one tenant's Firefish. `tenant-firefish.ts` implements it; tests can put a fault
 * before or after any call.
 */
import type { Kind } from '../events/event.ts';
import type { Fields } from '../mapping/fields.ts';

/** `candidate:123` */
export type RecordKey = `${Kind}:${number}`;

/** A search row or a profile, in Firefish's own field names; unset fields are `null`. */
export interface FirefishRecord {
  Ref: number;
  EmailAddress?: string | null;
  IsArchived?: boolean | null;
  /** ISO instants as Firefish gives them. */
  Created?: string | null;
  Updated?: string | null;
  [field: string]: unknown;
}

export interface CompanyRecord {
  Ref: number;
  Name: string;
  IsArchived?: boolean | null;
  Updated?: string | null;
  [field: string]: unknown;
}

/** What a search found. */
export interface FoundRecords extends Array<FirefishRecord> {
  /** Set where Firefish has more than a search can show: these are all that can be reached. */
  incomplete?: true;
}

export interface FirefishDocument {
  type: 'CV' | 'Other';
  /** With its extension. */
  name: string;
  contentType: string;
  bytes: Uint8Array;
}

export interface SearchOptions {
  /**
   * For what must reach everybody (opt-outs by address or domain): reads until an empty page, and again where
   * something changed meanwhile. Default: one answer is believed.
   */
  exhaustive?: boolean;
}

/**
 * Every call can end as NotNowError (nothing was done, the whole tenant waits), RefusedError or TurnOverError; a read
 * also as UnavailableError, once it was tried four times.
 */
export interface Firefish {
  /**
   * Every record of the kind with exactly this address (trimmed, case folded), archived ones included, over all time,
   * as Firefish knows them at some instant after the question.
   */
  searchByEmail(kind: Kind, address: string, options?: SearchOptions): Promise<FoundRecords>;
  /** The same for every address of an e-mail domain. */
  searchByDomain(kind: Kind, domain: string, options?: SearchOptions): Promise<FoundRecords>;
  /** The profile, which alone has the marketing fields. @throws NotFoundError */
  read(kind: Kind, ref: number): Promise<FirefishRecord>;
  /** Answers the new record's Ref. @throws FailedError, ConflictedError, UnknownOutcomeError: look before trying again */
  create(kind: Kind, fields: Fields): Promise<number>;
  /**
   * Only the fields sent change. Definite failures are retried here.
   * @throws NotFoundError, ConflictedError, UnknownOutcomeError; UnavailableError if it failed four times
   */
  update(kind: Kind, ref: number, fields: Fields): Promise<void>;
  /** @throws NotFoundError; FailedError, ConflictedError, UnknownOutcomeError: look before trying again */
  addNote(kind: Kind, ref: number, note: string): Promise<void>;
  /** Puts a file on a candidate. @throws as `addNote` does */
  addDocument(ref: number, document: FirefishDocument): Promise<void>;
  /** Whether the activity log holds exactly this note on the record, looking from the day before `since` (ms). */
  hasNote(kind: Kind, ref: number, note: string, since: number): Promise<boolean>;
  /** Companies whose name is this one in comparison form (`companyNameKey`). */
  searchCompanies(name: string): Promise<CompanyRecord[]>;
  /** @throws NotFoundError */
  readCompany(ref: number): Promise<CompanyRecord>;
  /** Like `create`. */
  createCompany(fields: Fields): Promise<number>;
  /** Like `update`. */
  updateCompany(ref: number, fields: Fields): Promise<void>;
}

/** Its reads that match and plan: all that a preview may call. */
export type PreviewedFirefish = Pick<
  Firefish,
  'searchByEmail' | 'searchByDomain' | 'read' | 'searchCompanies' | 'readCompany'
>;
