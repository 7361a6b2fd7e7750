/** The item `T#turn`: the lease, and what one turn leaves to the next. Only the turn writes it. */
import type { TenantId } from '../ids.ts';
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Binding, type Cipher, ifReadable } from '../crypto/cipher.ts';
import { URGENCIES, type Urgency } from '../events/urgency.ts';
import type { FirefishMemory, TenantFirefish, TenantWait } from '../firefish/tenant-firefish.ts';
import { turnKey } from '../store/sync-keys.ts';
import type { Item, ReadableTable } from '../store/table.ts';
import { CLOCK_SKEW_MS, CLOCK_STEP_MS, TURN } from '../times.ts';
import type { Inbox } from './inbox.ts';
import type { Workload } from './workload.ts';

/** Why work of each urgency waits as a whole. */
type Waits = Partial<Record<Urgency, TenantWait>>;

/** What someone must be told of if it lasts: since when (epoch milliseconds) each turn has ended so. */
interface Trouble {
  reason: 'outage' | 'credentials';
  since: number;
}

/** What the turn writes into its record; the rest is the lease's. */
export interface Kept {
  /** Which instance's clock `savedAt` is by. */
  instance: string;
  /** Short hashes of the events that may be in hand now. */
  announced: string[];
  suspects: Suspects;
  waits: Waits;
  trouble?: Trouble;
  /** What class 2 may still take, and when that was counted. */
  class2?: { left: number; at: number };
  /** Limiter, breaker and token, encrypted. */
  firefish?: Uint8Array;
  /** Scopes that the tenant's credentials lack, as far as token requests have told. */
  missingScopes?: string[];
  /** Which Firefish credentials `waits`, `firefish` and `missingScopes` belong to. */
  firefishGivenAt: number;
}

export interface TurnRecord extends Kept {
  epoch: number;
  /** Names the holder: whose answer was lost finds its own write by it. */
  holder: string;
  /** When this record was sent, by the holder's clock (epoch milliseconds). */
  savedAt: number;
  leaseEnd: number;
  closedAt?: number;
}

export type TurnItem = TurnRecord & Item;

export async function readTurn(table: ReadableTable, tenantId: TenantId): Promise<TurnItem | undefined> {
  return (await table.get(turnKey(tenantId))) as TurnItem | undefined; // only the lease writes it
}

/** Whether the turn has not ended, as far as the record says: its process may have. */
const isOpen = (record: TurnRecord | undefined): boolean =>
  record !== undefined && record.closedAt === undefined;

/** Whether no turn is open, and none was since the record was that: then it knows of all calls of turns. */
export const isQuietSince = (before: TurnItem | undefined, record: TurnItem | undefined): boolean =>
  !isOpen(record) && record?.version === before?.version;

/** Whether someone holds the lease, whose clock may differ. */
export const isHeld = (record: TurnRecord | undefined, now: number): boolean =>
  record !== undefined && isOpen(record) && now <= record.leaseEnd + CLOCK_SKEW_MS;

/** What is wrong with the tenant's Firefish; other credentials have no trouble yet. @param givenAt of those it has */
export const troubleOf = (record: TurnRecord | undefined, givenAt: number): Trouble | undefined =>
  record?.firefishGivenAt === givenAt ? record.trouble : undefined;

/** Why work of this urgency waits as a whole, if it does; other credentials wait for nothing. @param givenAt of those it has */
export function waitOf(
  record: Pick<TurnRecord, 'waits' | 'firefishGivenAt'> | undefined,
  givenAt: number,
  urgency: Urgency,
  now: number,
): TenantWait | undefined {
  const wait = record?.firefishGivenAt === givenAt ? record.waits[urgency] : undefined;
  return wait !== undefined && wait.until > now ? wait : undefined;
}

export interface Keeping {
  deps: { cipher: Cipher; instance: string };
  workload: Workload;
  inbox: Inbox;
  firefish: TenantFirefish;
  before: TurnItem | undefined;
}

const memoryAt = (tenantId: TenantId): Binding => ({ tenantId, key: turnKey(tenantId), field: 'firefish' });

