/** A search's rows in one of the shapes that have been seen: a client must accept all of them. */
import { json } from '../answers.ts';
import type { Quirks } from '../quirks.ts';
import type { Collection } from './records.ts';
import { SEARCH_ROWS_AT_MOST, type Paging } from './search.ts';
import { type Shape, SHAPES, type Switches } from '../switches.ts';

/** @param turn the number of the agency's search, from 0 */
export function shapeOf(
  { shape }: Switches,
  searched: Collection | 'actions',
  { isAsked }: Paging,
  turn: number,
): Shape {
  if (shape === 'cycle') return SHAPES[turn % SHAPES.length] ?? 'array';
  if (shape !== 'seen') return shape;
  if (searched === 'candidates') return 'nested';
  return isAsked ? 'paged' : 'array';
}

/** The matching rows, newest first, up to the cap. Rows beyond it are on no page. */
export function newestFirst<Row extends { Ref: number }>(
  all: Iterable<Row>,
  matches: (row: Row) => boolean,
  createdAt: (row: Row) => string,
  { rowsOldestFirst = false }: Quirks,
): Row[] {
  const found = Array.from(all).filter(matches);
  const direction = rowsOldestFirst ? -1 : 1;
  found.sort((one, other) => direction * (compare(createdAt(other), createdAt(one)) || other.Ref - one.Ref));
  return found.slice(0, SEARCH_ROWS_AT_MOST);
}

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

export function searchAnswer(
  found: readonly unknown[],
  { page, pageSize }: Paging,
  shape: Shape,
  quirks: Quirks,
): Response {
  const rows = found.slice((page - 1) * pageSize, page * pageSize);
  if (shape === 'array') return json(rows);
  if (shape === 'nested') return json([rows]);
  const totals = { TotalPages: Math.ceil(found.length / pageSize), TotalCount: found.length };
  return json(quirks.resultsNamedItems ? { Items: rows, ...totals } : { Results: rows, ...totals });
}
