/** People by the thousand, as SourceWhale would push them. */
import type { TenantId } from '../../lib/ids.ts';
import { readFormerEvent, type SourceWhaleEvent } from './former-event.ts';

const START = Date.parse('2026-11-23T09:00:00.000Z');

/** An event about the nth person, who has their own address in their own domain. */
export function personEvent(
  tenantId: TenantId,
  n: number,
  {
    id = '',
    type = 'record.created',
    domain = `d${String(n)}.example`,
    ...rest
  }: Record<string, unknown> = {},
): SourceWhaleEvent {
  const name = `${tenantId}-${String(n)}`;
  const { record = {}, ...more } = rest;
  return readFormerEvent({
    id: `${name}${String(id)}`,
    type,
    occurredAt: new Date(START + n + (id === '' ? 0 : 1_000_000)).toISOString(),
    record: {
      candidateId: `sw-${name}`,
      kind: 'candidate',
      firstName: 'Ann',
      lastName: `Number${String(n)}`,
      emails: [`${name}@${String(domain)}`],
      ...(record as object),
    },
    ...more,
  });
}

export const newPeople = (tenantId: TenantId, count: number): SourceWhaleEvent[] =>
  Array.from({ length: count }, (_, n) => personEvent(tenantId, n));
