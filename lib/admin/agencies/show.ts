import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import { openAlerts } from '../../alerts/watch.ts';
import { openEvents } from '../../internal/held-events.ts';
import { type EndedList, endedIndex } from '../../store/sync-keys.ts';
import { missingScopesOf } from '../../turn/missing-scopes.ts';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { readTurn, troubleOf, waitOf } from '../../turn/turn-record.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { describeTenant } from './list.ts';
import { type AdminServices, defineVerb } from '../verb.ts';

/** Above this number, people do not need the exact count of events. */
const COUNTED = 1_000;
const iso = (at: number): string => new Date(at).toISOString();

/** One tenant with its settings, counters and health. */
export const show = defineVerb(
  z.strictObject({ domain: domainOption }),
  { audited: false },
  async (services, { domain }) => {
    const tenant = await findTenant(services, domain);
    const [firefish, events, failed, decisions, open, connectedAt] = await Promise.all([
      describeFirefish(services, tenant),
      countOpenEvents(services, tenant.tenantId),
      countListed(services, tenant.tenantId, 'failed'),
      countListed(services, tenant.tenantId, 'decide'),
      openAlerts(services.sync, tenant.tenantId),
      services.tenants.connectedAt(tenant.tenantId),
    ]);
    const alerts = open.map(({ kind, since, told }) => ({ alert: kind, since: iso(since), told }));
    const secrets = tenant.secrets.map(({ createdAt, expiresAt }) => ({
      createdAt: iso(createdAt),
      ...(expiresAt === undefined ? {} : { endsAt: iso(expiresAt) }),
    }));
    const { settings, settingsVersion } = tenant;
    return {
      ...describeTenant(tenant, connectedAt),
      ...{ secrets, firefish, events, failed, decisions, alerts, settings, settingsVersion },
    };
  },
);

async function describeFirefish({ sync, clock }: AdminServices, tenant: TenantRecord): Promise<unknown> {
  const turn = await readTurn(sync, tenant.tenantId);
  const givenAt = tenant.firefishCheckedAt;
  const trouble = troubleOf(turn, givenAt);
  // Bulk work waits longest, because urgent work has a reserve.
  const wait = waitOf(turn, givenAt, 3, clock.now());
  return {
    reachable: trouble === undefined,
    missingScopes: missingScopesOf(tenant, turn),
    checkedAt: iso(tenant.firefishCheckedAt),
    ...(trouble === undefined ? {} : { down: trouble.reason, downSince: iso(trouble.since) }),
    ...(wait === undefined ? {} : { waitingFor: wait.reason, waitingUntil: iso(wait.until) }),
  };
}

async function countOpenEvents({ sync }: AdminServices, tenantId: TenantId): Promise<unknown> {
  let open = 0;
  let oldest = Infinity;
  let isAtLeast = false;
  for await (const items of openEvents({ table: sync, tenant: { tenantId } })) {
    for (const { state, receivedAt } of items) {
      if (state !== 'queued') continue;
      open += 1;
      oldest = Math.min(oldest, receivedAt);
    }
    isAtLeast = open >= COUNTED;
    if (isAtLeast) break;
  }
  return {
    open,
    ...(isAtLeast ? { openIsAtLeast: true } : {}),
    ...(open === 0 ? {} : { oldestReceivedAt: iso(oldest) }),
  };
}

async function countListed({ sync }: AdminServices, tenantId: TenantId, list: EndedList): Promise<unknown> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await sync.query({
      ...{ pk: endedIndex(tenantId, list), index: true, limit: COUNTED },
      ...(after === undefined ? {} : { after }),
    });
    count += page.items.length;
    after = page.next;
  } while (after !== undefined && count < COUNTED);
  return { count, ...(after === undefined ? {} : { isAtLeast: true }) };
}
