/** Company events: by SourceWhale's id where it is known, else by name; newest wins, field by field. */
import type { CompanyEvent } from '../events/event.ts';
import type { EventAction } from '../events/stored-event.ts';
import { NotFoundError, RefusedError, UnknownOutcomeError } from '../firefish/errors.ts';
import type { CompanyRecord, Fields } from '../firefish/port.ts';
import { companyFields } from '../mapping/company-fields.ts';
import { toFirefishBody } from '../mapping/firefish-fields.ts';
import { normaliseCompanyName } from '../mapping/company-name.ts';
import { companyKey } from '../store/keys.ts';
import { ConflictError, type Item } from '../store/table.ts';
import { LostClaimError } from './claims.ts';
import { ensureCompany, findCompany, rememberCompany } from './company.ts';
import type { SyncContext } from './context.ts';
import { deferralFor } from './deferral.ts';
import { finishEvent } from './finish.ts';
import type { Loaded } from './loaded-event.ts';
import { type Deferral, type Outcome, skipped } from './outcome.ts';
import type { LinkedRecord, Said } from './person.ts';
import { BusyError } from './person-lease.ts';
import { nextSaid, patchFor, type Sayings } from './plan-fields.ts';
import { stampOf } from './stamp.ts';

const SAFETY_MS = 5_000;
const CLOCK_SKEW_MS = 1_000;

interface CompanyLink extends Item {
  ref?: number;
  name?: string;
  said?: Record<string, Said>;
  sent?: Record<string, string>;
  /** Another worker has it until then (epoch milliseconds). */
  busyUntil?: number;
}

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

/** How long a fresh claim holds: for a search, a read and a write. */
const claimUntil = ({ clock, callTimeoutMs }: SyncContext): number =>
  clock.now() + 3 * (callTimeoutMs + SAFETY_MS);

async function claimLink(context: SyncContext, id: string): Promise<CompanyLink> {
  const { tenant, table, clock } = context;
  const key = companyKey(tenant.tenantId, `id#${tenant.hash(`company id ${id}`)}`);
  const item = (await table.get(key)) as CompanyLink | undefined;
  const until = (item?.busyUntil ?? 0) + CLOCK_SKEW_MS;
  if (until > clock.now()) throw new BusyError(until);
  try {
    return await table.put({ ...key, ...item, busyUntil: claimUntil(context) }, item?.version ?? 'absent');
  } catch (error) {
    if (error instanceof ConflictError) throw new BusyError(clock.now());
    throw error;
  }
}

class CompanySync {
  readonly #context: SyncContext;
  #link: CompanyLink;
  readonly #sayings: Sayings;
  #ref: number | undefined;
  #name: string | undefined;
  #sent: Record<string, string>;

