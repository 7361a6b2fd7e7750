/** Company events: by SourceWhale's id where it is known, else by name; newest wins, field by field. */
import type { CompanyEvent } from '../events/event.ts';
import type { EventAction } from '../events/stored-event.ts';
import { NotFoundError, RefusedError, UnknownOutcomeError } from '../firefish/errors.ts';
import type { Fields } from '../mapping/fields.ts';
import { companyNameHash, normaliseCompanyName } from '../mapping/company-name.ts';
import { toFirefishBody } from '../mapping/firefish-fields.ts';
import { ConflictError } from '../store/table.ts';
import { LostClaimError } from './claims.ts';
import { ensureCompany, findCompany, forgetCompany, rememberCompany } from './company.ts';
import { claimLink, claimUntil, type CompanyLink } from './company-link.ts';
import type { SyncContext } from './context.ts';
import { deferralFor } from './deferral.ts';
import { finishEvent } from './finish.ts';
import type { Loaded } from './loaded-event.ts';
import { LATE_MS } from './margins.ts';
import { type Deferral, type Outcome, skipped } from './outcome.ts';
import {
  type CompanyPlan,
  type CompanySayings,
  companySayings,
  type CompanyState,
  nothingRead,
  planCompany,
} from './plan-company.ts';
import { hashesOf, nextSaid } from './plan-fields.ts';

