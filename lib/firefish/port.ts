/**
 * What the sync asks of one tenant's Firefish. `client.ts` is the only implementation; the walls are here
 * so that tests can put a fault before or after any call.
 */
import type { Kind } from '../events/event.ts';
import type { Fields } from '../mapping/fields.ts';
import type { ClockWord } from './clock-word.ts';

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

export interface WriteOptions {
  /**
   * Epoch milliseconds after which the request must not leave any more: the caller's claim on the person
   * would be too short to cover it. The call ends as NotNowError('limit') instead.
   */
  startBy?: number;
}

/** Who waits for whom: a call that could not start is safe to do again at `retryAt`. */
export interface Firefish {
  /**
   * Every record of the kind with exactly this address (trimmed, case folded), archived ones included, over all time,
   * as Firefish knows them at some instant after the question.
   */
  searchByEmail(kind: Kind, address: string): Promise<FirefishRecord[]>;
  /** The same for every address of an e-mail domain. */
  searchByDomain(kind: Kind, domain: string): Promise<FirefishRecord[]>;
  /** The profile, which alone has the marketing fields. @throws NotFoundError */
  read(kind: Kind, ref: number): Promise<FirefishRecord>;
  /** Answers the new record's Ref. @throws UnknownOutcomeError where the answer was lost */
  create(kind: Kind, fields: Fields, options?: WriteOptions): Promise<number>;
  /** Only the fields sent change. @throws NotFoundError, UnknownOutcomeError */
  update(kind: Kind, ref: number, fields: Fields, options?: WriteOptions): Promise<void>;
  addNote(kind: Kind, ref: number, note: string, options?: WriteOptions): Promise<void>;
  /** Whether the activity log holds exactly this note on the record, looking from the day before `since` (ms). */
  hasNote(kind: Kind, ref: number, note: string, since: number): Promise<boolean>;
  /** Companies whose name equals this one after trimming, case folding and collapsing spaces. */
  searchCompanies(name: string, options?: { wide?: boolean }): Promise<CompanyRecord[]>;
  readCompany(ref: number): Promise<CompanyRecord>;
  createCompany(fields: Fields, options?: WriteOptions): Promise<number>;
  updateCompany(ref: number, fields: Fields, options?: WriteOptions): Promise<void>;
  /** What to tell the worker that goes on, in a message that takes so long at least (milliseconds), and to hear it. */
  clockWord?(delayMs: number): ClockWord;
  hearClockWord?(word: ClockWord): void;
}
