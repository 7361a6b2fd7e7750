/**
 * Carries out a plan, write by write, and keeps count of what is done. What a turn can die between is kept first: a
 * creation and a note leave an intent, and the next try looks before it does them again.
 */
import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import type { Companies } from '../companies/companies.ts';
import type { Documents } from '../documents/documents.ts';
import type { Kind } from '../events/event.ts';
import type { Outcome } from '../events/event-item.ts';
import {
  ConflictedError,
  FailedError,
  isHarmless,
  NotFoundError,
  RefusedError,
  UnknownOutcomeError,
} from '../firefish/errors.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { toFirefishBody } from '../mapping/firefish-fields.ts';
import { MARKETING_FIELDS } from '../plan/consent.ts';
import { COMPANY_FIELD } from '../plan/fields.ts';
import { addressKept } from '../plan/notes.ts';
import {
  type AppliedConsent,
  type LinkedRecord,
  type PersonState,
  type RecordKey,
  recordKey,
  recordOf,
} from '../plan/person-state.ts';
import type {
  CreateOperation,
  Credit,
  DocumentOperation,
  NoteOperation,
  NoteVersion,
  Operation,
  Plan,
  UpdateOperation,
} from '../plan/types.ts';
import { LATE_MS, TURN } from '../times.ts';
import { giveDocument } from './give-document.ts';

/** A record of the person was deleted in Firefish. */
export class GoneError extends Error {
  override name = 'GoneError';
  readonly record: RecordKey;
  constructor(record: RecordKey) {
    super('a record of the person is not in Firefish any more');
    this.record = record;
  }
}

/** What Firefish did not take; the operations on other records are done anyway. */
export interface Refusal {
  /** Absent: the record that the plan creates. */
  record?: RecordKey;
  operation: Operation;
  error: RefusedError | ConflictedError;
}

interface ApplyDeps {
  firefish: Firefish;
  companies: Pick<Companies, 'ensure'>;
  clock: Clock;
  callTimeoutMs: number;
  /** Keeps the person as they stand. */
  save(person: PersonState): Promise<void>;
  /** Keeps the intent to write a note. */
  begunNote(
    key: string,
    note: { record: RecordKey; at: number; by?: Credit['eventId']; noteVersion?: NoteVersion },
  ): Promise<void>;
  documents: Pick<Documents, 'read' | 'sending' | 'notSent' | 'given'>;
  /** Keeps the consent applied to a record that is not the person's. */
  reached(record: RecordKey, applied: AppliedConsent): Promise<void>;
}

export class Application {
  readonly #deps: ApplyDeps;
  readonly #operations: readonly Operation[];
  readonly #reached: Map<RecordKey, AppliedConsent>;
  /** The person as they stand if nothing more is done: what was known before, and what was done since. */
  progress: PersonState;
  /** The person once all of the plan is done. */
  result: PersonState;
  readonly outcomes: Record<string, Outcome>;
  #created: number | undefined;
  /** Documents that Firefish has by now, by id. */
  readonly #given = new Map<string, DocumentOperation['type']>();

  /** @param reached consent applied so far to records that share an address but are not the person's */
  constructor(
    deps: ApplyDeps,
    before: PersonState,
    { operations, person, outcomes }: Pick<Plan, 'operations' | 'person' | 'outcomes'>,
    reached: ReadonlyMap<RecordKey, AppliedConsent>,
  ) {
    this.#deps = deps;
    this.#operations = operations;
    this.#reached = new Map(reached);
    this.progress = before;
    this.result = person;
    this.outcomes = structuredClone(outcomes);
  }

