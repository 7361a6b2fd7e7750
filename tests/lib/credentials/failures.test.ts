import { describe, expect, test } from '@jest/globals';
import { FAILURES_PER_MINUTE, FailureCounter, network } from '../../../lib/credentials/failures.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import { TestClock } from '../../support/clock.ts';

describe('failures to get in', () => {
  const setUp = (): { clock: TestClock; table: MemoryTable; counter: FailureCounter } => {
    const clock = new TestClock();
    const table = new MemoryTable(clock);
    return { clock, table, counter: new FailureCounter(table, clock) };
  };

  test('are counted per client id, from wherever they come, until the minute is over', async () => {
    const { clock, counter } = setUp();
    const fail = (n: number): Promise<number> => counter.count({ clientId: 'sw_1', source: `10.0.0.${n}` });
    for (let n = 0; n < FAILURES_PER_MINUTE.client; n += 1) expect(await fail(n)).toBe(0);
    clock.advance(20_000);
    expect(await fail(99)).toBe(40);
    expect(await counter.count({ clientId: 'sw_2', source: '10.0.0.99' })).toBe(0);
    clock.advance(40_000);
    expect(await fail(99)).toBe(0);
  });

  test('are counted per source address, whichever ids it tries', async () => {
    const { counter } = setUp();
    const fail = (n: number): Promise<number> => counter.count({ clientId: `sw_${n}`, source: '10.0.0.1' });
    for (let n = 0; n < FAILURES_PER_MINUTE.source; n += 1) expect(await fail(n)).toBe(0);
    expect(await fail(1_000)).toBeGreaterThan(0);
    expect(await counter.count({ source: '10.0.0.2' })).toBe(0);
  });

  test('that come all at once are counted too, and a flood writes no more than the bound', async () => {
    const { table, counter } = setUp();
    const waits = await Promise.all(
      Array.from({ length: 60 }, () => counter.count({ clientId: 'sw_1', source: '10.0.0.1' })),
    );
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(FAILURES_PER_MINUTE.client);
    const count = table.all().find(({ pk }) => pk === 'failures#client');
    expect(count).toMatchObject({ failures: FAILURES_PER_MINUTE.client + 1 });
  });

  test('an IPv6 sender is its network, however it is written; an IPv4 sender is its address', () => {
    expect(network('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(network('2001:0DB8:0001:0002::1')).toBe('2001:db8:1:2::/64');
    expect(network('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(network('::1')).toBe('0:0:0:0::/64');
    expect(network('10.1.2.3')).toBe('10.1.2.3');
    expect(network('::ffff:10.1.2.3')).toBe('::ffff:10.1.2.3');
  });
});
