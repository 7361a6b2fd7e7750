/** One person's events, from the claim to their end: match, plan, apply, and what comes of each. */
import type { PersonEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { RefusedError } from '../firefish/errors.ts';
import { eventKey } from '../store/keys.ts';
import { Application } from './apply.ts';
import { type Claim, claimPerson } from './claims.ts';
import { findCompany } from './company.ts';
import type { SyncContext } from './context.ts';
import { deferralFor } from './deferral.ts';
import { finishEvent } from './finish.ts';
import { TooManyNamesError } from './held-person.ts';
import type { Identity } from './leads.ts';
import { identityOf, inHand, isBounded, type Loaded, openEvent } from './loaded-event.ts';
import { newestWords, rememberWords, type Subject, type Words } from './marketing.ts';
import type { Deferral, Outcome } from './outcome.ts';
import { matchedAnew, type PersonState, type RecordKey, recordKey } from './person.ts';
import { BusyError } from './person-lease.ts';
import { foldIdentity } from './plan-identity.ts';
import type { InHand, Plan } from './plan-types.ts';
import { mustReachAll, readAndPlan } from './read-and-plan.ts';
import { alreadySearched, GoneError, type Known, nothingKnown, type Searched } from './read-facts.ts';
import { byStamp } from './stamp.ts';
import { readPersonWords, rememberPersonWords, sameWords, wordsSaid } from './words.ts';

type Due = Loaded<PersonEvent>;

/** How long a worker waits for a person whom another has, before the events are put off. */
const PATIENCE_MS = 2_000;
/** Deleted records and conflicts are matched anew this often before an event is parked. */
const ROUNDS = 3;

/**
 * Works on events about one person (of one `candidateId`). Answers nothing once all of them have ended, else
 * until when they wait. Unexpected errors pass: whoever called counts a breakdown.
 */
export async function syncPerson(context: SyncContext, due: readonly Due[]): Promise<Deferral | undefined> {
  const identities = due.map(({ event }) => identityOf(context.tenant, event));
  const work = (claim: Claim) => new PersonSync(context, claim, due).run();
  try {
    return await claimed(context, identities, work, isBounded(due.map(({ event }) => event)));
  } catch (error) {
    if (!(error instanceof TooManyNamesError)) throw error;
    return failAlone(context, due, error.message);
  }
}

/** Of several events each is tried alone, so that only the one at fault is parked. */
async function failAlone(
  context: SyncContext,
  due: readonly Due[],
  reason: string,
): Promise<Deferral | undefined> {
  const [first] = due;
  if (first === undefined) return undefined;
  if (due.length > 1) {
    let waits: Deferral | undefined;
    for (const one of due) waits = (await syncPerson(context, [one])) ?? waits;
    return waits;
  }
  await finishEvent(context, first.item, { state: 'failed', reason, actions: [], notes: [] });
  return undefined;
}

/**
 * Brings a person's records in line with the words on them, for a domain's word.
 * @param searches what a search of the whole domain found
 */
export async function refreshPerson(
  context: SyncContext,
  identity: Identity,
  searches: Searched['searches'],
  credit: (outcome: Outcome) => void,
): Promise<Deferral | undefined> {
  const { addresses } = identity;
  return claimed(context, [identity], (claim) =>
    new PersonSync(context, claim, [], credit).run({ addresses, searches }),
  );
}

async function claimed(
  context: SyncContext,
  identities: readonly Identity[],
  work: (claim: Claim) => Promise<Deferral | undefined>,
  bounded = false,
): Promise<Deferral | undefined> {
  try {
    return await work(await claimPatiently(context, identities, bounded));
  } catch (error) {
    const deferral = deferralFor(context, error);
    if (deferral === undefined) throw error;
    return deferral;
  }
}

async function claimPatiently(
  context: SyncContext,
  identities: readonly Identity[],
  bounded: boolean,
): Promise<Claim> {
  const { clock, random, tenant, table, cipher, newId, callTimeoutMs } = context;
  const { tenantId, settings } = tenant;
  const deps = {
    table,
    tenantId,
    cipher,
    clock,
    newId,
    callTimeoutMs,
    matchByAddress: settings.mergeWithExisting,
    isBounded: bounded,
  };
  const until = clock.now() + PATIENCE_MS;
  for (let wait = 50; ; wait *= 2) {
    try {
      return await claimPerson(deps, identities);
    } catch (error) {
      if (!(error instanceof BusyError) || clock.now() + wait > until) throw error;
      await clock.sleep(wait / 2 + random() * wait);
    }
  }
}

class PersonSync {
  readonly #context: SyncContext;
  readonly #claim: Claim;
  readonly #due: readonly Due[];
  readonly #credit: ((outcome: Outcome) => void) | undefined;
  #known: Known = nothingKnown();
  #pending: Due[] = [];
  #application: Application | undefined;
  #released = false;

  constructor(context: SyncContext, claim: Claim, due: readonly Due[], credit?: (outcome: Outcome) => void) {
    this.#context = context;
    this.#claim = claim;
    this.#due = due;
    this.#credit = credit;
  }

  /** @param searched what was searched for already */
  async run(searched?: Searched): Promise<Deferral | undefined> {
    try {
      if (searched !== undefined) this.#known = await alreadySearched(this.#claim, searched);
      if (this.#claim.isNew && (await this.#isErased())) return await this.#forget();
      await this.#settle();
      const unsettled = this.#unsettledUntil();
      if (unsettled > this.#context.clock.now()) {
        await this.#release(this.#claim.person);
        return { at: unsettled, reason: 'settling', tenantWide: false };
      }
      this.#pending = await this.#loadPending();
      const planned = await this.#carryOut();
      await this.#end(planned);
      return undefined;
    } catch (error) {
      await this.#letGo();
      if (error instanceof RefusedError) return this.#refused(error);
      throw error;
    }
  }

  /** Whether the person was erased after these events were read: whoever is erased is new to the next claim. */
  async #isErased(): Promise<boolean> {
    const { table, tenant } = this.#context;
    const keys = this.#due.map(({ event }) => eventKey(tenant.tenantId, event.id));
    const items = (await table.getMany(keys)) as StoredEvent[];
    return items.some(({ payload }) => payload === undefined);
  }

  /** What of the events is still there is read anew. */
  async #forget(): Promise<Deferral> {
    this.#released = true;
    await this.#claim.forget(this.#due.map(({ event }) => identityOf(this.#context.tenant, event)));
    return { at: this.#context.clock.now(), reason: 'busy', tenantWide: false };
  }

  /** Events whose last round was done, but whose items do not say so yet. */
  async #settle(): Promise<void> {
    const { outcomes } = this.#claim.person;
    if (!this.#due.some(({ event }) => outcomes[event.id] !== undefined)) return;
    const { table, tenant } = this.#context;
    const keys = Object.keys(outcomes).map((id) => eventKey(tenant.tenantId, id));
    for (const item of (await table.getMany(keys)) as StoredEvent[]) {
      const outcome = outcomes[item.sk];
      if (outcome !== undefined) await finishEvent(this.#context, item, outcome, outcome.state === 'synced');
    }
  }

  /** Until when a write of an earlier try may still take effect (epoch milliseconds). */
  #unsettledUntil(): number {
    const { unsettledUntil, createIntents } = this.#claim.person;
    return Math.max(unsettledUntil ?? 0, ...createIntents.map(({ settlesAt }) => settlesAt));
  }

  #open(): readonly Due[] {
    return this.#due.filter(({ event }) => this.#claim.person.outcomes[event.id] === undefined);
  }

  async #loadPending(): Promise<Due[]> {
    const { table, tenant } = this.#context;
    // A repeat of one that was skipped in the last round is no due event, and still waits.
    const due = new Set(this.#open().map(({ event }) => event.id));
    const ids = Object.keys(this.#claim.person.pending).filter((id) => !due.has(id));
    const items = (await table.getMany(ids.map((id) => eventKey(tenant.tenantId, id)))) as StoredEvent[];
    const opened = await Promise.all(items.map((item) => openEvent(this.#context, item)));
    // Only events about a person are ever pending.
    return opened.filter((one): one is Due => one !== undefined && 'record' in one.event);
  }

  async #carryOut(): Promise<Plan | undefined> {
    if (this.#open().length === 0 && this.#credit === undefined) return undefined;
    for (let round = 1; ; round += 1) {
      try {
        return await this.#attempt();
      } catch (error) {
        const isConflict = error instanceof RefusedError && error.status === 409;
        if (round === ROUNDS || !(error instanceof GoneError || isConflict)) throw error;
        await this.#matchAnew(error instanceof GoneError ? error.record : undefined);
      }
    }
  }

  async #attempt(): Promise<Plan> {
    const said = newestWords(this.#open().map(({ event }) => wordsSaid(event)));
    const events = this.#events();
    // An address that is said to be wrong now leads to no word from after it.
    const words = await rememberPersonWords(this.#context, this.#identified(events), said);
    const planned = await this.#plan(events, words);
    this.#application = new Application(this.#context, this.#claim, planned);
    await this.#application.run();
    await this.#lookAgain(words, planned);
    return planned;
  }

  #events(): InHand[] {
    const { tenant } = this.#context;
    return [
      ...this.#open().map(({ event }) => inHand(tenant, event, false)),
      ...this.#pending.map(({ event }) => inHand(tenant, event, true)),
    ].sort(byStamp);
  }

  #identified(events: readonly InHand[]): PersonState {
    const { person } = this.#claim;
    return foldIdentity({ person, events, hash: (value) => this.#context.tenant.hash(value) });
  }

  #plan(events: readonly InHand[], words: Words): Promise<Plan> {
    const own = this.#open().map(({ event }) => event);
    const reachAll = this.#credit !== undefined || mustReachAll(own, this.#claim.person, words);
    return readAndPlan(this.#context, this.#claim, this.#known, { events, words, reachAll }, (name) =>
      findCompany(this.#context, name),
    );
  }

  /**
   * A word that came while a record was made, found or brought in line with an older one, and that no claim led here:
   * either its search sees the record as it is now, or this look sees the word.
   */
  async #lookAgain(words: Words, { operations, person }: Plan): Promise<void> {
    const changed =
      operations.some(
        (one) =>
          one.do === 'create' ||
          (one.do === 'update' && ('EmailAddress' in one.fields || Object.keys(one.marketing).length > 0)),
      ) || person.records.length > this.#claim.person.records.length;
    if (!changed) return;
    const now = await readPersonWords(this.#context, person);
    if (!sameWords(now, words)) await this.#application?.applyWords(newestWords([now, words]));
  }

  async #matchAnew(gone: RecordKey | undefined): Promise<void> {
    await this.#claim.save(matchedAnew(this.#application?.progress ?? this.#claim.person, gone));
    this.#application = undefined;
    this.#known = nothingKnown();
  }

  async #end(planned: Plan | undefined): Promise<void> {
    if (planned === undefined || this.#application === undefined) {
      await this.#release(this.#claim.person);
      return;
    }
    const { result, outcomes } = this.#application;
    await this.#keepFlags(planned, result);
    await this.#release(result);
    this.#credit?.({ state: 'synced', actions: planned.operations.flatMap(actionsOf), notes: [] });
    // The due events last: as long as one of them is open, another worker comes should this one die here.
    for (const { event, item } of this.#pending) {
      const outcome = outcomes[event.id];
      const isNews =
        item.state !== 'synced' || (outcome?.actions ?? []).some(({ operation }) => operation === 'noted');
      if (outcome?.state === 'synced' && isNews) await finishEvent(this.#context, item, outcome, true);
    }
    for (const { event, item } of this.#planned(planned)) {
      const outcome = outcomes[event.id];
      if (outcome !== undefined) await finishEvent(this.#context, item, outcome);
    }
  }

  #planned(planned: Plan): Due[] {
    return this.#due.filter(({ event }) => planned.outcomes[event.id] !== undefined);
  }

  /** What wrong addresses change beyond the person: they are free for others, and out of e-mail marketing. */
  async #keepFlags(planned: Plan, person: PersonState): Promise<void> {
    const { table, tenant } = this.#context;
    const records = person.records.map((record) => recordKey(record));
    for (const { addressHash, stamp } of planned.flags)
      await this.#claim.flagAddress(addressHash, stamp, records);
    if (Object.keys(planned.words).length === 0) return;
    for (const candidateId of Object.keys(person.candidateIds)) {
      const subject: Subject = { by: 'candidate-id', of: candidateId };
      await rememberWords(table, tenant.tenantId, subject, planned.words);
    }
  }

  /** Keeps what was done and lets go; what can't be let go runs out by itself. */
  async #letGo(): Promise<void> {
    if (this.#released) return;
    await this.#release(this.#application?.progress ?? this.#claim.person).catch(() => undefined);
  }

  async #release(person: PersonState): Promise<void> {
    await this.#claim.release(person);
    this.#released = true;
  }

  /** Firefish said no for good. */
  async #refused(error: RefusedError): Promise<Deferral | undefined> {
    const open = this.#open();
    if (open.length === 0) throw error;
    return failAlone(this.#context, open, error.message);
  }
}

function actionsOf(operation: Plan['operations'][number]): Outcome['actions'] {
  if (operation.do !== 'update' || Object.keys(operation.fields).length === 0) return [];
  return [
    {
      entity: operation.kind,
      ref: operation.ref,
      operation: 'updated',
      fields: Object.keys(operation.fields).sort(),
    },
  ];
}
