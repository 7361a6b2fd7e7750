/** The item `T#turn`: the lease, and what one turn leaves to the next. Only the turn writes it. */
import type { TenantId, EventId } from '../ids.ts';
import type { Urgency } from '../events/urgency.ts';
import { turnKey } from '../store/sync-keys.ts';
import type { Item, ReadableTable } from '../store/table.ts';
import { CLOCK_SKEW_MS } from '../times.ts';
import { createHash } from 'node:crypto';

/** Why work of one urgency waits as a whole. Epoch milliseconds. */
export interface Wait {
  reason: 'limit' | 'token' | 'outage' | 'credentials';
  until: number;
}

export type Waits = Partial<Record<Urgency, Wait>>;

/** What someone must be told of if it lasts: since when (epoch milliseconds) each turn has ended so. */
export interface Trouble {
  reason: 'outage' | 'credentials';
  since: number;
}

export interface TurnRecord {
  epoch: number;
  /** Names the holder: whose answer was lost finds its own write by it. */
  holder: string;
  /** When this record was sent, by the holder's clock (epoch milliseconds), and which instance's clock that was. */
  savedAt: number;
  instance: string;
  leaseEnd: number;
  closedAt?: number;
  /** Short hashes of the events that may be in hand now. */
  announced: string[];
  suspects: Suspects;
  waits: Waits;
  trouble?: Trouble;
  /** What class 2 may still take, and when that was counted. */
  class2?: { left: number; at: number };
  /** When the next wake-up comes for what waits (epoch milliseconds). */
  wakeAt?: number;
  /** Limiter, breaker and token, encrypted. */
  firefish?: Uint8Array;
  /** Scopes that the tenant's credentials lack, as far as token requests have told. */
  missingScopes?: string[];
  /** Which Firefish credentials `waits`, `firefish` and `missingScopes` belong to. */
  firefishGivenAt: number;
}

export type TurnItem = TurnRecord & Item;

export async function readTurn(table: ReadableTable, tenantId: TenantId): Promise<TurnItem | undefined> {
  return (await table.get(turnKey(tenantId))) as TurnItem | undefined; // only the lease writes it
}

/** Whether someone holds the lease, whose clock may differ. */
export const isHeld = (record: TurnRecord | undefined, now: number): boolean =>
  record !== undefined && record.closedAt === undefined && now <= record.leaseEnd + CLOCK_SKEW_MS;

/** What is wrong with the tenant's Firefish; other credentials have no trouble yet. @param givenAt of those it has */
export const troubleOf = (record: TurnRecord | undefined, givenAt: number): Trouble | undefined =>
  record?.firefishGivenAt === givenAt ? record.trouble : undefined;

/** Why work of this urgency waits as a whole, if it does; other credentials wait for nothing. @param givenAt of those it has */
export function waitOf(
  record: Pick<TurnRecord, 'waits' | 'firefishGivenAt'> | undefined,
  givenAt: number,
  urgency: Urgency,
  now: number,
): Wait | undefined {
  const wait = record?.firefishGivenAt === givenAt ? record.waits[urgency] : undefined;
  return wait !== undefined && wait.until > now ? wait : undefined;
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

const SET_ASIDE_AFTER = 2;
const FAILS_AFTER = 3;
/** A record must stay small, whatever happens. */
const MOST_SUSPECTS = 500;

/** Names an event in the turn record: ids can be long, and the record is written every few seconds. */
export const shortHash = (eventId: EventId): string =>
  createHash('sha256').update(eventId).digest('base64url').slice(0, 8);

/** The suspects of the turn that follows this record. */
export function suspectsAfter(record: TurnRecord | undefined): Suspects {
  if (record === undefined) return {};
  if (record.closedAt !== undefined) return record.suspects;
  const suspects: Suspects = { ...record.suspects };
  for (const hash of record.announced) {
    const before = suspects[hash];
    suspects[hash] = { ...before, crashes: (before?.crashes ?? 0) + 1 };
  }
  return Object.fromEntries(Object.entries(suspects).slice(-MOST_SUSPECTS));
}

/** What is done with a suspect. */
export function judge(suspect: Suspect): 'work' | 'set aside' | 'fail' {
  if (suspect.crashes >= FAILS_AFTER) return 'fail';
  return suspect.crashes >= SET_ASIDE_AFTER && suspect.setAside !== true ? 'set aside' : 'work';
}
