/** The events of one person, from the locked person to their end: match, plan, apply, and what comes of each. */
import { FactFinder, mustReachAll, type Searched } from './read-facts.ts';
import { Application, GoneError, type Refusal } from '../apply/application.ts';
import { Companies } from '../companies/companies.ts';
import { Documents } from '../documents/documents.ts';
import type { PersonEvent } from '../events/event.ts';
import type { EventAction, Outcome } from '../events/event-item.ts';
import { byOrder } from '../events/event-order.ts';
import type { Work } from '../events/urgency.ts';
import { ConflictedError, FailedError, RefusedError } from '../firefish/errors.ts';
import type { EventId, PersonId } from '../ids.ts';
import { type Consents, consentUpdates, isAboutConsent, sameConsent } from '../plan/consent.ts';
import { type Fallback, refusedFields } from '../plan/create.ts';
import { COMPANY_FIELD } from '../plan/fields.ts';
import { MOST_ACTIONS } from '../plan/outcomes.ts';
import {
  foldIdentity,
  matchedAgain,
  type PersonState,
  recordKey,
  type RecordKey,
} from '../plan/person-state.ts';
import type { InHand, Plan } from '../plan/types.ts';
import { addressEntryKey, recordPersonKey } from '../store/sync-keys.ts';
import { CONFLICT_FOR_MS, RETRY_PAUSES_MS } from '../times.ts';
import { type Loaded, type TurnContext, waitAfter, type Waits } from '../turn/turn-context.ts';
import { TurnOverError } from '../turn-over-error.ts';
import { checkLinks } from './check-links.ts';
import { readPersonConsent, rememberPersonConsent } from './consent.ts';
import { flagEntry, inHand } from './identity-index.ts';
import { type Held, keepNote, keepReached, savePerson } from './person-store.ts';
import { PlanOutdatedError, withRecords, writesSoFar } from './record-locks.ts';
import { WaitingEvents } from './waiting-events.ts';

export type Due = Loaded<PersonEvent>;

/** Firefish has refused part of it permanently. */
export interface Refused {
  kind: 'refused';
  refusals: Refusal[];
  actions: EventAction[];
}
export type PersonResult = { kind: 'ended'; actions: EventAction[] } | Waits | Refused;

/** Deleted records are matched again this often before an event fails. */
const ROUNDS = 3;

interface Job {
  due: readonly Due[];
  /** The person is only brought in line with the consent that is kept: there are no events. */
  isRefresh: boolean;
  searched?: Searched | undefined;
  /** What records of people who share an address refused. */
  refusedElsewhere?: readonly Refusal[] | undefined;
  /** Ids of events that end once this is done. */
  ending?: readonly EventId[];
}

/** A plan that was carried out, except for what was refused. */
interface Attempt {
  planned: Plan;
  consents: Consents;
  application: Application;
  refusals: Refusal[];
}

/** @param person with all that the events say of who they are; @param held as they are stored */
export const workOnPerson = (
  context: TurnContext,
  work: Work,
  person: PersonState,
  held: Held,
  job: Job,
): Promise<PersonResult> => new PersonWork(context, work, person, held, job).run();

class PersonWork {
  readonly #context: TurnContext;
  readonly #finder: FactFinder;
  readonly #work: Work;
  readonly #job: Job;
  #held: Held;
  /** The person as the next plan begins with them. */
  #person: PersonState;
  /** The person as they were identified or last saved. */
  #saved: PersonState;
  /** The person as they stand, with what was done and is not saved yet. */
  #current: () => PersonState;
  readonly #waiting: WaitingEvents;
  /** The last one that was made. */
  #plan: Plan | undefined;
  readonly #companies: Companies;
  /** What Firefish has refused, and is not sent again. */
  readonly #without = new Set<Fallback>();

