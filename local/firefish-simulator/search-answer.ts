/** A search's rows in one of the shapes that have been seen: a client must take all of them. */
import { json } from './answers.ts';
import type { Quirks } from './quirks.ts';
import { SEARCH_ROWS_AT_MOST } from './search.ts';

export const SHAPES = ['array', 'paged', 'nested'] as const;
export type Shape = (typeof SHAPES)[number];

/** The shape of the agency's n-th search (from 0). Only candidates' arrays have been seen nested. */
export function shapeOf(wanted: Shape | 'cycle', search: number, nests: boolean): Shape {
  const shapes: Shape[] = nests ? ['array', 'paged', 'nested'] : ['array', 'paged'];
  if (wanted === 'cycle') return shapes[search % shapes.length] ?? 'array';
  return shapes.includes(wanted) ? wanted : 'array';
}

/** Takes what is meant, in order, up to the cap; nothing beyond it can be reached by any page. */
export function take<Row>(all: Iterable<Row>, meant: (row: Row) => boolean): Row[] {
  const found: Row[] = [];
  for (const row of all) {
    if (meant(row)) found.push(row);
    if (found.length === SEARCH_ROWS_AT_MOST) break;
  }
  return found;
}

export function searchAnswer(
  found: readonly unknown[],
  { page, pageSize }: { page: number; pageSize: number },
  shape: Shape,
  quirks: Quirks,
): Response {
  const rows = found.slice((page - 1) * pageSize, page * pageSize);
  if (shape === 'array') return json(rows);
  if (shape === 'nested') return json([rows]);
  const totals = { TotalPages: Math.ceil(found.length / pageSize), TotalCount: found.length };
  return json(quirks.resultsNamedItems ? { Items: rows, ...totals } : { Results: rows, ...totals });
}
