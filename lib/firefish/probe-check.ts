/** The form of what the probe checks, and the small words that the checks are written in. */
import type { Answer, ProbeAccess } from './probe-access.ts';
import { readPage } from './rows.ts';

export interface Finding {
  /** The line of what is known about Firefish, as it is written there. */
  line: string;
  expected: string;
  found: string;
  /** `undefined`: there was nothing to see it on, or it needs writing. */
  same: boolean | undefined;
}

export interface Check {
  line: string;
  expected: string;
  look: () => Promise<Seen>;
}

export interface Seen {
  found: string;
  same: boolean | undefined;
}

export type Row = Record<string, unknown>;

export const yes = (found: string): Seen => ({ found, same: true });
export const no = (found: string): Seen => ({ found, same: false });
export const whether = (same: boolean, found: string): Seen => ({ found, same });
export const cannotTell = (why: string): Seen => ({ found: `can't tell: ${why}`, same: undefined });

/** What was answered, without anything personal. */
export const describe = ({ status, body }: Answer): string => {
  if (status === 0) return `no answer (${String(body)})`;
  const message =
    typeof body === 'object' && body !== null && 'Message' in body && typeof body.Message === 'string'
      ? `: ${body.Message.slice(0, 100)}`
      : '';
  return `status ${status}${message}`;
};

export const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rows of a search's answer; `undefined` where it is none. */
export function rowsOf({ status, body }: Answer): Row[] | undefined {
  if (status !== 200) return undefined;
  try {
    return readPage(body).rows.filter(isObject);
  } catch {
    return undefined;
  }
}

export const hasRef =
  (ref: number) =>
  (row: Row): boolean =>
    row['Ref'] === ref;

/** Which of these fields the row lacks, and which of those it has although it should not. */
export function fieldsSeen(row: Row, wanted: readonly string[], unwanted: readonly string[] = []): Seen {
  const lacking = wanted.filter((name) => !(name in row));
  const surplus = unwanted.filter((name) => name in row);
  if (lacking.length === 0 && surplus.length === 0) return yes('so');
  const parts = [
    ...(lacking.length > 0 ? [`without ${lacking.join(', ')}`] : []),
    ...(surplus.length > 0 ? [`with ${surplus.join(', ')}`] : []),
  ];
  return no(parts.join('; '));
}

export interface ProbeContext {
  access: ProbeAccess;
  /** Nobody's: names the records that the probe makes, and what it searches for in vain. */
  marker: string;
}
