/** Checks one event of a request: the findings of the scan of its text, and of reading it. */
import type { Event } from '../events/event.ts';
import { EVENT_TYPES, isEventType } from '../events/event-types.ts';
import { eventId, readEvent } from '../events/reading/read-event.ts';
import type { Remark } from '../events/reading/reading.ts';
import { RECORD_FIELDS, USED_FIELDS } from '../events/reading/record-fields.ts';
import { type Finding, MAX_FINDINGS, type ScannedEvent } from '../http/scan-events.ts';

export const MAX_EVENT_BYTES = 200_000;
/** If the scan found something, paths contain the sender's own names. */
const MAX_PATH = 200;

export interface Accepted {
  index: number;
  event: Event;
  /** What was dropped, cut or unreadable. */
  warnings: Remark[];
  /** SHA-256 in hex of the content as it was sent. */
  contentHash: string;
}

export interface Refused {
  index: number;
  id?: string;
  errors: Remark[];
}

export type CheckedEvent = Accepted | Refused;

/** Whether the event can be accepted, and if not, everything that is wrong with it. */
export function checkEvent(raw: unknown, scanned: ScannedEvent, index: number, now: Date): CheckedEvent {
  const id = eventId(raw);
  const refused = (errors: readonly Remark[]): Refused => ({
    index,
    ...(id !== undefined && { id }),
    errors: errors.slice(0, MAX_FINDINGS),
  });
  if (scanned.bytes > MAX_EVENT_BYTES) {
    return refused([{ path: '', message: `must not be over ${MAX_EVENT_BYTES} bytes` }]);
  }
  const found = scanned.findings.map((finding) => ({ ...toRemark(finding), finding }));
  const wrong = found.filter(({ finding }) => isUsed(raw, finding));
  if (wrong.length > 0) return refused(wrong.map(({ path, message }) => ({ path, message })));
  const read = readEvent(raw, now);
  if (!read.ok) return refused(read.errors);
  const ignored = found
    .filter(({ finding }) => isKnown(finding))
    .map(({ path, message }) => ({ path, message: `${message}; it was ignored` }));
  const { event, warnings, contentHash } = read;
  return { index, event, warnings: [...warnings, ...ignored].slice(0, MAX_FINDINGS), contentHash };
}

const EVERY_TYPE = ['id', 'type', 'occurredAt'];

/** Whether the type uses the member of a finding: nothing else can cause a rejection. */
function isUsed(raw: unknown, { path: [top = '', inner] }: Finding): boolean {
  if (EVERY_TYPE.includes(String(top))) return true;
  const { type } = raw as { type?: unknown };
  if (!isEventType(type)) return true;
  const facts = EVENT_TYPES[type];
  const parts: readonly string[] = [...facts.needs, ...('takes' in facts ? facts.takes : [])];
  if (!parts.includes(String(top))) return false;
  const isWithinRecord = top === 'record' && inner !== undefined && 'record' in facts;
  return !isWithinRecord || USED_FIELDS[facts.record].has(String(inner));
}

/** Whether the contract names the member. Other members, and members that are never stored, are not mentioned. */
const isKnown = ({ path: [top = '', inner] }: Finding): boolean =>
  top === 'actor' || top === 'origin' || (top === 'record' && Object.hasOwn(RECORD_FIELDS, String(inner)));

const toRemark = ({ path, message }: Finding): Remark => ({
  path: path.join('.').slice(0, MAX_PATH).toWellFormed(),
  message,
});
