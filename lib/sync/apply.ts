/**
 * Carries out a plan, write by write. What the process can die between is recorded before it is done: a
 * creation and a note leave an intent, and whoever comes next looks before doing it again.
 */
import type { Kind } from '../events/event.ts';
import { NotFoundError, UnknownOutcomeError } from '../firefish/errors.ts';
import type { Fields } from '../mapping/fields.ts';
import { toFirefishBody } from '../mapping/firefish-fields.ts';
import type { Claim } from './claims.ts';
import { ensureCompany } from './company.ts';
import type { SyncContext } from './context.ts';
import { LATE_MS } from './margins.ts';
import type { Words } from './marketing.ts';
import type { Outcome } from './outcome.ts';
import { type LinkedRecord, type NoteIntent, type PersonState, recordKey, recordOf } from './person.ts';
import { MARKETING_FIELDS, marketingPatch } from './plan-marketing.ts';
import { GoneError } from './read-facts.ts';
import { COMPANY_FIELD } from './plan-fields.ts';
import type { CreateOperation, Credit, NoteOperation, Plan, UpdateOperation } from './plan-types.ts';

/** What a done operation changes of the person. */
type Effect = (person: PersonState) => PersonState;

/** The longest list of written notes that is kept of a person. */
const NOTED_KEPT = 1_000;

export class Application {
  readonly #context: SyncContext;
  readonly #claim: Claim;
  readonly #plan: Plan;
  readonly #before: PersonState;
  readonly #effects: Effect[] = [];
  readonly #outcomes: Record<string, Outcome>;
  #created: number | undefined;

  constructor(context: SyncContext, claim: Claim, plan: Plan) {
    this.#context = context;
    this.#claim = claim;
    this.#plan = plan;
    this.#before = claim.person;
    this.#outcomes = structuredClone(plan.outcomes);
  }

  /** The person as they stand if nothing more is done: what was known before, and what was done since. */
  get progress(): PersonState {
    return this.#effects.reduce((person, effect) => effect(person), this.#before);
  }