/** Works on events of one company (one `id`). Answers nothing once they have ended, else until when they wait. */
export async function syncCompany(
  context: SyncContext,
  due: readonly Loaded<CompanyEvent>[],
): Promise<Deferral | undefined> {
  const [first] = due;
  if (first === undefined) return undefined;
  try {
    const link = await claimLink(context, first.event.company.id);
    const sync = new CompanySync(context, link, due);
    try {
      const outcome = await sync.run();
      await sync.keep();
      for (const { item } of due) await finishEvent(context, item, outcome);
      return undefined;
    } catch (error) {
      await sync.letGo(error).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    if (error instanceof RefusedError) return refused(context, due, error);
    const deferral = deferralFor(context, error);
    if (deferral === undefined) throw error;
    return deferral;
  }
}

/** Of several events each is tried alone, so that only the one at fault is parked. */
async function refused(
  context: SyncContext,
  due: readonly Loaded<CompanyEvent>[],
  error: RefusedError,
): Promise<Deferral | undefined> {
  let waits: Deferral | undefined;
  for (const one of due) {
    if (due.length > 1) waits = (await syncCompany(context, [one])) ?? waits;
    else
      await finishEvent(context, one.item, {
        state: 'failed',
        reason: error.message,
        actions: [],
        notes: [],
      });
  }
  return waits;
}

class CompanySync {
  readonly #context: SyncContext;
  #link: CompanyLink;
  readonly #sayings: CompanySayings;

  constructor(context: SyncContext, link: CompanyLink, due: readonly Loaded<CompanyEvent>[]) {
    this.#context = context;
    this.#link = link;
    const events = due.map(({ event }) => event);
    this.#sayings = companySayings((value) => context.tenant.hash(value), events, link.said ?? {});
  }

  async run(): Promise<Outcome> {
    for (let round = 1; ; round += 1) {
      try {
        return await this.#attempt();
      } catch (error) {
        if (!(error instanceof NotFoundError) || round > 2) throw error;
        await this.#forget();
      }
    }
  }

  /** Keeps what was said, and lets go of the claim. @throws LostClaimError */
  async keep(): Promise<void> {
    await this.#write({ said: nextSaid(this.#link.said ?? {}, this.#sayings.newest) }, undefined);
  }

  /** What was done stays known, what was said is not counted; after a lost answer nobody writes until it has settled. */
  async letGo(error: unknown): Promise<void> {
    const isSettling = error instanceof UnknownOutcomeError;
    const busyUntil = isSettling ? error.sentAt + this.#context.callTimeoutMs + LATE_MS : undefined;
    await this.#write({}, busyUntil);
  }

  async #write(changes: CompanyState, busyUntil: number | undefined): Promise<void> {
    const { busyUntil: earlier, ...kept } = this.#link;
    const link = { ...kept, ...changes, ...(busyUntil === undefined ? {} : { busyUntil }) };
    try {
      this.#link = await this.#context.table.put(link, this.#link.version);
    } catch (error) {
      throw error instanceof ConflictError ? new LostClaimError('the claim on this company was lost') : error;
    }
  }

  async #attempt(): Promise<Outcome> {
    const { tenant, firefish } = this.#context;
    const facts = nothingRead();
    for (;;) {
      const planned = planCompany(tenant, this.#link, this.#sayings, facts);
      if ('need' in planned) {
        if (planned.need === 'refs') {
          const refs = await findCompany(this.#context, planned.name);
          facts.refs.set(normaliseCompanyName(planned.name), refs);
        } else facts.profile = await firefish.readCompany(planned.ref);
        continue;
      }
      if (planned.do === 'skip') return skipped(planned.reason);
      if (planned.do === 'update') return this.#update(planned);
      const { ref, created } = await ensureCompany(
        this.#context,
        planned.name,
        toFirefishBody(planned.fields),
        this.#startBy(),
      );
      if (created) return this.#made(ref, planned);
      facts.refs.set(normaliseCompanyName(planned.name), [ref]);
    }
  }

  /** Epoch milliseconds by which a write must have left. */
  #startBy(): number {
    return (this.#link.busyUntil ?? 0) - this.#context.callTimeoutMs - LATE_MS;
  }

  #made(ref: number, { name, fields }: Extract<CompanyPlan, { do: 'create' }>): Outcome {
    this.#link = { ...this.#link, ref, nameHash: this.#hashOf(name), sent: hashesOf(this.#sayings.newest) };
    return done({ entity: 'company', ref, operation: 'created', fields: Object.keys(fields).sort() });
  }

  async #update({ ref, nameHash, fields, sent }: Extract<CompanyPlan, { do: 'update' }>): Promise<Outcome> {
    this.#link = { ...this.#link, ref, ...(nameHash === undefined ? {} : { nameHash }) };
    const names = Object.keys(fields).sort();
    if (names.length > 0) {
      const startBy = await this.#beforeWriting(fields);
      await this.#context.firefish.updateCompany(ref, toFirefishBody(fields), { startBy });
      await this.#rename(ref, fields['Name']);
    }
    this.#link = { ...this.#link, sent };
    return done({
      entity: 'company',
      ref,
      operation: names.length > 0 ? 'updated' : 'unchanged',
      ...(names.length > 0 ? { fields: names } : {}),
    });
  }

  /**
   * Before a write: renews the claim, and forgets what the fields were sent before. Should the answer be lost, nobody
   * knows which of the two values Firefish has. @returns until when the write may leave (epoch milliseconds)
   */
  async #beforeWriting(fields: Fields): Promise<number> {
    const { sent = {} } = this.#link;
    const kept = Object.entries(sent).filter(([field]) => !(field in fields));
    await this.#write({ sent: Object.fromEntries(kept) }, claimUntil(this.#context));
    return this.#startBy();
  }

  async #rename(ref: number, name: unknown): Promise<void> {
    if (typeof name !== 'string') return;
    if (this.#link.nameHash !== undefined) await forgetCompany(this.#context, this.#link.nameHash);
    await rememberCompany(this.#context, name, ref);
    this.#link = { ...this.#link, nameHash: this.#hashOf(name) };
  }

  /** Deleted in Firefish: matched anew by name, of which each may be remembered to lead to what is gone. */
  async #forget(): Promise<void> {
    const { ref, nameHash, sent, ...kept } = this.#link;
    const names = this.#sayings.names.map((name) => this.#hashOf(name));
    for (const one of new Set(nameHash === undefined ? names : [nameHash, ...names])) {
      await forgetCompany(this.#context, one);
    }
    this.#link = kept;
  }

  #hashOf(name: string): string {
    return companyNameHash((value) => this.#context.tenant.hash(value), name);
  }
}

const done = (action: EventAction): Outcome => ({ state: 'synced', actions: [action], notes: [] });
