/**
 * Checks the tenants with work, and those with an open alert, and sends what has begun and what is over. Open alerts
 * are in one partition; without work nothing else is read.
 */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { ALERTS_PARTITION, alertKey } from '../store/keys.ts';
import { ConflictError, type Item, queryAll, type Table } from '../store/table.ts';
import { ALERT_KINDS, type AlertKind, type Alerts } from './alert.ts';
import { type AlertState, nextStep, type Step } from './alert-state.ts';
import { readConditions } from './conditions.ts';

export interface WatchDeps {
  table: Table;
  alerts: Alerts;
  clock: Clock;
  /** The domain that the alert names; 30 s old is good enough. */
  readTenant: (tenantId: TenantId) => Promise<Watched | undefined>;
}

/** Of a tenant's record. */
interface Watched {
  domain: string;
  status: 'enabled' | 'disabled';
  /** When its Firefish credentials were given: other ones have no trouble yet. */
  firefishCheckedAt: number;
}

export interface Seen {
  tenants: number;
  breakersOpen: number;
}

/** An alert's item: one per tenant and kind, from when it begins until it is over. */
interface AlertItem extends Item, AlertState {
  tenantId: TenantId;
  kind: AlertKind;
}

const TENANTS_AT_ONCE = 16;

/**
 * @param atWork ids of the tenants that have, or just had, open events
 * @throws AggregateError if some could not be checked, after all others were
 */
export async function watch(deps: WatchDeps, atWork: readonly TenantId[]): Promise<Seen> {
  const known: AlertItem[] = [];
  for await (const item of queryAll(deps.table, { pk: ALERTS_PARTITION })) known.push(item as AlertItem); // written below
  const tenantIds = [...new Set([...atWork, ...known.map(({ tenantId }) => tenantId)])];
  const errors: unknown[] = [];
  let breakersOpen = 0;
  await mapConcurrently(tenantIds, TENANTS_AT_ONCE, async (tenantId) => {
    try {
      const items = known.filter((item) => item.tenantId === tenantId);
      if (await look(deps, tenantId, items)) breakersOpen += 1;
    } catch (error) {
      errors.push(error);
    }
  });
  if (errors.length > 0) throw new AggregateError(errors, 'some tenants could not be watched');
  return { tenants: tenantIds.length, breakersOpen };
}

/** Returns whether the tenant's breaker is open. */
async function look(deps: WatchDeps, tenantId: TenantId, known: readonly AlertItem[]): Promise<boolean> {
  const { breakerOpen, since, givenAt } = await readConditions(deps.table, tenantId, deps.clock);
  if (known.length === 0 && Object.keys(since).length === 0) return breakerOpen;
  const tenant = await deps.readTenant(tenantId);
  // A tenant that has left no longer has a problem.
  const isCurrent = givenAt === tenant?.firefishCheckedAt;
  const { 'events-failed': failed, ...trouble } = since;
  const present: typeof since =
    tenant?.status === 'enabled'
      ? { ...(isCurrent ? trouble : {}), ...(failed === undefined ? {} : { 'events-failed': failed }) }
      : {};
  const now = deps.clock.now();
  for (const kind of ALERT_KINDS) {
    const item = known.find((one) => one.kind === kind);
    const step = nextStep(item, present[kind], now);
    await unlessTaken(take(deps, { tenantId, kind, domain: tenant?.domain ?? tenantId }, item, step));
  }
  return breakerOpen;
}

interface About {
  tenantId: TenantId;
  kind: AlertKind;
  domain: string;
}

async function take(deps: WatchDeps, about: About, item: AlertItem | undefined, step: Step): Promise<void> {
  const { table, alerts, clock } = deps;
  const { tenantId, kind } = about;
  const key = alertKey(tenantId, kind);
  const keep = (state: AlertState, expected: number | 'absent'): Promise<Item> => {
    const { since, claimedUntil, goneSince } = state;
    return table.put({ ...key, tenantId, kind, since, claimedUntil, goneSince }, expected);
  };
  const expected = item?.version ?? 'absent';
  if (step.kind === 'nothing') return;
  if (step.kind === 'keep') {
    await keep(step.state, expected);
    return;
  }
  const { version } = await keep(step.claim, expected);
  await alerts.tell({ ...about, state: step.state, since: step.claim.since, at: clock.now() });
  if (step.then === undefined) await table.delete(key, version);
  else await keep(step.then, version);
}

/** Another sweep came first and sends it. */
async function unlessTaken(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

/** The open alerts of this tenant, for `show`. */
export async function openAlerts(
  table: Table,
  tenantId: TenantId,
): Promise<{ kind: AlertKind; since: number; told: boolean }[]> {
  const items = await table.getMany(ALERT_KINDS.map((kind) => alertKey(tenantId, kind)));
  return (items as AlertItem[]) // written above and nowhere else
    .map(({ kind, since, claimedUntil }) => ({ kind, since, told: claimedUntil === undefined }))
    .sort((a, b) => ALERT_KINDS.indexOf(a.kind) - ALERT_KINDS.indexOf(b.kind));
}
