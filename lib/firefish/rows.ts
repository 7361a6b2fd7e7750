/** The shapes of Firefish's answers, read with tolerance: what we need must be there, the rest may be anything. */
import * as z from 'zod';
import type { CompanyRecord, FirefishRecord } from './port.ts';

/** An answer came, but is not what it should be. */
export class UnreadableError extends Error {
  override name = 'UnreadableError';
}

/**
 * Numbers have been seen as text in other APIs of that age: a Ref is a Ref. One beyond 2^53 would be rounded to another
 * record's: `z.int()` refuses it, since what is rounded is not safe either.
 */
const ref = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^[1-9]\d*$/)
    .transform(Number)
    .pipe(z.int().positive()),
]);
/** A reference to another record: none where it is 0 or empty. */
const optionalRef = z.union([z.literal([0, '']).transform(() => null), ref]).nullish();
const text = z.string().nullish();

const created = z.looseObject({ Ref: ref });
const record = created.extend({
  ...{ EmailAddress: text, IsArchived: z.boolean().nullish(), CompanyRef: optionalRef },
  ...{ Created: text, Updated: text },
});
const company = created.extend({
  Name: text.transform((name) => name ?? ''),
  IsArchived: z.boolean().nullish(),
  Updated: text,
});
/** C: "A bare array, or {"Results":[…],"TotalPages":n,"TotalCount":n}; candidate arrays nested one level". */
const page = z.union([
  z.array(z.unknown()).transform((rows) => ({ Results: rows, TotalPages: null, TotalCount: null })),
  z.looseObject({
    Results: z.array(z.unknown()),
    TotalPages: z.number().nullish(),
    TotalCount: z.number().nullish(),
  }),
]);

export interface SearchPage<Row = unknown> {
  rows: Row[];
  /** Only where the answer says so. */
  totalPages?: number;
  totalCount?: number;
}

function read<T>(schema: z.ZodType<T>, what: string, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  // Paths only: values may be personal.
  const where = result.error.issues.map((issue) => issue.path.join('.') || 'the answer').join(', ');
  throw new UnreadableError(`${what} has another shape than expected at ${where}`);
}

// JSON has no undefined: what is absent is absent, as the port's optional fields have it.
export const readRecord = (body: unknown): FirefishRecord =>
  read(record, 'the record', body) as FirefishRecord;
export const readCompany = (body: unknown): CompanyRecord =>
  read(company, 'the company', body) as CompanyRecord;
export const readAction = (body: unknown): { Ref: number; [field: string]: unknown } =>
  read(created, 'the action', body);
export const readCreated = (body: unknown): number => read(created, 'the answer to a creation', body).Ref;

export function readPage(body: unknown): SearchPage {
  const { Results, TotalPages, TotalCount } = read(page, 'the search result', body);
  return {
    rows: Results.flat(),
    ...(typeof TotalPages === 'number' ? { totalPages: TotalPages } : {}),
    ...(typeof TotalCount === 'number' ? { totalCount: TotalCount } : {}),
  };
}
