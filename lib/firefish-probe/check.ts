/** The form of what the probe checks, and what the checks say. */
import { type Answer, type Ground, isObject, type Row } from './ground.ts';

export interface Check {
  /** The line of what is known about Firefish, as it is written there. */
  line: string;
  /** What this system relies on. */
  expected: string;
  /** Of a question: only where the probe may write. */
  writes?: true;
  look: (ground: Ground) => Promise<Seen>;
}

export interface Seen {
  found: string;
  /** `undefined`: there was nothing to see it on, or no time. */
  same: boolean | undefined;
}

export const seen = (same: boolean, found: string): Seen => ({ found, same });
export const whether = (same: boolean, found = 'not so'): Seen => seen(same, same ? 'so' : found);
export const cannotTell = (why: string): Seen => ({ found: `can't tell: ${why}`, same: undefined });

/** What was answered, without anything personal. */
export function describe({ status, body }: Answer): string {
  const message = isObject(body) && typeof body['Message'] === 'string' ? body['Message'] : undefined;
  return `status ${status}${message === undefined ? '' : `: ${message.slice(0, 100)}`}`;
}

/** Which of these fields the row lacks, and which of those it has although it should not. */
export function fieldsSeen(row: Row, wanted: readonly string[], unwanted: readonly string[] = []): Seen {
  const lacking = wanted.filter((name) => !(name in row));
  const surplus = unwanted.filter((name) => name in row);
  const parts = [
    ...(lacking.length > 0 ? [`without ${lacking.join(', ')}`] : []),
    ...(surplus.length > 0 ? [`with ${surplus.join(', ')}`] : []),
  ];
  return whether(parts.length === 0, parts.join('; '));
}
