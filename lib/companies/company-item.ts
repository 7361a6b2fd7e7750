/** What is kept of companies: one item for each name, and one for each id of SourceWhale. */
import type { TenantId } from '../ids.ts';
import { createHash } from 'node:crypto';
import { companyNameKey, exactCompanyName } from '../names/company-name.ts';
import { companyItemKey } from '../store/sync-keys.ts';
import type { Item, Key, Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** Which company a name means. */
export interface NameItem extends Item {
  ref?: number;
  /** Hash of the exact spelling that was looked up: of several companies the exact spelling wins. */
  exact?: string;
  /** The other companies of the name. */
  others?: number[];
  /** When the name was last found in Firefish (epoch milliseconds). */
  foundAt?: number;
  /** `Tenant.linksSince` as it was then: a ref of another database is not believed. */
  linksSince?: number | undefined;
  /** The intent to create it: a creation that was begun can take effect until then (epoch milliseconds). */
  settlesAt?: number;
}

/** The one place that says which spellings are one name: all of them have one hash. */
export const nameHashOf = ({ hash }: Pick<Tenant, 'hash'>, name: string): string =>
  hash(`company ${companyNameKey(name)}`);

export const exactHashOf = ({ hash }: Pick<Tenant, 'hash'>, name: string): string =>
  hash(`company exactly ${exactCompanyName(name)}`);

export const nameKey = (tenantId: TenantId, nameHash: string): Key =>
  companyItemKey(tenantId, 'name', nameHash);

/**
 * Of SourceWhale's id, without the tenant's key: it is no personal data, and intake, which asks whether a company is
 * linked, can decrypt nothing.
 */
export const companyIdHash = (tenantId: TenantId, id: string): string =>
  createHash('sha256')
    .update(JSON.stringify([tenantId, id]))
    .digest()
    .subarray(0, 16)
    .toString('base64url');

export const idKey = (tenantId: TenantId, id: string): Key =>
  companyItemKey(tenantId, 'id', companyIdHash(tenantId, id));

/** Of these ids of companies, those that lead to one in Firefish. */
export async function linkedCompanies(
  table: Pick<Table, 'getMany'>,
  tenantId: TenantId,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const keys = new Map(ids.map((id) => [idKey(tenantId, id).sk, id]));
  const items = await table.getMany([...new Set(ids)].map((id) => idKey(tenantId, id)));
  return new Set(items.filter((item) => item['ref'] !== undefined).flatMap(({ sk }) => keys.get(sk) ?? []));
}
