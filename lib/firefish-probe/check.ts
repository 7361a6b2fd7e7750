/** The form of what the probe checks, and the helpers that the checks are written with. */
import { BEGINNING_OF_TIME, PARAMETER, searchEndpoint, type Entity } from '../firefish/assumptions.ts';
import type { Access, Answer } from './access.ts';

export interface Check {
  /** The line of what is known about Firefish, as it is written there. */
  line: string;
  /** What this system relies on. */
  expected: string;
  look: () => Promise<Seen>;
}

export interface Seen {
  found: string;
  /** `undefined`: there was nothing to see it on, or no time. */
  same: boolean | undefined;
}

export type Finding = Omit<Check, 'look'> & Seen;

export type Row = Record<string, unknown>;

export const ENTITIES = ['candidate', 'contact', 'company'] as const satisfies Entity[];
export const DAY_MS = 24 * 3_600_000;
export const EVERYTHING = { [PARAMETER.from]: BEGINNING_OF_TIME, [PARAMETER.archived]: 'true' };

export const whether = (same: boolean, found = 'not so'): Seen => ({ found: same ? 'so' : found, same });
export const seen = (same: boolean, found: string): Seen => ({ found, same });
export const cannotTell = (why: string): Seen => ({ found: `can't tell: ${why}`, same: undefined });

export const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isDone = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** What was answered, without anything personal. */
export function describe({ status, body }: Answer): string {
  if (status === 0) return `no answer (${String(body)})`;
  const message = isObject(body) && typeof body['Message'] === 'string' ? body['Message'] : undefined;
  return `status ${status}${message === undefined ? '' : `: ${message.slice(0, 100)}`}`;
}

export type Shape = 'a bare array' | 'an array in an array' | 'an envelope';

/** The rows of a search's answer and how they came; `undefined` where it is none. */
export function readSearch({ status, body }: Answer): { rows: Row[]; shape: Shape } | undefined {
  if (status !== 200) return undefined;
  const isNested = Array.isArray(body) && body.some((part) => Array.isArray(part));
  const rows: unknown = isObject(body) ? body['Results'] : body;
  if (!Array.isArray(rows)) return undefined;
  const shape = isNested ? 'an array in an array' : Array.isArray(body) ? 'a bare array' : 'an envelope';
  return { rows: rows.flat().filter(isObject), shape };
}

/** @returns the rows; `undefined` where the answer is none of the known shapes */
export const search = async (
  access: Access,
  entity: Entity,
  query: Record<string, string>,
): Promise<Row[] | undefined> =>
  readSearch(await access.ask(searchEndpoint(entity), { query: { ...EVERYTHING, ...query } }))?.rows;

export const hasRef =
  (ref: unknown) =>
  (row: Row): boolean =>
    row['Ref'] === ref;

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

export const readsAs =
  (name: string, value: unknown) =>
  (row: Row): Seen =>
    whether(row[name] === value, `${name} ${JSON.stringify(row[name] ?? null)}`);
