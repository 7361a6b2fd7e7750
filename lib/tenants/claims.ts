/**
 * Claims: items that ensure that at most one tenant uses a name, such as a domain or a Firefish client id. The tenant's
 * own item decides: a claim counts while its tenant uses the name, and as long as the act that has just claimed it can
 * still run. So nothing has to be cleaned up after an act that ended early, and two acts at once never get the same
 * name.
 */
import type { TenantId } from '../ids.ts';
import { ConflictError, type Item, type Key, type Table } from '../store/table.ts';

/** Longer than any act runs (60 s): after that, a claim is free if its tenant does not use the name. */
export const CLAIM_GRACE_MS = 120_000;

export interface Claim {
  tenantId: TenantId;
  /** The SourceWhale client id that goes with a domain; absent on other claims. */
  clientId?: string;
}

/**
 * What the claim's tenant does with the name: it uses it; it does not exist yet (an `enable` is running, or has ended
 * early); or it uses another name (after `move` or `firefish-credentials`, also if they ended early).
 */
export type Standing = 'used' | 'begun' | 'left';

export interface ClaimRequest {
  key: Key;
  wanted: Claim;
  /** What the tenant of the existing claim does with the name. */
  standingOf: (tenantId: TenantId) => Promise<Standing>;
  /** In which cases the caller continues with the existing tenant. */
  adopts: readonly Standing[];
  /** Epoch milliseconds. */
  now: number;
}

export type ClaimOutcome =
  | { kind: 'claimed'; claim: Claim }
  /** `busy`: no tenant uses it, but one may soon. It is free after `CLAIM_GRACE_MS`. */
  | { kind: 'used' | 'busy'; claim: Claim };

/**
 * Claims a name, or returns which tenant has it. A claim is written each time, even if it was the caller's before, so
 * that another act that wants to take it over gets a conflict.
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
 * Releases a name. @param seen the claim as the act found it when it began: a claim that was written later belongs to
 * an act that uses it
 */
export async function release(table: Table, seen: Item | undefined, tenantId: TenantId): Promise<void> {
  if (seen === undefined || readClaim(seen).tenantId !== tenantId) return;
  try {
    await table.delete(seen, seen.version);
  } catch (error) {
    const there = await table.get(seen);
    // Already deleted: the answer was lost, or another act came first.
    if (there?.version === seen.version) throw error;
  }
}

/** Whether the act that wrote it may still run. */
export const isFresh = (item: Item, now: number): boolean =>
  // Only this file writes these items.
  Number(item['claimedAt']) + CLAIM_GRACE_MS > now;