  constructor(context: SyncContext, link: CompanyLink, due: readonly Loaded<CompanyEvent>[]) {
    this.#context = context;
    this.#link = link;
    this.#ref = link.ref;
    this.#name = link.name;
    this.#sent = link.sent ?? {};
    this.#sayings = sayingsOf(context, due, link.said ?? {});
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

  /** Writes what is known now and lets go of the claim. @throws LostClaimError */
  async keep(): Promise<void> {
    await this.#write({ said: nextSaid(this.#link.said ?? {}, this.#sayings), sent: this.#sent });
  }

  /** What was done stays known, what was said is not counted; after a lost answer nobody writes until it has settled. */
  async letGo(error: unknown): Promise<void> {
    const { said = {} } = this.#link;
    const isSettling = error instanceof UnknownOutcomeError;
    const busyUntil = isSettling ? error.sentAt + this.#context.callTimeoutMs + SAFETY_MS : undefined;
    await this.#write({ said, sent: this.#sent, ...(busyUntil === undefined ? {} : { busyUntil }) });
  }

  async #write(state: Pick<CompanyLink, 'said' | 'sent' | 'busyUntil'>): Promise<void> {
    const { pk, sk, version } = this.#link;
    const link = {
      ...{ pk, sk, ...state },
      ...(this.#ref === undefined ? {} : { ref: this.#ref }),
      ...(this.#name === undefined ? {} : { name: this.#name }),
    };
    try {
      this.#link = await this.#context.table.put(link, version);
    } catch (error) {
      throw error instanceof ConflictError ? new LostClaimError('the claim on this company was lost') : error;
    }
  }

  /**
   * Before a write: renews the claim, and forgets what the fields were sent before. Should the answer be lost, nobody
   * knows which of the two values Firefish has. @returns until when the write may leave (epoch milliseconds)
   */
  async #beforeWriting(fields: Fields): Promise<number> {
    const { clock, callTimeoutMs } = this.#context;
    const { said = {} } = this.#link;
    const busyUntil = claimUntil(this.#context);
    this.#sent = Object.fromEntries(Object.entries(this.#sent).filter(([field]) => !(field in fields)));
    await this.#write({ said, sent: this.#sent, busyUntil });
    return Math.min(clock.now() + callTimeoutMs, busyUntil - callTimeoutMs - SAFETY_MS);
  }

  async #attempt(): Promise<Outcome> {
    if (this.#ref !== undefined) return this.#bring(this.#ref);
    const name = this.#sayings['Name']?.value;
    if (typeof name !== 'string') return skipped('superseded');
    const [found] = await findCompany(this.#context, name);
    if (found === undefined) return this.#make(name);
    this.#linkTo(found, name);
    return this.#bring(found);
  }

  async #make(name: string): Promise<Outcome> {
    if (!this.#context.tenant.settings.createCompanies) return skipped('createCompanies');
    const fields: Fields = Object.fromEntries(
      Object.entries(this.#sayings).flatMap(([field, { value }]) => (value === '' ? [] : [[field, value]])),
    );
    const { ref, created } = await ensureCompany(this.#context, name, toFirefishBody(fields));
    this.#linkTo(ref, name);
    if (!created) return this.#bring(ref);
    for (const [field, { hash }] of Object.entries(this.#sayings)) this.#sent[field] = hash;
    return done({ entity: 'company', ref, operation: 'created', fields: Object.keys(fields).sort() });
  }

  /** Found by name, the company's own way of writing it stays. */
  #linkTo(ref: number, name: string): void {
    this.#ref = ref;
    this.#name = name;
    const saying = this.#sayings['Name'];
    this.#sent = saying === undefined ? {} : { Name: saying.hash };
  }

  async #bring(ref: number): Promise<Outcome> {
    const { firefish, tenant } = this.#context;
    // The same rules as for a person's record, of which a company's has the same form.
    const record: LinkedRecord = { kind: 'contact', ref, matchedBy: [], sent: this.#sent, marketing: {} };
    const isFirst = Object.keys(this.#link.sent ?? {}).length === 0;
    let profile: CompanyRecord | undefined;
    let patch = patchFor(tenant.settings, record, this.#sayings, undefined, undefined);
    if (patch.needsProfile || (isFirst && Object.keys(patch.fields).length > 0)) {
      profile = await firefish.readCompany(ref);
      patch = patchFor(tenant.settings, record, this.#sayings, undefined, profile);
    }
    const fields = Object.keys(patch.fields).sort();
    if (fields.length > 0) {
      const startBy = await this.#beforeWriting(patch.fields);
      await firefish.updateCompany(ref, toFirefishBody(patch.fields), { startBy });
      await this.#rename(ref, patch.fields['Name']);
    }
    this.#sent = { ...this.#sent, ...patch.sent };
    return done({
      entity: 'company',
      ref,
      operation: fields.length > 0 ? 'updated' : 'unchanged',
      ...(fields.length > 0 ? { fields } : {}),
    });
  }

  async #rename(ref: number, name: unknown): Promise<void> {
    if (typeof name !== 'string') return;
    if (this.#name !== undefined) await rememberCompany(this.#context, this.#name, undefined);
    await rememberCompany(this.#context, name, ref);
    this.#name = name;
  }

  /** Deleted in Firefish: matched anew by name. */
  async #forget(): Promise<void> {
    if (this.#name !== undefined) await rememberCompany(this.#context, this.#name, undefined);
    this.#ref = undefined;
    this.#sent = {};
  }
}

const done = (action: EventAction): Outcome => ({ state: 'synced', actions: [action], notes: [] });

const HASH_LENGTH = 16;

function sayingsOf(
  { tenant }: SyncContext,
  due: readonly Loaded<CompanyEvent>[],
  known: Record<string, Said>,
): Sayings {
  const sayings: Sayings = {};
  const sorted = due
    .map(({ event }) => ({ event, stamp: stampOf(event) }))
    .sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
  for (const { event, stamp } of sorted) {
    for (const [field, value] of Object.entries(companyFields(event.company))) {
      if (stamp < (known[field]?.stamp ?? '')) continue;
      const same = field === 'Name' && typeof value === 'string' ? normaliseCompanyName(value) : value;
      const hash = tenant.hash(`company.${field}=${JSON.stringify(same)}`).slice(0, HASH_LENGTH);
      sayings[field] = { value, stamp, eventId: event.id, hash };
    }
  }
  return sayings;
}
