import { describe, expect, test } from '@jest/globals';
import { FAILURES_PER_MINUTE, FailureCounter, network } from '../../../lib/credentials/failures.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { TestClock } from '../../support/clock.ts';

describe('failed authentications', () => {
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

  test('that come all at once are counted, too, and a flood writes no more than the limit', async () => {
    const { table, counter } = setUp();
    const waits = await Promise.all(
      Array.from({ length: 60 }, () => counter.count({ clientId: 'sw_1', source: '10.0.0.1' })),
    );
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(FAILURES_PER_MINUTE.client);
    const count = table.all().find(({ pk }) => pk === 'failures#client');
    expect(count).toMatchObject({ failures: FAILURES_PER_MINUTE.client + 1 });
  });

  test('are shared by all instances', async () => {
    const { clock, table, counter } = setUp();
    const elsewhere = new FailureCounter(table, clock);
    for (let n = 0; n < FAILURES_PER_MINUTE.client; n += 1) {
      const one = n % 2 === 0 ? counter : elsewhere;
      expect(await one.count({ clientId: 'sw_1', source: `10.0.0.${n}` })).toBe(0);
    }
    expect(await counter.count({ clientId: 'sw_1', source: '10.0.1.1' })).toBeGreaterThan(0);
    expect(await elsewhere.count({ clientId: 'sw_1', source: '10.0.1.2' })).toBeGreaterThan(0);
  });

  test('leave no source address in the table, only a hash with a key that changes each day', async () => {
    const { clock, table, counter } = setUp();
    const hashOf = async (): Promise<string[]> => {
      await counter.count({ source: '10.20.30.40' });
      await new FailureCounter(table, clock).count({ source: '10.20.30.40' });
      return table.all().flatMap(({ pk, sk }) => (pk === 'failures#source' ? [sk] : []));
    };
    const today = await hashOf();
    expect(today).toHaveLength(1);
    expect(JSON.stringify(table.all())).not.toContain('10.20.30.40');
    clock.advance(24 * 3_600_000);
    expect(await hashOf()).not.toEqual(today);
  });

  test('do not read the table more often if a thousand come at once', async () => {
    class CountingTable extends MemoryTable {
      asked = 0;
      override get(...args: Parameters<MemoryTable['get']>): ReturnType<MemoryTable['get']> {
        this.asked += 1;
        return super.get(...args);
      }
    }
    const clock = new TestClock();
    const table = new CountingTable(clock);
    const counter = new FailureCounter(table, clock);
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => counter.count({ clientId: `sw_${n}`, source: '10.0.0.1' })),
    );
    expect(table.asked).toBeLessThan(2 * FAILURES_PER_MINUTE.source);
  });

  test('are still refused if the table does not answer', async () => {
    const clock = new TestClock();
    class DeadTable extends MemoryTable {
      override get(): Promise<never> {
        return Promise.reject(new Error('no answer'));
      }
    }
    const counter = new FailureCounter(new DeadTable(clock), clock);
    const waits = [];
    for (let n = 0; n <= FAILURES_PER_MINUTE.source; n += 1)
      waits.push(await counter.count({ source: '10.0.0.1' }));
    expect(waits.slice(0, -1)).toEqual(waits.slice(0, -1).map(() => 0));
    expect(waits.at(-1)).toBeGreaterThan(0);
  });

  test('count for the network of an IPv6 sender, however it is written, and for the address of an IPv4 sender', () => {
    expect(network('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(network('2001:0DB8:0001:0002::1')).toBe('2001:db8:1:2::/64');
    expect(network('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(network('::1')).toBe('0:0:0:0::/64');
    expect(network('10.1.2.3')).toBe('10.1.2.3');
    expect(network('::ffff:10.1.2.3')).toBe('::ffff:10.1.2.3');
  });
});
