/** The tenant's keyed hashes of an e-mail address and of its domain: enough to find whose it is. */
export interface HashedAddress {
  hash: string;
  domainHash: string;
}

/** Work that an operator asks for, done in the tenant's turn like an event. */
export type InternalEvent =
  | { type: 'internal.erase'; id: string; occurredAt: string; addresses: HashedAddress[] }
  | { type: 'internal.export'; id: string; occurredAt: string; email: string }
  | { type: 'internal.replay'; id: string; occurredAt: string; eventIds: string[] }
  | { type: 'internal.dismiss'; id: string; occurredAt: string; eventIds: string[]; reason?: string }
  | {
      type: 'internal.decide';
      id: string;
      occurredAt: string;
      eventId: string;
      as: 'same-person' | 'someone-else';
      match?: { kind: 'candidate' | 'contact'; ref: number };
    };