  constructor(context: TurnContext, work: Work, person: PersonState, held: Held, job: Job) {
    this.#context = context;
    this.#work = work;
    this.#person = person;
    this.#saved = person;
    this.#held = held;
    this.#job = job;
    this.#current = () => person;
    this.#waiting = new WaitingEvents(context, work, person.personId);
    this.#companies = new Companies(context, work);
    this.#finder = new FactFinder(context, {
      firefish: context.firefish(work),
      findCompany: (name) => this.#companies.find(name),
    });
  }

  get #planned() {
    return { state: this.#person, ids: new Set([this.#person.personId]) };
  }

  get #dueIds(): EventId[] {
    return this.#job.due.map(({ event }) => event.id);
  }

  async run(): Promise<PersonResult> {
    const settles = unsettledUntil(this.#person);
    if (settles > this.#context.clock.now()) return { kind: 'waits', until: settles, reason: 'settling' };
    try {
      this.#beginWith(await checkLinks(this.#context, this.#context.firefish(this.#work), this.#person));
      const { ending = [] } = this.#job;
      await this.#waiting.read(new Set([...this.#dueIds, ...ending]));
      const { searched } = this.#job;
      if (searched !== undefined) await this.#finder.alreadySearched(this.#planned, searched);
      return await this.#end(await this.#carryOut());
    } catch (error) {
      if (error instanceof TurnOverError) throw error;
      await this.#keepProgress();
      const waits = waitAfter(this.#context, error);
      if (waits === undefined) throw error;
      return waits;
    }
  }

  #beginWith(person: PersonState): void {
    this.#person = person;
    this.#current = () => person;
  }

  async #carryOut(): Promise<Attempt> {
    let failures = 0;
    for (let round = 1; ; round += 1) {
      try {
        const attempt = await this.#attempt();
        if (!(await this.#fallBack(attempt.refusals))) return attempt;
        await this.#startAgain(this.#current());
      } catch (error) {
        const pauseMs = error instanceof FailedError ? RETRY_PAUSES_MS[failures] : undefined;
        if (pauseMs !== undefined) {
          failures += 1;
          await this.#context.clock.sleep(pauseMs);
          // What failed may have been done anyway: it is looked for by the next plan.
          await this.#startAgain(this.#current());
        } else if (error instanceof GoneError && round < ROUNDS + failures) {
          await this.#startAgain(matchedAgain(this.#current(), error.record));
        } else if (error instanceof PlanOutdatedError) this.#finder.forget();
        else if (error instanceof FailedError && (await this.#waiting.reopen(this.#plan)))
          await this.#startAgain(this.#current());
        else throw error;
      }
    }
  }

  async #startAgain(person: PersonState): Promise<void> {
    this.#finder.forget();
    await this.#save(person);
    this.#current = () => person;
  }

  /** Whether what was refused can be done without an optional value: once for each, after another look. */
  async #fallBack(refusals: readonly Refusal[]): Promise<boolean> {
    let isAgain = false;
    for (const { error, operation } of refusals) {
      if (!(error instanceof RefusedError) || !('fields' in operation)) continue;
      const { fields } = operation;
      for (const field of refusedFields(error, Object.keys(fields))) {
        if (this.#without.has(field)) continue;
        const isDefault = field === 'Source' && fields[field] === this.#context.tenant.settings.defaultSource;
        if (field === 'CompanyRef') await this.#forgetCompany(fields[COMPANY_FIELD]);
        else if (operation.do !== 'create' || isDefault) continue;
        this.#without.add(field);
        isAgain = true;
      }
    }
    return isAgain;
  }

  /** The ref was of a company that is not there any more: its name is looked up again. */
  async #forgetCompany(ref: unknown): Promise<void> {
    if (typeof ref !== 'number') return;
    for (const [name, refs] of this.#finder.facts.companies) {
      if (refs.includes(ref)) await this.#companies.missing(name, ref);
    }
  }

  async #attempt(): Promise<Attempt> {
    const { locks, tenant } = this.#context;
    const own = this.#job.due.map(({ event }) => event);
    // An opt-in that waits is remembered nowhere else.
    const said = [...own, ...this.#waiting.all.map(({ event }) => event)];
    const events = this.#events();
    // An address that is said to be wrong now leads to no consent from after it.
    const identified = foldIdentity({ person: this.#person, events, hash: (value) => tenant.hash(value) });
    const { consents, optOuts } = await rememberPersonConsent(this.#context, identified, said);
    const early = await this.#applyEarly(own, consents);
    const reachAll = this.#job.isRefresh || mustReachAll(own, this.#person, consents);
    const since = writesSoFar(locks);
    const planning = { events, consents, optOuts, reachAll, early, refused: this.#without };
    const planned = await this.#finder.plan(this.#planned, planning);
    this.#plan = planned;
    const application = this.#apply(planned);
    this.#current = () => application.progress;
    const refusals = await withRecords(locks, planned.operations, since, () => application.run());
    return { planned, consents, application, refusals };
  }

  /** Consent goes to the linked records first: searches may have to wait. */
  async #applyEarly(own: readonly PersonEvent[], consents: Consents): Promise<ReadonlySet<RecordKey>> {
    if (!own.some(isAboutConsent)) return new Set();
    const person = this.#person;
    const operations = consentUpdates(person, consents, this.#context.tenant.settings);
    const application = this.#apply({ operations, person, outcomes: {} });
    this.#current = () => application.progress;
    try {
      // The plan comes to what was refused again, and says so.
      const refused = new Set((await application.run()).map(({ record }) => record));
      return new Set(operations.map(recordKey).filter((record) => !refused.has(record)));
    } finally {
      this.#person = application.progress;
    }
  }

  #apply(planned: Pick<Plan, 'operations' | 'person' | 'outcomes'>): Application {
    const { clock, callTimeoutMs } = this.#context;
    const { personId } = this.#person;
    return new Application(
      {
        ...{ clock, callTimeoutMs, companies: this.#companies },
        firefish: this.#context.firefish(this.#work),
        documents: new Documents(this.#context),
        save: (person) => this.#save(person),
        begunNote: (key, note) => keepNote(this.#context, personId, key, note),
        reached: (record, applied) => keepReached(this.#context, personId, record, applied),
      },
      this.#person,
      planned,
      this.#finder.facts.reached,
    );
  }

  #events(): InHand[] {
    const { tenant } = this.#context;
    return [
      ...this.#job.due.map(({ event }) => inHand(tenant, event, false)),
      ...this.#waiting.all.map(({ event }) => inHand(tenant, event, true)),
    ].sort(byOrder);
  }

  async #end({ planned, consents, application, refusals }: Attempt): Promise<PersonResult> {
    const actions = planned.operations.flatMap(actionsOf);
    const all = [...refusals, ...(this.#job.refusedElsewhere ?? [])];
    if (all.length > 0) return this.#refused(all, actions);
    const result = settled(application.result);
    await this.#keepFlags(planned, result);
    await this.#waiting.keep(planned);
    await this.#save(result);
    this.#current = () => result;
    if (await this.#hasNewConsent(consents)) {
      // It reaches every record with one of the addresses, too.
      const job = { due: [], isRefresh: true, ending: this.#dueIds };
      const again = await workOnPerson(this.#context, this.#work, this.#person, this.#held, job);
      if (again.kind !== 'ended') return again;
    }
    await this.#finish(planned, application.outcomes);
    return { kind: 'ended', actions };
  }

  /** What is locked by someone is tried again for a while; then it counts as refused. */
  async #refused(refusals: Refusal[], actions: EventAction[]): Promise<PersonResult> {
    const now = this.#context.clock.now();
    const person = this.#current();
    const { conflictSince = now } = person;
    const conflict = refusals.find(({ error }) => error instanceof ConflictedError)?.error;
    const waits = waitAfter(this.#context, conflict);
    if (waits !== undefined && now < conflictSince + CONFLICT_FOR_MS) {
      await this.#save({ ...person, conflictSince });
      return waits;
    }
    await this.#startAgain(settled(person));
    if (await this.#waiting.reopen(this.#plan)) return this.run();
    return { kind: 'refused', refusals, actions };
  }

  /** What wrong addresses change beyond the person: they are free for others. */
  async #keepFlags(planned: Plan, person: PersonState): Promise<void> {
    const { table, tenant } = this.#context;
    const { tenantId, linksSince } = tenant;
    const records = person.records.map(recordKey);
    for (const { addressHash, order } of planned.flags) {
      const address = person.addresses[addressHash];
      if (address === undefined) continue;
      const key = addressEntryKey(tenantId, address.domainHash, addressHash);
      const flag = { personId: person.personId, order, records };
      await flagEntry(table, key, { ...flag, ...(linksSince !== undefined && { linksSince }) });
    }
  }

  /**
   * Consent that came meanwhile and did not wait for this person: either its search sees the records as they are now, or
   * this look sees the consent.
   */
  async #hasNewConsent(consents: Consents): Promise<boolean> {
    return !sameConsent(await readPersonConsent(this.#context, this.#person), consents);
  }

  /** The due events last: as long as one of them is open, the rest is done again should the turn end here. */
  async #finish(planned: Plan, outcomes: Readonly<Record<string, Outcome>>): Promise<void> {
    const { personId } = this.#person;
    await this.#waiting.finish(planned, outcomes);
    for (const { event, item } of this.#job.due) {
      const outcome = outcomes[event.id];
      if (outcome === undefined) continue;
      const actions = outcome.actions.slice(0, MOST_ACTIONS);
      // Only ids that `personIdOf` and `newPersonId` make are ids of persons.
      await this.#context.finish({ ...item, personId: personId as PersonId }, { ...outcome, actions });
    }
  }

  /** Nothing is written where nothing was done: a whole tenant may wait. */
  async #keepProgress(): Promise<void> {
    const person = this.#current();
    if (person !== this.#saved) await this.#save(person).catch(() => undefined);
  }

  async #save(person: PersonState): Promise<void> {
    await this.#pointRecords(person);
    this.#held = await savePerson(this.#context, this.#held, person);
    this.#person = person;
    this.#saved = person;
  }

  /** Where addresses tie nobody together, which person a record is linked to is kept before the link. */
  async #pointRecords({ records, personId }: PersonState): Promise<void> {
    const { table, tenant } = this.#context;
    const { tenantId, linksSince, settings } = tenant;
    if (settings.mergeWithExisting) return;
    const { state } = this.#held;
    const known = new Set(state.linksSince === linksSince ? state.records.map(recordKey) : []);
    for (const record of records.map(recordKey).filter((one) => !known.has(one)))
      await table.put({ ...recordPersonKey(tenantId, record), personId, linksSince }, 'anything');
  }
}

const settled = ({ conflictSince: _over, ...person }: PersonState): PersonState => person;

/** Until when a write of an earlier try may still take effect (epoch milliseconds). */
const unsettledUntil = ({ unsettledUntil: until = 0, createIntents }: PersonState): number =>
  Math.max(until, ...createIntents.map(({ settlesAt }) => settlesAt));

function actionsOf(operation: Plan['operations'][number]): EventAction[] {
  if (operation.do !== 'update' || Object.keys(operation.fields).length === 0) return [];
  const fields = Object.keys(operation.fields).sort();
  return [{ entity: operation.kind, ref: operation.ref, operation: 'updated', fields }];
}