  /**
   * Answers what was refused.
   * @throws GoneError, FirefishError; `progress` then holds what was done, and, after an UnknownOutcomeError, until
   * when nothing more may be written
   */
  async run(): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (const operation of this.#operations) {
      const record = 'ref' in operation ? recordKey({ kind: operation.kind, ref: operation.ref }) : undefined;
      if (refusals.some((one) => one.record === record)) continue;
      try {
        await this.#settled(this.#do(operation));
      } catch (error) {
        if (!(error instanceof RefusedError || error instanceof ConflictedError)) throw error;
        refusals.push({ error, operation, ...(record === undefined ? {} : { record }) });
      }
    }
    return refusals;
  }

  /** After a lost answer nothing more may be written before it can no longer take effect. */
  async #settled<T>(write: Promise<T>): Promise<T> {
    try {
      return await write;
    } catch (error) {
      if (error instanceof UnknownOutcomeError) {
        const until = error.sentAt + this.#deps.callTimeoutMs + LATE_MS;
        this.#effect((person) => ({
          ...settledAt(person, until),
          unsettledUntil: Math.max(person.unsettledUntil ?? 0, until),
        }));
      }
      throw error;
    }
  }

  #do(operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'create':
        return this.#create(operation);
      case 'update':
        return this.#update(operation);
      case 'note':
        return this.#note(operation);
      case 'document':
        return this.#document(operation);
    }
  }

  async #create(operation: CreateOperation): Promise<void> {
    const { kind, eventId, since, sent, marketing } = operation;
    const { clock, callTimeoutMs, firefish } = this.#deps;
    const fields = await this.#body(operation);
    const at = clock.now();
    // The call may wait in line before it leaves.
    const settlesAt = at + TURN.waitInsideMs + callTimeoutMs + LATE_MS;
    const { createIntents } = this.progress;
    const intent = { createIntents: [{ kind, eventId, since, at, settlesAt }] };
    // Saved first: if that fails, nothing has left, and nothing has to settle.
    await this.#deps.save({ ...this.progress, ...intent });
    this.#effect((person) => ({ ...person, ...intent }));
    let ref: number;
    try {
      ref = await firefish.create(kind, fields);
    } catch (error) {
      if (isHarmless(error)) this.#effect((person) => ({ ...person, createIntents }));
      // It failed for certain, or so it was said: what it made anyway can be looked for at once.
      if (error instanceof FailedError) this.#effect((person) => settledAt(person, clock.now()));
      throw error;
    }
    this.#created = ref;
    const found = { kind, ref, matchedBy: [], createdSince: since, createdBy: eventId };
    const record: LinkedRecord = { ...found, sent, marketing };
    const rest = { createIntents: [], gone: false };
    this.#effect((person) => ({ ...person, ...rest, records: [...person.records, record] }));
    this.#credit(operation.credits, kind, ref);
  }

  async #update(operation: UpdateOperation): Promise<void> {
    const { kind, ref, credits } = operation;
    let isKept = false;
    if (Object.keys(operation.fields).length > 0) {
      try {
        await this.#patch(operation, await this.#body(operation));
      } catch (error) {
        isKept = operation.blanksAddress === true && error instanceof RefusedError;
        if (error instanceof RefusedError) await this.#consentAlone(operation);
        if (!isKept) throw error;
      }
    }
    await this.#done(recordKey(operation), operation);
    if (!isKept) this.#credit(credits, kind, ref);
    else for (const { eventId } of credits) this.outcomes[eventId]?.notes.push(addressKept({ kind, ref }));
  }

  /** No other field that Firefish refuses keeps consent from the record. */
  async #consentAlone({ newCompany: _new, start: _start, ...operation }: UpdateOperation): Promise<void> {
    const consent = Object.values(MARKETING_FIELDS[operation.kind]);
    const fields = Object.entries(operation.fields);
    const own = fields.filter(([field]) => consent.includes(field));
    if (own.length === 0 || own.length === fields.length) return;
    await this.#update({ ...operation, fields: Object.fromEntries(own), sent: {}, credits: [] });
  }

  /** @throws GoneError; where it is not known whether the fields arrived, they count as not sent */
  async #patch(
    { kind, ref, fields, marketing }: Pick<UpdateOperation, 'kind' | 'ref' | 'fields' | 'marketing'>,
    body: Fields,
  ): Promise<void> {
    const key = recordKey({ kind, ref });
    try {
      await gone(key, this.#deps.firefish.update(kind, ref, body));
    } catch (error) {
      if (!isHarmless(error) && !(error instanceof GoneError)) {
        // The address by which it was found may be replaced by now.
        this.#link(this.#planned(key));
        this.#change(key, (record) => ({
          ...record,
          sent: without(record.sent, fields),
          marketing: without(record.marketing, marketing),
        }));
      }
      throw error;
    }
  }

  /** A record that was only now found is not among the person's yet. */
  #link(planned: LinkedRecord | undefined): void {
    this.#effect((person) =>
      planned === undefined || person.records.some((record) => recordKey(record) === recordKey(planned))
        ? person
        : { ...person, records: [...person.records, planned] },
    );
  }

  #planned(key: RecordKey): LinkedRecord | undefined {
    return this.result.records.find((record) => recordKey(record) === key);
  }

  async #done(
    key: RecordKey,
    { sent, marketing, start }: Pick<LinkedRecord, 'marketing'> & Partial<LinkedRecord>,
  ): Promise<void> {
    const planned = this.#planned(key);
    if (planned === undefined) {
      const applied = { ...this.#reached.get(key), ...marketing };
      this.#reached.set(key, applied);
      await this.#deps.reached(key, applied);
      return;
    }
    this.#link(planned);
    this.#change(key, (record) => ({
      ...record,
      sent: { ...record.sent, ...sent },
      marketing: { ...record.marketing, ...marketing },
      ...(start !== undefined && { start }),
    }));
  }

  async #note(operation: NoteOperation): Promise<void> {
    const { kind, key, text, occurredAt, begun, ref = this.#created, version, credits } = operation;
    if (ref === undefined) throw new Error('a note without a record to write it on');
    const record = recordKey({ kind, ref });
    if (begun === undefined || !(await this.#isWritten(begun, text, occurredAt))) {
      const by = credits[0]?.eventId;
      await this.#deps.begunNote(key, {
        ...{ record, at: begun?.at ?? this.#deps.clock.now() },
        ...defined({ by, noteVersion: version }),
      });
      await gone(record, this.#deps.firefish.addNote(kind, ref, text));
    }
    if (operation.marketing !== undefined) await this.#done(record, { marketing: operation.marketing });
    this.#credit(credits, kind, ref);
  }

  /** Looks on the record of the earlier try: since then persons may have been merged, and the note gone to another. */
  async #isWritten({ record, at }: { record: RecordKey; at: number }, text: string, occurredAt: number) {
    const { kind, ref } = recordOf(record);
    try {
      return await this.#deps.firefish.hasNote(kind, ref, text, Math.min(at, occurredAt));
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  async #document(operation: DocumentOperation): Promise<void> {
    const { documentId, type, credits, ref = this.#created } = operation;
    if (ref === undefined) throw new Error('a document without a candidate to put it on');
    // Two events may name one document.
    if (this.#given.has(documentId)) {
      const unchanged = credits.map((credit): Credit => ({ ...credit, operation: 'unchanged' }));
      this.#credit(unchanged, 'candidate', ref);
      return;
    }
    const hasCv = [...this.#given.values()].includes('CV');
    const giving = giveDocument(this.#deps, { ...operation, ref }, hasCv);
    const other = await gone(recordKey({ kind: 'candidate', ref }), giving);
    if (other === undefined) {
      this.#given.set(documentId, type);
      this.#credit(credits, 'candidate', ref);
      return;
    }
    for (const { eventId } of credits) {
      const outcome = this.outcomes[eventId];
      if (outcome?.state === 'synced')
        this.outcomes[eventId] = { ...other, actions: [], notes: outcome.notes };
    }
  }

  /** The body to send: the company found or made, nested fields nested. */
  async #body({ fields, newCompany }: CreateOperation | UpdateOperation): Promise<Fields> {
    if (newCompany === undefined) return toFirefishBody(fields);
    const { ref } = await this.#deps.companies.ensure(newCompany, {});
    return toFirefishBody({ ...fields, [COMPANY_FIELD]: ref });
  }

  /** What a done operation changes of the person. */
  #effect(effect: (person: PersonState) => PersonState): void {
    this.progress = effect(this.progress);
    this.result = effect(this.result);
  }

  #change(key: RecordKey, change: (record: LinkedRecord) => LinkedRecord): void {
    this.#effect((person) => ({
      ...person,
      records: person.records.map((record) => (recordKey(record) === key ? change(record) : record)),
    }));
  }

  #credit(credits: readonly Credit[], kind: Kind, ref: number): void {
    for (const { eventId, operation, fields } of credits) {
      const outcome = this.outcomes[eventId];
      if (outcome === undefined || outcome.state === 'skipped') continue;
      outcome.actions.push({ entity: kind, ref, operation, ...(fields === undefined ? {} : { fields }) });
    }
  }
}

const without = <T>(record: Partial<Record<string, T>>, names: object): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => !(entry[0] in names)));

const settledAt = (person: PersonState, settlesAt: number): PersonState => ({
  ...person,
  createIntents: person.createIntents.map((intent) => ({ ...intent, settlesAt })),
});

/** @throws GoneError that names the record */
export async function gone<T>(record: RecordKey, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof NotFoundError ? new GoneError(record) : error;
  }
}
