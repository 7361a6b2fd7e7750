/**
 * Claims: items that let one tenant at most use a name, such as a domain or a Firefish client id. The tenant's own item
 * decides: a claim counts while its tenant uses the name, and for as long as an act that has just claimed it may still
 * run. So an act that died leaves nothing that has to be tidied up, and two acts at once never get the same name.
 */
import type { TenantId } from '../ids.ts';
import { ConflictError, type Item, type Key, type Table } from '../store/table.ts';

/** Longer than any act runs (60 s): from then on a claim of a tenant that does not use the name is free. */
export const CLAIM_GRACE_MS = 120_000;

export interface Claim {
  tenantId: TenantId;
  /** The SourceWhale client id that goes with a domain; absent on other claims. */
  clientId?: string;
}

/**
 * How its tenant stands to the name: it uses it; there is no such tenant yet (an `enable` is at work, or died); or it
 * uses another name (`move` and `firefish-credentials` do so, and one that died).
 */
export type Standing = 'used' | 'begun' | 'left';

export interface ClaimRequest {
  key: Key;
  wanted: Claim;
  /** How the tenant of the claim that is there stands to the name. */
  standingOf: (tenantId: TenantId) => Promise<Standing>;
  /** In which cases the caller continues in the name of the tenant that is there. */
  adopts: readonly Standing[];
  /** Epoch milliseconds. */
  now: number;
}

export type ClaimOutcome =
  | { kind: 'claimed'; claim: Claim }
  /** `busy`: no tenant uses it, but one may be about to. It is free after `CLAIM_GRACE_MS`. */
  | { kind: 'used' | 'busy'; claim: Claim };

/**
 * Claims a name, or answers which tenant has it. A claim is written each time, also if it was the caller's before: who
 * looked at it meanwhile to take it over gets a conflict.
 */
export async function claim(table: Table, request: ClaimRequest): Promise<ClaimOutcome> {
  const { key, wanted, now } = request;
  for (;;) {
    const item = await table.get(key);
    const decision = item === undefined ? wanted : await decide(item, request);
    if ('kind' in decision) return decision;
    try {
      await table.put({ ...key, ...decision, claimedAt: now }, item?.version ?? 'absent');
      return { kind: 'claimed', claim: decision };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function decide(item: Item, request: ClaimRequest): Promise<Claim | ClaimOutcome> {
  const { wanted, standingOf, adopts, now } = request;
  const there = readClaim(item);
  if (there.tenantId === wanted.tenantId) return { ...there, ...wanted };
  const standing = await standingOf(there.tenantId);
  if (adopts.includes(standing)) return there;
  if (standing === 'used') return { kind: 'used', claim: there };
  return isFresh(item, now) ? { kind: 'busy', claim: there } : wanted;
}

export function readClaim(item: Item): Claim {
  // Only this file writes these items.
  const { tenantId, clientId } = item as unknown as Claim;
  return { tenantId, ...(clientId === undefined ? {} : { clientId }) };
}

/**
 * Gives a name back.
 * @param seen the claim as the act found it when it began: one that was written since then is someone's who uses it
 */
export async function release(table: Table, seen: Item | undefined, tenantId: TenantId): Promise<void> {
  if (seen === undefined || readClaim(seen).tenantId !== tenantId) return;
  try {
    await table.delete(seen, seen.version);
  } catch (error) {
    const there = await table.get(seen);
    // Gone: the answer was lost, or another act was faster.
    if (there?.version === seen.version) throw error;
  }
}

/** Whether the act that wrote it may still run. */
export const isFresh = (item: Item, now: number): boolean =>
  // Only this file writes these items.
  Number(item['claimedAt']) + CLAIM_GRACE_MS > now;
