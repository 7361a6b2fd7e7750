import * as z from 'zod';
import { openAlerts } from '../alerts/watch.ts';
import { readBreaker } from '../firefish/breaker.ts';
import { readGate } from '../firefish/gate.ts';
import { failedEventsPartition, openEventsPartition } from '../store/keys.ts';
import type { Item } from '../store/table.ts';
import { missingScopesOf } from '../tenants/missing-scopes.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { domainOption, findTenant } from './domain-option.ts';
import { describeTenant } from './list.ts';
import { type AdminServices, defineVerb } from './verb.ts';

/** One read of the index: beyond this many events the exact number is of no use to a person. */
const COUNTED = 1_000;
const iso = (at: number): string => new Date(at).toISOString();

/** One tenant with its settings, counters and health. */
export const show = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: false },
  async (services, { domain }) => {
    const tenant = await findTenant(services, domain);
    const [firefish, events, failed, open] = await Promise.all([
      describeFirefish(services, tenant),
      countOpenEvents(services, tenant.tenantId),
      countFailedEvents(services, tenant.tenantId),
      openAlerts(services.sync, tenant.tenantId),
    ]);
    const alerts = open.map(({ kind, since, told }) => ({ alert: kind, since: iso(since), told }));
    const secrets = tenant.secrets.map(({ createdAt, expiresAt }) => ({
      createdAt: iso(createdAt),
      ...(expiresAt === undefined ? {} : { endsAt: iso(expiresAt) }),
    }));
    const { settings } = tenant;
    return { ...describeTenant(tenant), secrets, firefish, events, failed, alerts, settings };
  },
);

async function describeFirefish({ sync, clock }: AdminServices, tenant: TenantRecord): Promise<unknown> {
  const [breaker, missingScopes, gate] = await Promise.all([
    readBreaker(sync, tenant.tenantId, clock),
    missingScopesOf(sync, tenant),
    readGate(sync, tenant.tenantId, clock.now()),
  ]);
  return {
    reachable: breaker.state === 'closed',
    missingScopes,
    checkedAt: iso(tenant.firefishCheckedAt),
    ...(breaker.reason === undefined ? {} : { down: breaker.reason }),
    ...(breaker.since === undefined ? {} : { downSince: iso(breaker.since) }),
    ...(gate === undefined ? {} : { waitingFor: gate.reason, waitingUntil: iso(gate.until) }),
  };
}

async function countOpenEvents(services: AdminServices, tenantId: string): Promise<unknown> {
  const { items, isAtLeast } = await readIndex(services, openEventsPartition(tenantId));
  const oldest = Math.min(...items.map(({ receivedAt }) => Number(receivedAt)));
  return {
    open: items.length,
    ...(isAtLeast ? { openIsAtLeast: true } : {}),
    ...(items.length === 0 ? {} : { oldestReceivedAt: iso(oldest) }),
  };
}

async function countFailedEvents(services: AdminServices, tenantId: string): Promise<unknown> {
  const { items, isAtLeast } = await readIndex(services, failedEventsPartition(tenantId));
  return { count: items.length, ...(isAtLeast ? { isAtLeast } : {}) };
}

async function readIndex(
  { sync }: AdminServices,
  pk: string,
): Promise<{ items: readonly Item[]; isAtLeast: boolean }> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await sync.query({
      ...{ pk, index: true, limit: COUNTED },
      ...(after === undefined ? {} : { after }),
    });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined && items.length < COUNTED);
  return { items, isAtLeast: after !== undefined };
}
