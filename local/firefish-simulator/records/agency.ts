/** The data of one agency: records by Ref, the activity log and the documents. */
import { emptyAddress } from './field-values.ts';
import type { Collection, SimAction, SimDocument, SimRecord, SimValue } from './records.ts';

/** Each change, so that the data can be stored and restored. */
export type Change =
  | { collection: Collection; record: SimRecord }
  | { collection: Collection; deletedRef: number }
  | { action: SimAction }
  | { document: SimDocument };

export type AgencyState = Record<Collection, SimRecord[]> & {
  actions: SimAction[];
  documents: SimDocument[];
};

/** The facts of a new record besides its fields. */
export type Fields = Readonly<Record<string, SimValue | undefined>>;

const SUBJECT = { candidates: 'CandidateRef', contacts: 'ContactRef', companies: 'CompanyRef' } as const;

const isoDate = (instant: number): string => new Date(instant).toISOString();

const nothingDone = { LastActionRef: null, LastActionName: null, LastActionDate: null };

/**
 * A new record's fields if the creation does not name them. Marketing starts as permitted, so that a forgotten
 * opt-out shows.
 */
const BLANK: Record<Collection, () => Fields> = {
  candidates: () => ({
    IsArchived: false,
    Address: emptyAddress(),
    EmailMarketing: true,
    SmsMarketing: true,
    PostalMarketing: true,
    HasCv: false,
    ...nothingDone,
  }),
  contacts: () => ({ IsArchived: false, EmailMarketing: true, ...nothingDone }),
  companies: () => ({ IsArchived: false, Address: emptyAddress() }),
};

export const blank = (collection: Collection): Fields => BLANK[collection]();

export interface Birth {
  by: string;
  /** Epoch milliseconds. */
  created: number;
  updated: number;
  /** Default: the next one. */
  ref?: number;
}

export class Agency {
  readonly name: string;
  /** How many searches were answered, for shapes in turn. */
  searches = 0;
  readonly #records: Record<Collection, Map<number, SimRecord>> = {
    candidates: new Map(),
    contacts: new Map(),
    companies: new Map(),
  };
  readonly #actions: SimAction[] = [];
  readonly #documents: SimDocument[] = [];
  // Each kind counts from 1, so that a mix-up of kinds is noticed.
  readonly #lastRef: Record<Collection | 'actions', number> = {
    candidates: 0,
    contacts: 0,
    companies: 0,
    actions: 0,
  };
  readonly #onChange: (agency: string, change: Change) => void;

  constructor(name: string, onChange: (agency: string, change: Change) => void) {
    this.name = name;
    this.#onChange = onChange;
  }

  find(collection: Collection, ref: number): SimRecord | undefined {
    return this.#records[collection].get(ref);
  }

  /** In the order of creation. */
  all(collection: Collection): Iterable<SimRecord> {
    return this.#records[collection].values();
  }

  /** The record with data of other records: a contact shows its company's current name. */
  show(collection: Collection, record: SimRecord): SimRecord {
    if (collection !== 'contacts') return record;
    const company = this.#records.companies.get(Number(record['CompanyRef']));
    return {
      ...record,
      CompanyRef: company?.Ref ?? null,
      CompanyName: company?.['Name'] ?? null,
      CompanyPhone: company?.['Phone'] ?? null,
    };
  }

  get actions(): readonly SimAction[] {
    return this.#actions;
  }

  create(collection: Collection, fields: Fields, { by, created, updated, ref }: Birth): SimRecord {
    const Ref = ref ?? this.#lastRef[collection] + 1;
    const own = collection === 'candidates' ? { CandidateURL: this.#pageOf(Ref) } : {};
    const record: SimRecord = {
      ...fields,
      ...own,
      IsArchived: fields['IsArchived'] === true,
      Ref,
      CreatedBy: by,
      Created: isoDate(created),
      UpdatedBy: by,
      Updated: isoDate(updated),
    };
    this.#change({ collection, record });
    return record;
  }

  replace(collection: Collection, record: SimRecord, by: string, now: number): void {
    this.#change({ collection, record: { ...record, UpdatedBy: by, Updated: isoDate(now) } });
  }

  /**
   * As after 48 hours in Firefish's trash: the Ref is permanently deleted. Contacts of a deleted company have none.
   */
  delete(collection: Collection, ref: number): void {
    this.#change({ collection, deletedRef: ref });
  }

  /** Two records become one: the contacts of a merged company move to the company that stays. */
  merge(collection: Collection, { from, into }: { from: number; into: number }): void {
    if (collection === 'companies') {
      for (const record of this.all('contacts')) {
        if (record['CompanyRef'] !== from) continue;
        this.#change({ collection: 'contacts', record: { ...record, CompanyRef: into } });
      }
    }
    this.delete(collection, from);
  }

  log(
    collection: Collection,
    ref: number,
    entry: Pick<SimAction, 'ActionName' | 'Note'>,
    now: number,
  ): SimAction {
    const action = {
      Ref: this.#lastRef.actions + 1,
      ActionDate: isoDate(now),
      CandidateRef: null,
      ContactRef: null,
      CompanyRef: null,
      ...entry,
      [SUBJECT[collection]]: ref,
    };
    this.#change({ action });
    const record = this.#records[collection].get(ref);
    if (record !== undefined && collection !== 'companies') {
      const last = { LastActionRef: action.Ref, LastActionName: action.ActionName };
      this.#change({ collection, record: { ...record, ...last, LastActionDate: action.ActionDate } });
    }
    return action;
  }

  attach(document: SimDocument): void {
    this.#change({ document });
    const record = this.#records.candidates.get(document.CandidateRef);
    if (record !== undefined && document.Type === 'CV') {
      this.#change({ collection: 'candidates', record: { ...record, HasCv: true } });
    }
  }

  /** Restores a change; it is not reported again. */
  restore(change: Change): void {
    if ('record' in change) {
      const { collection, record } = change;
      this.#records[collection].set(record.Ref, record);
      this.#lastRef[collection] = Math.max(this.#lastRef[collection], record.Ref);
    } else if ('deletedRef' in change) {
      const { collection, deletedRef } = change;
      this.#records[collection].delete(deletedRef);
      // A Ref is never given twice, not even after a restart.
      this.#lastRef[collection] = Math.max(this.#lastRef[collection], deletedRef);
    } else if ('action' in change) {
      this.#actions.push(change.action);
      this.#lastRef.actions = Math.max(this.#lastRef.actions, change.action.Ref);
    } else {
      this.#documents.push(change.document);
    }
  }

  /** All data, for tests. Records are never altered, so no copy is needed. */
  state(): AgencyState {
    const shown = (collection: Collection) =>
      Array.from(this.all(collection), (record) => this.show(collection, record));
    return {
      candidates: shown('candidates'),
      contacts: shown('contacts'),
      companies: shown('companies'),
      actions: [...this.#actions],
      documents: [...this.#documents],
    };
  }

  #change(change: Change): void {
    this.restore(change);
    this.#onChange(this.name, change);
  }

  #pageOf(ref: number): string {
    return `https://${encodeURIComponent(this.name)}.firefishsoftware.com/candidates/${ref}`;
  }
}
