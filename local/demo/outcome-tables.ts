/** What happened to the events, for a person to read. */
import type { EventOutcome } from './sourcewhale.ts';

type Counts = Map<string, Map<string, number>>;

function count(pairs: Iterable<[row: string, column: string]>): Counts {
  const counts: Counts = new Map();
  for (const [row, column] of pairs) {
    const columns = counts.get(row) ?? new Map<string, number>();
    columns.set(column, (columns.get(column) ?? 0) + 1);
    counts.set(row, columns);
  }
  return counts;
}

/** A table of counts, blank if there is none; columns in the given order, rows sorted, a total below. */
export function countTable(
  title: string,
  pairs: readonly [row: string, column: string][],
  columns: readonly string[],
): string {
  const counts = count([...pairs].sort(([a], [b]) => (a < b ? -1 : 1)));
  const totals =
    count(pairs.map(([, column]) => ['total', column])).get('total') ?? new Map<string, number>();
  const lines = [...counts, ['total', totals] as const].map(([row, cells]) => [
    row,
    ...columns.map((column) => String(cells.get(column) ?? '')),
  ]);
  const table = [[title, ...columns], ...lines];
  const widths = [0, ...columns.map((_, index) => index + 1)].map((index) =>
    Math.max(...table.map((cells) => (cells[index] ?? '').length)),
  );
  return table
    .map((cells) =>
      cells
        .map((cell, index) =>
          index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Columns that occur, the usual ones first. */
const columnsOf = (usual: readonly string[], pairs: readonly [string, string][]): string[] => [
  ...new Set([...usual, ...pairs.map(([, column]) => column)]),
];

export function outcomeTables(outcomes: readonly EventOutcome[]): string {
  const states = outcomes.map(({ type, state }): [string, string] => [type, state]);
  const actions = outcomes.flatMap(({ actions }) =>
    actions.map(({ entity, operation }): [string, string] => [entity, operation]),
  );
  // A reason may continue with facts of this one event; its rule is the part before the colon.
  const reasons = outcomes
    .filter(({ state }) => state !== 'synced')
    .map(({ state, reason }): [string, string] => [
      (reason ?? 'no reason given').split(' (')[0] ?? '',
      state,
    ]);
  return [
    countTable('events', states, columnsOf(['synced', 'skipped', 'failed'], states)),
    countTable(
      'in Firefish',
      actions,
      columnsOf(['created', 'updated', 'unchanged', 'noted', 'opted_out', 'opted_in'], actions),
    ),
    countTable('not synced, because', reasons, columnsOf(['skipped', 'failed'], reasons)),
  ].join('\n\n');
}
