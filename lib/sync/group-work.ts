/** Works on the events of one person, one company or one domain, and sees to it that what has not ended waits. */
import type { CompanyEvent, PersonEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { eventKey } from '../store/keys.ts';
import type { Backlog } from './backlog.ts';
import type { SyncContext } from './context.ts';
import { deferEvent, finishEvent } from './finish.ts';
import type { Loaded } from './loaded-event.ts';
import type { Deferral, Outcome } from './outcome.ts';
import { syncCompany } from './sync-company.ts';
import { syncDomain } from './sync-domain.ts';
import { syncPerson } from './sync-person.ts';

export interface WorkReport {
  tenantId: string;
  eventIds: string[];
  deferral?: Deferral;
  error?: unknown;
}

/** After an unexpected error an event is tried again after so long, then for the last time; it ends `failed` then. */
const AFTER_BREAKDOWN_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 3_600_000];

/**
 * Answers why the events wait, if they do. @throws what the table throws when it is away: nothing is written then,
 * and whoever called must have the events worked on again
 */
export async function workOnGroup(
  context: SyncContext,
  backlog: Backlog,
  group: readonly Loaded[],
  tell: (report: WorkReport) => void,
): Promise<Deferral | undefined> {
  const { tenantId } = context.tenant;
  const report = { tenantId, eventIds: group.map(({ item }) => item.sk) };
  let deferral: Deferral | undefined;
  try {
    deferral = await syncGroup(context, group);
    tell(deferral === undefined ? report : { ...report, deferral });
  } catch (error) {
    tell({ ...report, error });
    await breakdown(context, backlog, group, error);
    return undefined;
  }
  if (deferral !== undefined) await putOff(context, backlog, group, deferral);
  return deferral;
}

/** @param group events of one person, of one company, or one event of a domain */
async function syncGroup(context: SyncContext, group: readonly Loaded[]): Promise<Deferral | undefined> {
  const [first] = group;
  if (first === undefined) return undefined;
  if ('record' in first.event) return syncPerson(context, group as readonly Loaded<PersonEvent>[]);
  if ('company' in first.event) return syncCompany(context, group as readonly Loaded<CompanyEvent>[]);
  return syncDomain(context, { item: first.item, event: first.event });
}

/** With the whole tenant without a word on each event; else with an instant of their own, at which a ring comes. */
async function putOff(
  context: SyncContext,
  backlog: Backlog,
  group: readonly Loaded[],
  deferral: Deferral,
): Promise<void> {
  const { tenantId } = context.tenant;
  const open = await stillOpen(context, group);
  if (open.length === 0) return;
  if (deferral.tenantWide) {
    await backlog.add(tenantId, open);
    return;
  }
  await backlog.mark(tenantId);
  await Promise.all(open.map((item) => deferEvent(context, item, deferral)));
  await backlog.ring(tenantId, deferral.at);
}

/** A mistake of ours, or a table that failed. Each event is tried again by itself: only the one at fault shall fail. */
async function breakdown(
  context: SyncContext,
  backlog: Backlog,
  group: readonly Loaded[],
  error: unknown,
): Promise<void> {
  const { clock } = context;
  const name = error instanceof Error ? error.name : typeof error;
  for (const item of await stillOpen(context, group)) {
    const before = item.breakdowns ?? 0;
    const pause = AFTER_BREAKDOWN_MS[before];
    if (pause === undefined) {
      const outcome: Outcome = { state: 'failed', reason: `broke off with ${name}`, actions: [], notes: [] };
      await finishEvent(context, item, outcome);
      continue;
    }
    const deferral = { at: clock.now() + pause, reason: 'error', tenantWide: false };
    await backlog.mark(context.tenant.tenantId);
    await deferEvent(context, { ...item, breakdowns: before + 1 }, deferral);
    await backlog.ring(context.tenant.tenantId, deferral.at);
  }
}

async function stillOpen({ table, tenant }: SyncContext, group: readonly Loaded[]): Promise<StoredEvent[]> {
  const keys = group.map(({ item }) => eventKey(tenant.tenantId, item.sk));
  // Only the intake and the sync write event items, as StoredEvent says.
  const items = (await table.getMany(keys)) as StoredEvent[];
  return items.filter(({ state }) => state === 'queued');
}
