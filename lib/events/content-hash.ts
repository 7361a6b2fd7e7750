/**
 * The content of an event, which distinguishes a repeat from another event with the same id: the members that the
 * contract names, as they were sent. Unknown members, the order of keys, `gender` and `dominantRace` do not count.
 */
import { createHash } from 'node:crypto';
import { RECORD_FIELDS } from './reading/record-fields.ts';

/** `true`: the whole value; else the members that count. */
type Shape = true | { readonly [name: string]: Shape };

const SHAPE: Shape = {
  type: true,
  occurredAt: true,
  origin: true,
  actor: { email: true },
  record: Object.fromEntries(Object.keys(RECORD_FIELDS).map((name) => [name, true])),
  campaign: { id: true, name: true, step: true },
  note: { id: true, text: true, channel: true, outcome: true },
  document: { documentId: true, name: true, type: true },
  marketing: { channels: true, reason: true },
  email: true,
  phone: true,
  company: { id: true, name: true, domain: true, website: true, phone: true, address: true },
  domain: true,
};

const NEVER = new Set(['gender', 'dominantRace']);
/** Deeper than anything that the contract names. */
const MAX_DEPTH = 32;

/** Canonical JSON of what counts: keys in order, without absent members. */
function canonical(value: unknown, shape: Shape, depth = 0): string {
  if (depth > MAX_DEPTH) return '"…"';
  if (Array.isArray(value)) {
    return `[${value.map((element) => canonical(element ?? null, shape, depth + 1)).join()}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(
      ([name, inner]) => inner !== null && inner !== undefined && !NEVER.has(name) && counts(shape, name),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => {
      const innerShape = shape === true ? true : (shape[name] ?? true);
      return `${JSON.stringify(name)}:${canonical(inner, innerShape, depth + 1)}`;
    });
  return `{${members.join()}}`;
}

const counts = (shape: Shape, name: string): boolean => shape === true || Object.hasOwn(shape, name);

/** SHA-256 in hex. @param raw the event as it was parsed, before anything is tidied */
export const contentHash = (raw: unknown): string =>
  createHash('sha256').update(canonical(raw, SHAPE)).digest('hex');
