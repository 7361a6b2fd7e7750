import { describe, expect, it } from '@jest/globals';
import { countTable, outcomeTables } from '../../../local/demo/outcome-tables.ts';
import { Progress } from '../../../local/demo/progress.ts';
import { intoBatches } from '../../../local/demo/push.ts';
import { inOrder, readEvents } from '../../../local/demo/samples.ts';

describe('the samples', () => {
  it('each occur once, in the order in which they happened', () => {
    const events = inOrder(readEvents());
    expect(events).toHaveLength(212);
    const instants = events.map(({ occurredAt }) => Date.parse(occurredAt));
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });
});

describe('batches', () => {
  it('contain everything once, in order, in uneven sizes', () => {
    const items = Array.from({ length: 30 }, (_, index) => index);
    const batches = intoBatches(items, [1, 12, 4]);
    expect(batches.flat()).toEqual(items);
    expect(batches.map(({ length }) => length)).toEqual([1, 12, 4, 1, 12]);
  });
});

describe('progress', () => {
  const lines: string[] = [];
  const write = (text: string): boolean => lines.push(text) > 0;

  it('is a progress bar on a terminal', () => {
    lines.length = 0;
    const progress = new Progress({ write, isTTY: true }, () => 0);
    progress.show(2, 4, 'half');
    progress.show(4, 4, 'done');
    expect(lines[0]).toMatch(/^\r\[█{15}░{15}\] 2\/4 half/);
    expect(lines[1]).toMatch(/^\r\[█{30}\] 4\/4 done.*\n$/);
  });

  it('is a line from time to time elsewhere, and always one at the end', () => {
    lines.length = 0;
    let now = 10_000;
    const progress = new Progress({ write }, () => now);
    progress.show(1, 4, 'a');
    now += 500;
    progress.show(2, 4, 'b');
    now += 2000;
    progress.show(3, 4, 'c');
    progress.show(4, 4, 'd');
    expect(lines).toEqual(['1/4 a\n', '3/4 c\n', '4/4 d\n']);
  });
});

describe('the tables', () => {
  it('count by row and column, with totals, and leave out empty rows', () => {
    expect(
      countTable(
        'events',
        [
          ['b', 'synced'],
          ['a', 'failed'],
          ['a', 'synced'],
          ['a', 'synced'],
        ],
        ['synced', 'failed'],
      ),
    ).toBe(
      ['events  synced  failed', 'a            2       1', 'b            1', 'total        3       1'].join(
        '\n',
      ),
    );
  });

  it('say what happened to events, what was done, and why something was not done', () => {
    const tables = outcomeTables([
      {
        id: '1',
        type: 'record.created',
        state: 'synced',
        actions: [{ entity: 'candidate', ref: 1, operation: 'created' }],
      },
      { id: '2', type: 'note.added', state: 'skipped', reason: 'no-email', actions: [] },
    ]);
    expect(tables).toMatch(/record\.created +1\n/);
    expect(tables).toMatch(/candidate +1\n/);
    expect(tables).toMatch(/no-email +1\n/);
  });
});
