/** The tenant's keyed hashes of an e-mail address and of its domain: enough to find whose it is. */
import type { EventId } from '../ids.ts';
export interface HashedAddress {
  hash: string;
  domainHash: string;
  /** Epoch ms: what events have said later is not meant. */
  until?: number;
}

/** Work that an operator asks for, done in the tenant's turn like an event. */
export type InternalEvent =
  | { type: 'internal.erase'; id: EventId; occurredAt: string; addresses: HashedAddress[] }
  | { type: 'internal.export'; id: EventId; occurredAt: string; email: string }
  | { type: 'internal.replay'; id: EventId; occurredAt: string; eventIds: EventId[] }
  | { type: 'internal.dismiss'; id: EventId; occurredAt: string; eventIds: EventId[]; reason?: string }
  | {
      type: 'internal.decide';
      id: EventId;
      occurredAt: string;
      eventId: EventId;
      as: 'same-person' | 'someone-else';
      match?: { kind: 'candidate' | 'contact'; ref: number };
    };