/** What the record says of a turn that continues. */
export async function keptNow({ deps, workload, inbox, firefish, before }: Keeping): Promise<Kept> {
  const { board, tenant } = workload;
  const missingScopes = firefish.missingScopes();
  const trouble = troubleOf(before, tenant.firefishGivenAt);
  const announced = [...board.inHand, ...workload.upcoming(TURN.announcedAhead)];
  return {
    instance: deps.instance,
    announced: announced.flatMap(({ entries }) => entries.map(({ hash }) => hash)),
    suspects: workload.suspectsLeft(true),
    waits: waitsOf(firefish),
    class2: inbox.class2,
    firefish: await deps.cipher.encrypt(JSON.stringify(firefish.memory()), memoryAt(tenant.tenantId)),
    firefishGivenAt: tenant.firefishGivenAt,
    ...(missingScopes.length > 0 && { missingScopes }),
    ...(trouble !== undefined && { trouble }),
  };
}

/** What the record of a turn says once it has closed. */
export async function keptAtEnd(keeping: Keeping, now: number): Promise<Kept> {
  const { trouble: before, ...kept } = await keptNow(keeping);
  const trouble = troubleAfter(kept.waits, before, now);
  const { workload, inbox } = keeping;
  return {
    ...{ ...kept, announced: [], suspects: workload.suspectsLeft(inbox.hasMore) },
    ...(trouble !== undefined && { trouble }),
  };
}

function waitsOf(firefish: TenantFirefish): Waits {
  const waits = URGENCIES.map((urgency) => [urgency, firefish.waiting(urgency)] as const);
  return Object.fromEntries(waits.filter(([, wait]) => wait !== undefined));
}

function troubleAfter(waits: Waits, before: Trouble | undefined, now: number): Trouble | undefined {
  for (const { reason } of Object.values(waits)) {
    if (reason !== 'outage' && reason !== 'credentials') continue;
    return before?.reason === reason ? before : { reason, since: now };
  }
  return undefined;
}

/** What the turn before has left of Firefish's limits. One that cannot be read counts as lost. */
export async function openMemory(
  { cipher, clock, instance }: { cipher: Cipher; clock: Clock; instance?: string },
  tenantId: TenantId,
  before: TurnItem | undefined,
): Promise<{ memory: FirefishMemory | undefined; elapsedMs: number; crashed: boolean }> {
  // The clocks of two instances differ.
  const uncertainMs = before?.instance === instance ? CLOCK_STEP_MS : CLOCK_SKEW_MS;
  const elapsedMs = Math.max(0, clock.now() - (before?.savedAt ?? 0) - uncertainMs);
  const crashed = isOpen(before);
  if (before?.firefish === undefined) return { memory: undefined, elapsedMs, crashed };
  const text = await ifReadable(cipher.decrypt(before.firefish, memoryAt(tenantId)));
  if (text === undefined) return { memory: undefined, elapsedMs, crashed: true };
  // Only `keptNow` writes it.
  return { memory: JSON.parse(text) as FirefishMemory, elapsedMs, crashed };
}

/**
 * After a turn that did not close its record, the events that it announced are suspects: one of them may be what ends
 * its process. They work last and one at a time, so that the next crash has one suspect only.
 */
export interface Suspect {
  crashes: number;
  /** It has waited its ten minutes. */
  setAside?: true;
}

/** By the short hash of the event's id. */
export type Suspects = Record<string, Suspect>;

/** A record must stay small, whatever happens. */
const MOST_SUSPECTS = 500;

/** Names an event in the turn record: ids can be long, and the record is written every few seconds. */
export const shortHash = (eventId: string): string =>
  createHash('sha256').update(eventId).digest('base64url').slice(0, 8);

/** The suspects of the turn that follows this record. */
export function suspectsAfter(record: TurnRecord | undefined): Suspects {
  if (record === undefined) return {};
  if (record.closedAt !== undefined) return record.suspects;
  const suspects: Suspects = { ...record.suspects };
  for (const hash of record.announced)
    suspects[hash] = { ...suspects[hash], crashes: (suspects[hash]?.crashes ?? 0) + 1 };
  return Object.fromEntries(Object.entries(suspects).slice(-MOST_SUSPECTS));
}
