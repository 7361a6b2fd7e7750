/** What people must know to decide about contradicting names: the records and the person. */
import { conflicting, type RecordName } from '../../admin/events/decisions.ts';
import { defined } from '../../defined.ts';
import { contentOf } from '../../events/event-content.ts';
import type { EndedEvent } from '../../events/event-item.ts';
import { outerId } from '../../events/inner-id.ts';
import type { NamedPerson } from '../../events/event.ts';
import type { TenantId } from '../../ids.ts';
import type { ConsoleServices } from '../services.ts';

export interface Decision {
  /** The records with one of the person's addresses. */
  records: RecordName[];
  /** As the event says. Nobody can decide without it, so it is decrypted, for events that wait and for no others. */
  person?: { name?: string; candidateId?: string; emails: string[] };
}

export async function decisionOf(
  { cipher }: Pick<ConsoleServices, 'cipher'>,
  tenantId: TenantId,
  event: EndedEvent,
): Promise<Decision> {
  const records = conflicting(event);
  const content = await contentOf({ cipher, tenant: { tenantId } }, event);
  if (content === undefined || !('record' in content)) return { records };
  const { candidateId, emails, ...more } = content.record;
  const { firstName, lastName, oneWordName }: Partial<NamedPerson> = more;
  const name = [firstName, lastName].filter(Boolean).join(' ') || oneWordName;
  const id = candidateId === undefined ? undefined : outerId(candidateId);
  const person = { ...defined({ name, candidateId: id }), emails };
  return { records, person };
}
