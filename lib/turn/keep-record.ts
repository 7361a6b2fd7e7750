/** What a turn writes into its record, and reads from the one before. */
import type { TenantId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import { type Binding, type Cipher, DecryptionError } from '../crypto/cipher.ts';
import { URGENCIES } from '../events/urgency.ts';
import type { FirefishMemory, TenantFirefish } from '../firefish/tenant-firefish.ts';
import { turnKey } from '../store/sync-keys.ts';
import { CLOCK_SKEW_MS, CLOCK_STEP_MS, TURN } from '../times.ts';
import type { Inbox } from './inbox.ts';
import type { Kept } from './lease.ts';
import { type Trouble, troubleOf, type TurnItem, type Waits } from './turn-record.ts';
import type { Workload } from './workload.ts';

export interface Keeping {
  deps: { cipher: Cipher; instance: string };
  workload: Workload;
  inbox: Inbox;
  firefish: TenantFirefish;
  /** When the credentials were given with which the turn began: a newer tenant may be read meanwhile. */
  givenAt: number;
  before: TurnItem | undefined;
}

const memoryAt = (tenantId: TenantId): Binding => ({ tenantId, key: turnKey(tenantId), field: 'firefish' });

/** What the record says of a turn that continues. */
export async function keptNow({ deps, workload, inbox, firefish, givenAt, before }: Keeping): Promise<Kept> {
  const { board, tenant } = workload;
  const missingScopes = firefish.missingScopes();
  const trouble = troubleOf(before, givenAt);
  const announced = [...board.inHand, ...workload.upcoming(TURN.announcedAhead)];
  return {
    instance: deps.instance,
    announced: announced.flatMap(({ entries }) => entries.map(({ hash }) => hash)),
    suspects: workload.suspectsLeft(true),
    waits: waitsOf(firefish),
    class2: inbox.class2,
    firefish: await deps.cipher.encrypt(JSON.stringify(firefish.memory()), memoryAt(tenant.tenantId)),
    firefishGivenAt: givenAt,
    ...(missingScopes.length === 0 ? {} : { missingScopes }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(before?.wakeAt === undefined ? {} : { wakeAt: before.wakeAt }),
  };
}

/** What the record of a turn says once it has closed. @param wakeAt when a wake-up comes for what is left */
export async function keptAtEnd(keeping: Keeping, now: number, wakeAt: number | undefined): Promise<Kept> {
  const { trouble: before, wakeAt: _, ...kept } = await keptNow(keeping);
  const trouble = troubleAfter(kept.waits, before, now);
  const { workload, inbox } = keeping;
  return {
    ...kept,
    announced: [],
    suspects: workload.suspectsLeft(inbox.hasMore),
    ...(trouble === undefined ? {} : { trouble }),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function waitsOf(firefish: TenantFirefish): Waits {
  const waits: Waits = {};
  for (const urgency of URGENCIES) {
    const wait = firefish.waiting(urgency);
    if (wait !== undefined) waits[urgency] = wait;
  }
  return waits;
}

function troubleAfter(waits: Waits, before: Trouble | undefined, now: number): Trouble | undefined {
  for (const { reason } of Object.values(waits)) {
    if (reason !== 'outage' && reason !== 'credentials') continue;
    return before?.reason === reason ? before : { reason, since: now };
  }
  return undefined;
}

export interface Memory {
  memory: FirefishMemory | undefined;
  /** Since it was saved, at least (milliseconds): the clocks of two instances differ. */
  elapsedMs: number;
  crashed: boolean;
}

/** What the turn before has left of Firefish's limits. One that cannot be read counts as lost. */
export async function openMemory(
  { cipher, clock, instance }: { cipher: Cipher; clock: Clock; instance?: string },
  tenantId: TenantId,
  before: TurnItem | undefined,
): Promise<Memory> {
  const uncertainMs = before?.instance === instance ? CLOCK_STEP_MS : CLOCK_SKEW_MS;
  const elapsedMs = Math.max(0, clock.now() - (before?.savedAt ?? 0) - uncertainMs);
  const crashed = before !== undefined && before.closedAt === undefined;
  if (before?.firefish === undefined) return { memory: undefined, elapsedMs, crashed };
  try {
    // Only `keptNow` writes it.
    const memory = JSON.parse(await cipher.decrypt(before.firefish, memoryAt(tenantId))) as FirefishMemory;
    return { memory, elapsedMs, crashed };
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    return { memory: undefined, elapsedMs, crashed: true };
  }
}
