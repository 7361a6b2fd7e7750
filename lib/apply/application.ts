/**
 * Carries out a plan, write by write, and keeps count of what is done. What a turn can die between is kept first: a
 * creation and a note leave an intent, and the next try looks before it does them again.
 */
import type { EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Companies } from '../companies/companies.ts';
import type { Documents } from '../documents/documents.ts';
import type { Kind } from '../events/event.ts';
import type { Outcome } from '../events/event-item.ts';
import {
  ConflictedError,
  FailedError,
  NotFoundError,
  RefusedError,
  UnknownOutcomeError,
} from '../firefish/errors.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { toFirefishBody } from '../mapping/firefish-fields.ts';
import type { Consent, Consents } from '../plan/consent.ts';
import { COMPANY_FIELD } from '../plan/fields.ts';
import { addressKept } from '../plan/note-text.ts';
import { MARKETING_FIELDS, marketingPatch } from '../plan/marketing.ts';
import {
  type AppliedConsent,
  type CreateIntent,
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
import { giveDocument, type NotGiven } from './give-document.ts';
import { isHarmless } from './harmless.ts';

/** A record of the person was deleted in Firefish. */
export class GoneError extends Error {
  override name = 'GoneError';
  readonly record: RecordKey;
  constructor(record: RecordKey) {
    super('a record of the person is not in Firefish any more');
    this.record = record;
  }
}

/** What Firefish did not take; the operations on other records are done all the same. */
export interface Refusal {
  /** Absent: the record that the plan creates. */
  record?: RecordKey;
  operation: Operation;
  error: RefusedError | ConflictedError;
}

export interface ApplyDeps {
  firefish: Firefish;
  companies: Pick<Companies, 'ensure'>;
  clock: Clock;
  callTimeoutMs: number;
  /** Keeps the person as they stand. */
  save(person: PersonState): Promise<void>;
  /** Keeps the intent to write a note. */
  begunNote(
    key: string,
    note: { record: RecordKey; at: number; by?: EventId; noteVersion?: NoteVersion },
  ): Promise<void>;
  documents: Pick<Documents, 'read' | 'sending' | 'notSent' | 'given'>;
  /** Keeps the consent applied to a record that is not the person's. */
  reached(record: RecordKey, applied: AppliedConsent): Promise<void>;
}

/** What a done operation changes of the person. */
type Effect = (person: PersonState) => PersonState;
type Target = { kind: Kind; ref: number };

export class Application {
  readonly #deps: ApplyDeps;
  readonly #before: PersonState;
  readonly #plan: Plan | undefined;
  readonly #effects: Effect[] = [];
  readonly #reached: Map<RecordKey, AppliedConsent>;
  readonly outcomes: Record<string, Outcome>;
  #created: number | undefined;
  /** Documents that Firefish has by now, by id. */
  readonly #given = new Map<string, DocumentOperation['type']>();

  /** @param reached consent applied so far to records that share an address but are not the person's */
  constructor(
    deps: ApplyDeps,
    before: PersonState,
    plan?: Plan,
    reached: ReadonlyMap<RecordKey, AppliedConsent> = new Map(),
  ) {
    this.#deps = deps;
    this.#before = before;
    this.#plan = plan;
    this.#reached = new Map(reached);
    this.outcomes = structuredClone(plan?.outcomes ?? {});
  }

  /** The person as they stand if nothing more is done: what was known before, and what was done since. */
  get progress(): PersonState {
    return this.#effects.reduce((person, effect) => effect(person), this.#before);
  }

  /** The person once all of the plan is done. */
  get result(): PersonState {
    return this.#effects.reduce((person, effect) => effect(person), this.#plan?.person ?? this.#before);
  }

  /**
   * Answers what was refused.
   * @throws GoneError, FirefishError; `progress` then holds what was done, and, after an UnknownOutcomeError, until
   * when nothing more may be written
   */
  async run(): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (const operation of this.#plan?.operations ?? []) {
      const record = targetOf(operation);
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
    const { kind, eventId, since } = operation;
    const { clock, callTimeoutMs, firefish } = this.#deps;
    const fields = await this.#body(operation);
    const at = clock.now();
    // The call may wait in line before it leaves.
    const settlesAt = at + TURN.waitInsideMs + callTimeoutMs + LATE_MS;
    const intended = this.#effect((person) => ({
      ...person,
      createIntents: [{ kind, eventId, since, at, settlesAt }],
    }));
    await this.#deps.save(this.progress);
    let ref: number;
    try {
      ref = await firefish.create(kind, fields);
    } catch (error) {
      if (isHarmless(error)) this.#effects.splice(this.#effects.indexOf(intended), 1);
      // It failed for certain, or so it was said: what it made all the same can be looked for at once.
      if (error instanceof FailedError) this.#effect((person) => settledAt(person, clock.now()));
      throw error;
    }
    const record: LinkedRecord = {
      ...{ kind, ref, matchedBy: [], createdSince: since, createdBy: eventId },
      ...{ sent: operation.sent, marketing: operation.marketing },
    };
    this.#created = ref;
    this.#effect((person) => ({
      ...person,
      records: [...person.records, record],
      createIntents: [],
      gone: false,
    }));
    this.#credit(operation.credits, kind, ref);
  }

  async #update(operation: UpdateOperation): Promise<void> {
    const { kind, ref } = operation;
    let isKept = false;
    if (Object.keys(operation.fields).length > 0) {
      try {
        await this.#patch({ kind, ref }, await this.#body(operation), operation);
      } catch (error) {
        isKept = operation.blanksAddress === true && error instanceof RefusedError;
        if (!isKept) throw error;
      }
    }
    await this.#done({ kind, ref }, operation);
    if (isKept) this.#say(operation.credits, addressKept({ kind, ref }));
    else this.#credit(operation.credits, kind, ref);
  }

  /** @throws GoneError; where it is not known whether the fields arrived, they count as not sent */
  async #patch(
    target: Target,
    body: Fields,
    { fields, marketing }: Pick<UpdateOperation, 'fields' | 'marketing'>,
  ): Promise<void> {
    try {
      await gone(target, this.#deps.firefish.update(target.kind, target.ref, body));
    } catch (error) {
      if (!isHarmless(error) && !(error instanceof GoneError)) this.#forget(target, fields, marketing);
      throw error;
    }
  }

  #forget(target: Target, fields: Fields, marketing: AppliedConsent): void {
    const key = recordKey(target);
    this.#effect((person) => ({
      ...person,
      records: person.records.map((record) =>
        recordKey(record) === key
          ? { ...record, sent: without(record.sent, fields), marketing: without(record.marketing, marketing) }
          : record,
      ),
    }));
  }

  async #done(
    target: Target,
    {
      sent,
      marketing,
      start,
    }: Pick<LinkedRecord, 'marketing' | 'start'> & Partial<Pick<LinkedRecord, 'sent'>>,
  ): Promise<void> {
    const key = recordKey(target);
    const planned = this.result.records.find((record) => recordKey(record) === key);
    if (planned === undefined) {
      const applied = { ...this.#reached.get(key), ...marketing };
      this.#reached.set(key, applied);
      await this.#deps.reached(key, applied);
      return;
    }
    this.#effect((person) => ({
      ...person,
      records: withRecord(person.records, planned, (record) => ({
        ...record,
        sent: { ...record.sent, ...sent },
        marketing: { ...record.marketing, ...marketing },
        ...(start !== undefined && { start }),
      })),
    }));
  }

  /**
   * Brings all records of the person in line with this consent, as far as they have fields for it. Answers which were
   * changed. What has no field takes a note, which the next plan adds.
   * @param mayLeaveNote consent that may leave a note counts as applied by the plan that adds it
   */
  async applyConsent(
    consents: Consents,
    mayLeaveNote: (kind: Kind, consent: Consent) => boolean,
  ): Promise<RecordKey[]> {
    const changed: RecordKey[] = [];
    for (const { kind, ref, marketing } of this.result.records) {
      const patch = marketingPatch(kind, consents, marketing);
      if (Object.keys(patch.fields).length === 0) continue;
      const noted = new Set<string>(
        patch.news.flatMap(({ consent, channels }) => (mayLeaveNote(kind, consent) ? channels : [])),
      );
      const applied = Object.fromEntries(
        Object.entries(patch.applied).filter(
          ([channel]) => channel in MARKETING_FIELDS[kind] && !noted.has(channel),
        ),
      );
      const target = { kind, ref };
      await this.#settled(
        this.#patch(target, patch.fields, { fields: patch.fields, marketing: applied }).then(() =>
          this.#done(target, { marketing: applied }),
        ),
      );
      changed.push(recordKey(target));
    }
    return changed;
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

  async #note(operation: NoteOperation): Promise<void> {
    const { kind, key, text, occurredAt, begun } = operation;
    const ref = operation.ref ?? this.#created;
    if (ref === undefined) throw new Error('a note without a record to write it on');
    const { clock, firefish } = this.#deps;
    if (begun === undefined || !(await this.#isWritten(begun, text, occurredAt))) {
      const record = recordKey({ kind, ref });
      const by = operation.credits[0]?.eventId;
      const at = begun?.at ?? clock.now();
      await this.#deps.begunNote(key, {
        ...{ record, at },
        ...(by === undefined ? {} : { by }),
        ...(operation.version === undefined ? {} : { noteVersion: operation.version }),
      });
      await gone({ kind, ref }, firefish.addNote(kind, ref, text));
    }
    if (operation.marketing !== undefined)
      await this.#done({ kind, ref }, { marketing: operation.marketing });
    this.#credit(operation.credits, kind, ref);
  }

  async #document(operation: DocumentOperation): Promise<void> {
    const ref = operation.ref ?? this.#created;
    if (ref === undefined) throw new Error('a document without a candidate to put it on');
    const { documentId, type, credits } = operation;
    // Two events may name one document.
    if (this.#given.has(documentId)) {
      this.#credit(
        credits.map((credit) => ({ ...credit, operation: 'unchanged' })),
        'candidate',
        ref,
      );
      return;
    }
    const hasCv = [...this.#given.values()].includes('CV');
    const other = await gone(
      { kind: 'candidate', ref },
      giveDocument(this.#deps, { ...operation, ref }, hasCv),
    );
    if (other === undefined) {
      this.#given.set(documentId, type);
      this.#credit(credits, 'candidate', ref);
    } else for (const { eventId } of credits) this.#endOtherwise(eventId, other);
  }

  /** Instead of what was planned. */
  #endOtherwise(eventId: EventId, { state, reason }: NotGiven): void {
    const outcome = this.outcomes[eventId];
    if (outcome?.state === 'synced')
      this.outcomes[eventId] = { state, reason, actions: [], notes: outcome.notes };
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

  /** The body to send: the company found or made, nested fields nested. */
  async #body({ fields, newCompany }: CreateOperation | UpdateOperation): Promise<Fields> {
    if (newCompany === undefined) return toFirefishBody(fields);
    const { ref } = await this.#deps.companies.ensure(newCompany, {});
    return toFirefishBody({ ...fields, [COMPANY_FIELD]: ref });
  }

  #effect(effect: Effect): Effect {
    this.#effects.push(effect);
    return effect;
  }

  /** What a person should know of these events. */
  #say(credits: readonly Credit[], note: string): void {
    for (const { eventId } of credits) this.outcomes[eventId]?.notes.push(note);
  }

  #credit(credits: readonly Credit[], kind: Kind, ref: number): void {
    for (const { eventId, operation, fields } of credits) {
      const outcome = this.outcomes[eventId];
      if (outcome === undefined || outcome.state === 'skipped') continue;
      outcome.actions.push({ entity: kind, ref, operation, ...(fields === undefined ? {} : { fields }) });
    }
  }
}

const targetOf = (operation: Operation): RecordKey | undefined =>
  'ref' in operation ? recordKey({ kind: operation.kind, ref: operation.ref }) : undefined;

const without = <T>(record: Partial<Record<string, T>>, names: object): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => !(entry[0] in names)));

const settledAt = (person: PersonState, settlesAt: number): PersonState => ({
  ...person,
  createIntents: person.createIntents.map((intent): CreateIntent => ({ ...intent, settlesAt })),
});

/** @throws GoneError that names the record */
async function gone<T>(target: Target, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof NotFoundError ? new GoneError(recordKey(target)) : error;
  }
}

/** A record that was only now found is not among the person's yet. */
function withRecord(
  records: readonly LinkedRecord[],
  found: LinkedRecord,
  change: (record: LinkedRecord) => LinkedRecord,
): LinkedRecord[] {
  const there = records.some((record) => recordKey(record) === recordKey(found));
  return (there ? records : [...records, found]).map((record) =>
    recordKey(record) === recordKey(found) ? change(record) : record,
  );
}
