/** Works on the events of one person, one company or one domain, and sees to it that what has not ended waits. */
import type { CompanyEvent, PersonEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { eventKey } from '../store/keys.ts';
import type { Backlog } from './backlog.ts';
import type { SyncContext } from './context.ts';
import { countBreakdown, MOST_BREAKDOWNS, uncountBreakdown } from './breakdowns.ts';
import { deferEvent, finishEvent } from './finish.ts';
import type { Loaded } from './loaded-event.ts';
import type { Deferral } from './outcome.ts';
import { syncCompany } from './sync-company.ts';
import { syncDomain } from './sync-domain.ts';
import { syncPerson } from './sync-person.ts';

export interface WorkReport {
  tenantId: string;
  eventIds: string[];
  deferral?: Deferral;
  error?: unknown;
}

/**
 * Answers why the events wait, if they do. @throws what the table throws when it is away: nothing is written then,
 * and whoever called must have the events worked on again
 */
export async function workOnGroup(
  context: SyncContext,
  backlog: Backlog,
  group: readonly Loaded[],
  tell: (report: WorkReport) => void,
  isDangerous = false,
): Promise<Deferral | undefined> {
  const { tenantId } = context.tenant;
  const report = { tenantId, eventIds: group.map(({ item }) => item.sk) };
  // What has broken off before may be what kills its worker: it is counted before it is tried, not after.
  const isGuarded = isDangerous || group.some(({ item }) => (item.breakdowns ?? 0) > 0);
  const tried = isGuarded ? await countedBefore(context, group) : group;
  if (tried.length === 0) return undefined;
  let deferral: Deferral | undefined;
  try {
    deferral = await syncGroup(context, tried);
    tell(deferral === undefined ? report : { ...report, deferral });
  } catch (error) {
    tell({ ...report, error });
    await breakdown(context, backlog, tried, { error, isCounted: isGuarded });
    return undefined;
  }
  if (deferral !== undefined && isGuarded) await uncount(context, tried);
  if (deferral !== undefined) await putOff(context, backlog, tried, deferral);
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

/** The events with one more breakdown on each, as if it had happened; without those that have had too many. */
async function countedBefore(context: SyncContext, group: readonly Loaded[]): Promise<Loaded[]> {
  const counted = await Promise.all(
    group.map(async (one) => {
      const item = await countBreakdown(context, one.item, 'its worker died each time');
      return item === undefined ? undefined : { ...one, item };
    }),
  );
  return counted.filter((one) => one !== undefined);
}

/** To wait for Firefish is no breakdown. */
async function uncount(context: SyncContext, group: readonly Loaded[]): Promise<void> {
  await Promise.all((await stillOpen(context, group)).map((item) => uncountBreakdown(context, item)));
}

/** A mistake of ours, or a table that failed. Each event is tried again by itself: only the one at fault shall fail. */
async function breakdown(
  context: SyncContext,
  backlog: Backlog,
  group: readonly Pick<Loaded, 'item'>[],
  { error, isCounted }: { error: unknown; isCounted: boolean },
): Promise<void> {
  const { tenantId } = context.tenant;
  const name = error instanceof Error ? error.name : typeof error;
  for (const item of await stillOpen(context, group)) {
    await backlog.mark(tenantId);
    const reason = `broke off with ${name}`;
    const counted = isCounted ? item : await countBreakdown(context, item, reason);
    if ((counted?.breakdowns ?? 0) >= MOST_BREAKDOWNS) {
      await finishEvent(context, item, { state: 'failed', reason, actions: [], notes: [] });
    } else if (counted !== undefined) {
      await backlog.ring(tenantId, counted.deferredUntil);
    }
  }
}

/** The work went through, and yet nobody has ended them or put them off. */
class NotEndedError extends Error {
  override name = 'NotEndedError';
}

/** Events that were worked on and are as they were: they would be taken up again at once, without end. */
export async function breakOff(
  context: SyncContext,
  backlog: Backlog,
  items: readonly StoredEvent[],
  tell: (report: WorkReport) => void,
): Promise<void> {
  const error = new NotEndedError();
  tell({ tenantId: context.tenant.tenantId, eventIds: items.map(({ sk }) => sk), error });
  const group = items.map((item) => ({ item }));
  await breakdown(context, backlog, group, { error, isCounted: false });
}

async function stillOpen(
  { table, tenant }: SyncContext,
  group: readonly Pick<Loaded, 'item'>[],
): Promise<StoredEvent[]> {
  const keys = group.map(({ item }) => eventKey(tenant.tenantId, item.sk));
  // Only the intake and the sync write event items, as StoredEvent says.
  const items = (await table.getMany(keys)) as StoredEvent[];
  return items.filter(({ state }) => state === 'queued');
}
