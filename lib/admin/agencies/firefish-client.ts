/** One Firefish client id belongs to one tenant: Firefish counts its limits by client id. */
import type { TenantId } from '../../ids.ts';
import * as z from 'zod';
import { logger } from '../../logger.ts';
import type { Item } from '../../store/table.ts';
import { firefishClientHash } from '../../tenants/tenant-store.ts';
import { AdminError, type AdminServices, type Caller } from '../verb.ts';

/** Much longer than any that Firefish issues. */
const LONGEST = 1_000;
const part = z.string().trim().min(1).max(LONGEST);
/** Options of the verbs that take Firefish credentials. */
export const firefishClientOptions = { firefishClientId: part, firefishClientSecret: part };

/** Names the domain that uses it only to operators. */
const usedBy = (domain: string, { role }: Caller): AdminError =>
  new AdminError(
    `this Firefish client id is used by ${role === 'operator' ? domain : 'another agency'}, and Firefish counts its limits by client id: make another Custom API profile in Firefish`,
  );

/** Checked before any call to Firefish. @throws AdminError */
export async function refuseUsedClient(
  { tenants }: AdminServices,
  firefishClientId: string,
  domain: string,
  caller: Caller,
): Promise<void> {
  const holder = await tenants.ofFirefishClient(firefishClientHash(firefishClientId));
  if (holder !== undefined && holder.domain !== domain) throw usedBy(holder.domain, caller);
}

/**
 * Claims it for a tenant, which must then be written within `CLAIM_GRACE_MS`. If two acts claim it at the same moment,
 * one gets it.
 * @throws AdminError
 */
export async function claimClient(
  { tenants }: AdminServices,
  firefishClientId: string,
  tenantId: TenantId,
  caller: Caller,
): Promise<string> {
  const hash = firefishClientHash(firefishClientId);
  const { kind, claim } = await tenants.claimFirefishClient(hash, tenantId);
  if (kind === 'claimed') return hash;
  const holder = await tenants.read(claim.tenantId);
  if (kind === 'used' && holder !== undefined) throw usedBy(holder.domain, caller);
  throw new AdminError(
    'this Firefish client id is just being given to another agency: try again in two minutes',
  );
}

/**
 * What the tenant used before, as the act found it. An item that stays does no harm: if no tenant uses it, it is free.
 */
export async function releaseClient(
  { tenants }: AdminServices,
  seen: Item | undefined,
  tenantId: TenantId,
): Promise<void> {
  try {
    await tenants.release(seen, tenantId);
  } catch (error) {
    logger.warn('claim not released', { tenantId, cause: error instanceof Error ? error.name : 'unknown' });
  }
}
