import { EVENT_ID, EVENT_TYPES, eventSchema, type SourceWhaleEvent } from '../events/event.ts';
import { withInnerIds } from '../events/inner-id.ts';
import { findUnstorable } from '../events/unstorable.ts';
import { dropNulls } from './drop-nulls.ts';
import { type Finding, MAX_FINDINGS, type ScannedEvent } from '../http/scan-events.ts';

const MAX_EVENT_BYTES = 200_000;
/** How far the sender's clock may be ahead of ours. */
const MAX_AHEAD_MS = 5 * 60_000;
/** Paths hold the sender's own names where the scan found something. */
const MAX_PATH = 200;

export interface EventError {
  /** Steps from the event, joined by dots: `record.emails.0`; empty for the event as a whole. */
  path: string;
  message: string;
}

export type CheckedEvent =
  { index: number; event: SourceWhaleEvent } | { index: number; id?: string; errors: EventError[] };

/** Whether the event can be taken in, and if not, everything that is wrong with it. */
export function checkEvent(raw: unknown, scanned: ScannedEvent, index: number, now: number): CheckedEvent {
  const findings = examine(raw, scanned, now);
  if (!Array.isArray(findings)) return { index, event: findings };
  const id = wellFormedId(raw);
  return { index, ...(id === undefined ? {} : { id }), errors: findings.map(toError) };
}

function examine(raw: unknown, { bytes, findings }: ScannedEvent, now: number): SourceWhaleEvent | Finding[] {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return [{ path: [], message: 'must be an object' }];
  }
  if (bytes > MAX_EVENT_BYTES) return [{ path: [], message: `must not be over ${MAX_EVENT_BYTES} bytes` }];
  if (findings.length > 0) return findings;
  const { type } = raw as { type?: unknown };
  if (!(EVENT_TYPES as readonly unknown[]).includes(type)) {
    return [{ path: ['type'], message: `must be one of ${EVENT_TYPES.join(', ')}` }];
  }
  const parsed = eventSchema.safeParse(dropNulls(raw));
  if (!parsed.success) {
    return parsed.error.issues.slice(0, MAX_FINDINGS).map(({ path, message }) => ({
      path: path.map((step) => (typeof step === 'symbol' ? '' : step)),
      message,
    }));
  }
  const unstorable = findUnstorable(parsed.data);
  if (unstorable.length > 0) return unstorable.slice(0, MAX_FINDINGS);
  if (Date.parse(parsed.data.occurredAt) > now + MAX_AHEAD_MS) {
    return [{ path: ['occurredAt'], message: 'must be at most five minutes ahead' }];
  }
  return withInnerIds(parsed.data);
}

function wellFormedId(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !Object.hasOwn(raw, 'id')) return undefined;
  const { id } = raw as { id?: unknown };
  return typeof id === 'string' && EVENT_ID.test(id) ? id : undefined;
}

const toError = ({ path, message }: Finding): EventError => ({
  path: path.join('.').slice(0, MAX_PATH).toWellFormed(),
  message,
});
