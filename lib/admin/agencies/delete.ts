import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import { erasedPartition } from '../../store/keys.ts';
import { type Item, queryAll } from '../../store/table.ts';
import { isFresh, readClaim } from '../../tenants/claims.ts';
import type { Deletion, TenantRecord } from '../../tenants/tenant-record.ts';
import { changeTenant } from './change-tenant.ts';
import { deleteTenantItems } from './delete-tenant-items.ts';
import { domainOption } from '../domain-option.ts';
import { AdminError, type AdminServices, defineVerb, UsageError } from '../verb.ts';

/** How long an act can work behind an HTTP API and still answer. The next act does the rest. */
const BUDGET_MS = 20_000;
/** After this time no function works for a disabled tenant: the caches have expired, and all calls have ended. */
export const SETTLED_AFTER_MS = 90_000;

const options = z.strictObject({ domain: domainOption, confirm: domainOption });

/**
 * Removes a disabled tenant and all its data. One act does a part: it answers `done: false`, and when to ask again,
 * until nothing is left. The last pass also removes what a function wrote just after the tenant was disabled. The
 * tenant's acts stay in the audit table.
 */
export const deleteTenant = defineVerb(options, { audited: true }, async (services, { domain, confirm }) => {
  const { documents } = services;
  if (documents === undefined) throw new AdminError('delete: use npm run admin');
  if (domain !== confirm) throw new UsageError('confirm: must be the same domain');
  const { tenants, clock } = services;
  const claim = await tenants.claimOfDomain(domain);
  if (claim === undefined) throw neverEnabled(domain);
  const tenant = await tenants.read(readClaim(claim).tenantId);
  if (tenant === undefined) return endHalfGone(services, domain, claim);
  if (tenant.domain !== domain) throw neverEnabled(domain);
  if (tenant.status === 'enabled') throw new AdminError(`${domain} is enabled: disable it first`);
  const settledAt = (tenant.disabledAt ?? 0) + SETTLED_AFTER_MS;
  const pass = await deletionOf(services, tenant);
  const until = clock.now() + BUDGET_MS;
  const { deleted, next } = await deleteTenantItems(services.syncItems, documents, tenant.tenantId, {
    after: pass.after,
    isOver: () => clock.now() >= until,
  });
  if (next !== undefined) {
    await note(services, domain, { ...pass, after: next });
    return { done: false, deleted, askAgainAt: iso(clock.now()) };
  }
  if (pass.passBeganAt < settledAt) {
    await note(services, domain, undefined);
    return { done: false, deleted, askAgainAt: iso(settledAt) };
  }
  await forgetErasures(services, tenant.tenantId);
  await tenants.remove(claim);
  return { done: true, deleted };
});

/** There is nothing left to erase again. */
async function forgetErasures({ audit }: AdminServices, tenantId: TenantId): Promise<void> {
  for await (const item of queryAll(audit, { pk: erasedPartition(tenantId) })) await audit.delete(item);
}

const iso = (at: number): string => new Date(at).toISOString();

/** The pass to continue with. It is stored before anything is removed. */
async function deletionOf(services: AdminServices, { domain, deletion }: TenantRecord): Promise<Deletion> {
  if (deletion?.after !== undefined) return deletion;
  const pass = { passBeganAt: services.clock.now() };
  await note(services, domain, pass);
  return pass;
}

/** @param pass undefined: the next act begins a new pass; the deletion itself has still begun */
async function note(services: AdminServices, domain: string, pass: Deletion | undefined): Promise<void> {
  const deletion = pass ?? { passBeganAt: services.clock.now() };
  await changeTenant(services, domain, (current) => {
    if (current.status === 'enabled')
      throw new AdminError(`${domain} was enabled meanwhile: nothing more is removed`);
    return { ...current, deletion };
  });
}

const neverEnabled = (domain: string): AdminError =>
  new AdminError(`${domain} was never enabled; see list for the domains there are`);

/**
 * The tenant's own item is deleted before its domain's. The domain's item can be left over by an act that ended between
 * the two, or by an `enable`.
 */
async function endHalfGone(
  { tenants, clock }: AdminServices,
  domain: string,
  claim: Item,
): Promise<{ done: true; deleted: number }> {
  if (isFresh(claim, clock.now())) {
    throw new AdminError(`${domain} is just being enabled: try again in two minutes`);
  }
  await tenants.remove(claim);
  return { done: true, deleted: 0 };
}
