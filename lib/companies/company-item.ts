/** What is kept of companies: one item for each name, and one for each id of SourceWhale. */
import { exactCompanyName } from './company-name.ts';
import { companyNameHash } from './company-name.ts';
import { companyItemKey } from '../store/sync-keys.ts';
import type { Item, Key } from '../store/table.ts';
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
  companyNameHash((value) => hash(value), name);

export const exactHashOf = ({ hash }: Pick<Tenant, 'hash'>, name: string): string =>
  hash(`company exactly ${exactCompanyName(name)}`);

export const nameKey = (tenantId: string, nameHash: string): Key =>
  companyItemKey(tenantId, 'name', nameHash);

/** Names the company of an event in the turn: events of one company are worked on together. */
export const companyIdHash = ({ hash }: Pick<Tenant, 'hash'>, id: string): string => hash(`company id ${id}`);

export const idKey = (tenantId: string, idHash: string): Key => companyItemKey(tenantId, 'id', idHash);