  /** The person once all is done. */
  get result(): PersonState {
    const person = this.#effects.reduce((sofar, effect) => effect(sofar), this.#plan.person);
    return { ...person, outcomes: this.#outcomes };
  }

  get outcomes(): Record<string, Outcome> {
    return this.#outcomes;
  }

  /**
   * @throws FirefishError as the client does; `progress` then holds what was done, and, after an
   * UnknownOutcomeError, until when nothing more may be written
   */
  async run(): Promise<void> {
    for (const operation of this.#plan.operations) {
      if (operation.do === 'create') await this.#settled(this.#create(operation));
      else if (operation.do === 'update') await this.#settled(this.#update(operation));
      else await this.#settled(this.#note(operation));
    }
  }

  async #create(operation: CreateOperation): Promise<void> {
    const { kind, eventId, since } = operation;
    const fields = await this.#body(operation);
    const at = this.#context.clock.now();
    const intent = this.#effect((person) => ({
      ...person,
      createIntents: [{ kind, eventId, since, at, settlesAt: this.#claim.settlesAt }],
    }));
    await this.#claim.save(this.progress);
    const startBy = await this.#claim.startBy();
    let ref: number;
    try {
      ref = await this.#context.firefish.create(kind, fields, { startBy });
    } catch (error) {
      // Only where the answer was lost may there be something to look for.
      if (!(error instanceof UnknownOutcomeError)) this.#effects.splice(this.#effects.indexOf(intent), 1);
      throw error;
    }
    const record: LinkedRecord = {
      kind,
      ref,
      matchedBy: [],
      createdSince: since,
      createdBy: eventId,
      sent: operation.sent,
      marketing: operation.marketing,
    };
    this.#created = ref;
    this.#effect((person) => ({
      ...person,
      records: [...person.records, record],
      createIntents: [],
      gone: false,
    }));
    // Should the process die before this is kept, the intent has whoever comes next look for the record.
    this.#credit(operation.credits, kind, ref);
  }

  async #update(operation: UpdateOperation): Promise<void> {
    const { kind, ref, sent, marketing } = operation;
    if (Object.keys(operation.fields).length > 0) {
      const fields = await this.#body(operation);
      await this.#forgetSent(operation);
      const startBy = await this.#claim.startBy();
      await gone({ kind, ref }, this.#context.firefish.update(kind, ref, fields, { startBy }));
    }
    this.#sent({ kind, ref }, sent, marketing);
    this.#credit(operation.credits, kind, ref);
  }

  /**
   * What a field was sent before is forgotten before it is sent anew: should the answer be lost, nobody knows which
   * of the two Firefish has, and the older value may be the newest again.
   */
  async #forgetSent({ kind, ref, fields }: UpdateOperation): Promise<void> {
    const key = recordKey({ kind, ref });
    const there = this.progress.records.find((record) => recordKey(record) === key);
    if (there === undefined || !Object.keys(fields).some((field) => field in there.sent)) return;
    const forget = (record: LinkedRecord): LinkedRecord => ({
      ...record,
      sent: Object.fromEntries(Object.entries(record.sent).filter(([field]) => !(field in fields))),
    });
    this.#effect((person) => ({ ...person, records: withRecord(person.records, there, forget) }));
    await this.#claim.save(this.progress);
  }

  #sent(
    target: { kind: Kind; ref: number },
    sent: LinkedRecord['sent'],
    marketing: LinkedRecord['marketing'],
  ): void {
    const key = recordKey(target);
    const planned = this.result.records.find((record) => recordKey(record) === key);
    if (planned === undefined) {
      this.#effect((person) => ({
        ...person,
        reached: { ...person.reached, [key]: { ...person.reached[key], ...marketing } },
      }));
      return;
    }
    this.#effect((person) => ({
      ...person,
      records: withRecord(person.records, planned, (record) => ({
        ...record,
        sent: { ...record.sent, ...sent },
        marketing: { ...record.marketing, ...marketing },
      })),
    }));
  }

  /** Brings all that the plan may have written in line with words that came meanwhile. */
  async applyWords(words: Words): Promise<void> {
    for (const { kind, ref, marketing } of [...this.result.records, ...this.#others()]) {
      const patch = marketingPatch(kind, words, marketing);
      if (Object.keys(patch.fields).length === 0) continue;
      // What has no field takes a note: the next event on the person finds these still unheard.
      const applied = Object.fromEntries(
        Object.entries(patch.applied).filter(([channel]) => channel in MARKETING_FIELDS[kind]),
      );
      const startBy = await this.#claim.startBy();
      await this.#settled(
        gone({ kind, ref }, this.#context.firefish.update(kind, ref, patch.fields, { startBy })),
      );
      this.#sent({ kind, ref }, {}, applied);
    }
  }

  /** The records that were updated without being the person's: they share an address. */
  #others(): Pick<LinkedRecord, 'kind' | 'ref' | 'marketing'>[] {
    const { records, reached } = this.result;
    const own = new Set(records.map(recordKey));
    return this.#plan.operations.flatMap((one) => {
      if (one.do !== 'update' || own.has(recordKey(one))) return [];
      return [{ kind: one.kind, ref: one.ref, marketing: reached[recordKey(one)] ?? {} }];
    });
  }

  /** After a lost answer nothing more may be written before it can no longer take effect. */
  async #settled<T>(write: Promise<T>): Promise<T> {
    try {
      return await write;
    } catch (error) {
      if (error instanceof UnknownOutcomeError) {
        const unsettledUntil = error.sentAt + this.#context.callTimeoutMs + LATE_MS;
        this.#effects.push((person) => settling(person, unsettledUntil));
      }
      throw error;
    }
  }

  async #note(operation: NoteOperation): Promise<void> {
    const { kind, key, text, occurredAt } = operation;
    const ref = operation.ref ?? this.#created;
    if (ref === undefined) throw new Error('a note without a record to write it on');
    const { clock } = this.#context;
    const earlierTry = this.progress.noteIntents[key];
    const written = earlierTry !== undefined && (await this.#hasNote(earlierTry, text, occurredAt));
    if (!written) await this.#writeNote(operation, ref, earlierTry?.at ?? clock.now());
    this.#effect((person) => {
      const noteIntents = Object.fromEntries(
        Object.entries(person.noteIntents).filter(([one]) => one !== key),
      );
      return { ...person, noteIntents, noted: [...person.noted, key].slice(-NOTED_KEPT) };
    });
    if (operation.marketing !== undefined) this.#sent({ kind, ref }, {}, operation.marketing);
    this.#credit(operation.credits, kind, ref);
  }

  /** Looks on the record of the earlier try: since then persons may have been merged, and the note gone to another. */
  async #hasNote({ record, at }: NoteIntent, text: string, occurredAt: number): Promise<boolean> {
    const { kind, ref } = recordOf(record);
    try {
      return await this.#context.firefish.hasNote(kind, ref, text, Math.min(at, occurredAt));
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  async #writeNote({ kind, key, text }: NoteOperation, ref: number, at: number): Promise<void> {
    const intent = this.#effect((person) => ({
      ...person,
      noteIntents: { ...person.noteIntents, [key]: { record: recordKey({ kind, ref }), at } },
    }));
    await this.#claim.save(this.progress);
    const startBy = await this.#claim.startBy();
    try {
      await gone({ kind, ref }, this.#context.firefish.addNote(kind, ref, text, { startBy }));
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError)) this.#effects.splice(this.#effects.indexOf(intent), 1);
      throw error;
    }
  }

  /** The body to send: the company found or made, nested fields nested. */
  async #body({ fields, newCompany }: CreateOperation | UpdateOperation): Promise<Fields> {
    if (newCompany === undefined) return toFirefishBody(fields);
    // Who has lost the person makes no company for them either.
    const startBy = await this.#claim.startBy();
    const { ref } = await ensureCompany(this.#context, newCompany, {}, startBy);
    return toFirefishBody({ ...fields, [COMPANY_FIELD]: ref });
  }

  #effect(effect: Effect): Effect {
    this.#effects.push(effect);
    return effect;
  }

  #credit(credits: readonly Credit[], kind: 'candidate' | 'contact', ref: number): void {
    for (const { eventId, operation, fields } of credits) {
      const outcome = this.#outcomes[eventId];
      if (outcome?.state !== 'synced') continue;
      outcome.actions.push({ entity: kind, ref, operation, ...(fields === undefined ? {} : { fields }) });
    }
  }
}

/** A record that is not there any more, named. @throws GoneError */
async function gone<T>(target: { kind: Kind; ref: number }, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof NotFoundError ? new GoneError(recordKey(target)) : error;
  }
}

const settling = (person: PersonState, until: number): PersonState => ({
  ...person,
  unsettledUntil: Math.max(person.unsettledUntil ?? 0, until),
  createIntents: person.createIntents.map((intent) => ({ ...intent, settlesAt: until })),
});

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
