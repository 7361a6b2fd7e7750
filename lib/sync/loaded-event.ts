import { emailDomain, normaliseEmail, emailAddresses } from '../mapping/person-fields.ts';
import type { PersonEvent, SourceWhaleEvent } from '../events/event.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ReadContext } from './context.ts';
import type { Address, Identity } from './leads.ts';
import type { InHand } from './plan-types.ts';
import { stampOf } from './stamp.ts';

/** An event with its item. */
export interface Loaded<E extends SourceWhaleEvent = SourceWhaleEvent> {
  item: StoredEvent;
  event: E;
}

/** Decrypts an event; `undefined` where its content is gone (erased, or long done). */
export async function openEvent(
  { cipher, tenant }: Pick<ReadContext, 'cipher' | 'tenant'>,
  item: StoredEvent,
): Promise<Loaded | undefined> {
  if (item.payload === undefined) return undefined;
  // It was validated before it was stored, and nobody else writes it.
  const event = JSON.parse(await cipher.decrypt(tenant.tenantId, item.payload)) as SourceWhaleEvent;
  return { item, event };
}

export function addressOf(tenant: Tenant, text: string): Address {
  return { text, hash: addressHash(tenant, text), domainHash: domainHash(tenant, emailDomain(text)) };
}

/** The tenant's keyed hash of a normalised address. */
export const addressHash = (tenant: Tenant, address: string): string => tenant.hash(`email ${address}`);
/** The tenant's keyed hash of a normalised e-mail domain. */
export const domainHash = (tenant: Tenant, domain: string): string => tenant.hash(`domain ${domain}`);

const flaggedAddress = (event: PersonEvent): string | undefined =>
  event.type === 'email.flagged' ? normaliseEmail(event.email) : undefined;

/** Whom an event is about. */
export function identityOf(tenant: Tenant, event: PersonEvent): Identity {
  const wrong = flaggedAddress(event);
  const right = emailAddresses(event.record).filter((text) => text !== wrong);
  return {
    stamp: stampOf(event),
    candidateId: event.record.candidateId,
    addresses: right.map((text) => addressOf(tenant, text)),
    ...(wrong === undefined ? {} : { wrong: addressOf(tenant, wrong) }),
  };
}

export function inHand(tenant: Tenant, event: PersonEvent, pending: boolean): InHand {
  const flagged = flaggedAddress(event);
  return {
    event,
    stamp: stampOf(event),
    pending,
    addresses: emailAddresses(event.record).map((text) => addressHash(tenant, text)),
    ...(flagged === undefined ? {} : { flagged: addressHash(tenant, flagged) }),
  };
}

/** Whether too many names are a reason against these events. No word on marketing is refused: it must not be lost. */
export const isBounded = (events: readonly SourceWhaleEvent[]): boolean =>
  events.some((event) => !('marketing' in event));
