/** Events as SourceWhale would send them, with as little as a test needs. */
import { readFormerEvent, type SourceWhaleEvent } from './former-event.ts';

let count = 0;

/** @param minute of a fixed day, for `occurredAt` */
export function makeEvent(type: string, minute: number, rest: Record<string, unknown>): SourceWhaleEvent {
  count += 1;
  const id = `evt-${String(count).padStart(5, '0')}`;
  return readFormerEvent({
    id,
    type,
    occurredAt: instant(minute),
    actor: { email: 'ruth@agency.example' },
    ...rest,
  });
}

export const instant = (minute: number): string =>
  new Date(Date.UTC(2026, 10, 2, 8, 0) + minute * 60_000).toISOString();

export const ann = (rest: Record<string, unknown> = {}): Record<string, unknown> => ({
  candidateId: 'sw-ann',
  kind: 'candidate',
  firstName: 'Ann',
  lastName: 'Lee',
  emails: ['ann@client.example'],
  ...rest,
});
