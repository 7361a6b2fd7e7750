/** The whole way in simulated time, under Firefish's limits: the short form of `npm run bench -- limits`. */
import type { TenantId } from '../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../support/seeded-random.ts';
import { leastSeconds, Simulation } from '../support/simulation.ts';
import { newPeople, personEvent } from '../support/people.ts';

const MISSING = '' as TenantId;

describe('people pushed at once', () => {
  test.each([
    ['agree', 0],
    ['are off by up to a second', 1_000],
  ])(
    'are created by twenty workers whose clocks %s, without a refusal and with three calls each',
    async (_agreement, skewMs) => {
      const people = 230;
      const simulation = new Simulation({ skewMs });
      simulation.push('t1' as TenantId, newPeople('t1' as TenantId, people));
      const seconds = await simulation.untilAllEnded();
      expect(simulation.refusedByLimit()).toBe(0);
      expect(simulation.table.failed).toEqual([]);
      const calls = simulation.calls();
      expect(calls.get('POST /candidates')).toBe(people);
      // Twice a few people may have to be looked up again if a minute ends.
      expect(calls.get('GET /candidates/search')).toBeLessThanOrEqual(people + 6);
      // A short push ends in the middle of a burst, which Firefish's distance from us makes longer.
      expect(seconds).toBeLessThan(leastSeconds(people) + 10);
      // However many they are: a few messages, and no write of an event but its coming and its end.
      expect(simulation.queue.sent).toBeLessThan(15);
      expect(simulation.table.units.get('e')).toBe(2 * people);
    },
    60_000,
  );

  test('or one by one have one attempt each, however long the limits make them wait', async () => {
    const simulation = new Simulation({ rateLimits: '1/1m', places: 3 });
    for (let n = 0; n < 4; n += 1) simulation.push('t1' as TenantId, [personEvent('t1' as TenantId, n)]);
    expect(await simulation.untilAllEnded()).toBeGreaterThan(180);
    const events = simulation.events('t1' as TenantId);
    expect(events.map(({ state, attempts }) => [state, attempts])).toEqual(events.map(() => ['synced', 1]));
  }, 60_000);

  test('of several tenants have separate limits: no tenant waits for another', async () => {
    const simulation = new Simulation({ tenants: 4, places: 5 });
    for (const tenantId of simulation.tenantIds) simulation.push(tenantId, newPeople(tenantId, 60));
    expect(await simulation.untilAllEnded()).toBeLessThan(leastSeconds(60) + 6);
    expect(simulation.refusedByLimit()).toBe(0);
  }, 60_000);
});

describe('while new people wait for the limit of an hour', () => {
  test('a single change or note of an existing person reaches Firefish at once, by the reserve', async () => {
    const simulation = new Simulation({ rateLimits: '10/1s,200/1h', places: 3 });
    simulation.push('t1' as TenantId, newPeople('t1' as TenantId, 200));
    await simulation.clock.advance(120_000);
    expect(simulation.table.endedAt.size).toBeLessThanOrEqual(150);
    expect(simulation.table.endedAt.size).toBeGreaterThan(140);
    const known = [...simulation.table.endedAt.keys()].map((key) => Number(key.split('-').at(-1)));
    const [noted = 0, changed = 0] = known;
    const note = { id: 'n', text: 'Called', channel: 'call' };
    const events = [
      personEvent('t1' as TenantId, noted, { id: '-n', type: 'note.added', note }),
      personEvent('t1' as TenantId, changed, { id: '-u', type: 'record.updated', record: { role: 'Lead' } }),
    ];
    for (const event of events) simulation.push('t1' as TenantId, [event]);
    await simulation.clock.advance(5_000);
    for (const { id } of events) expect(simulation.table.endedAt.has(`t1 ${id}`)).toBe(true);
    await simulation.untilAllEnded();
    expect(simulation.refusedByLimit()).toBe(0);
    expect(simulation.table.failed).toEqual([]);
  }, 60_000);
});

describe('agencies beside eight that send floods, with a place for each and two more', () => {
  test('have single events and a push of thirty in Firefish as soon as without the floods', async () => {
    const tenantIds = Array.from({ length: 10 }, (_, n) => `t${String(n + 1)}` as TenantId);
    const [calm = MISSING, busy = MISSING, ...floods] = tenantIds;
    const slowest = async (flooding: readonly TenantId[]): Promise<{ single: number; pushed: number }> => {
      const simulation = new Simulation({ tenants: 10, places: 12 });
      for (const tenantId of flooding) simulation.push(tenantId, newPeople(tenantId, 300));
      const pushedAt = new Map<string, number>();
      const push = (tenantId: TenantId, from: number, count: number): void => {
        const events = Array.from({ length: count }, (_, n) => personEvent(tenantId, from + n));
        for (const { id } of events) pushedAt.set(`${tenantId} ${id}`, simulation.clock.now());
        simulation.push(tenantId, events);
      };
      for (let n = 0; n < 30; n += 1) {
        push(calm, n, 1);
        if (n % 10 === 3) push(busy, 3 * n, 30);
        await simulation.clock.advance(1_700);
      }
      await simulation.clock.advance(30_000);
      expect(simulation.refusedByLimit()).toBe(0);
      const slowestOf = (tenantId: TenantId): number =>
        Math.max(
          ...[...pushedAt]
            .filter(([key]) => key.startsWith(`${tenantId} `))
            .map(([key, at]) => (simulation.table.endedAt.get(key) ?? Infinity) - at),
        );
      return { single: slowestOf(calm), pushed: slowestOf(busy) };
    };
    const [alone, beside] = [await slowest([]), await slowest(floods)];
    expect(beside.single - alone.single).toBeLessThan(1_000);
    expect(beside.pushed - alone.pushed).toBeLessThan(2_000);
  }, 60_000);
});

describe('people of one e-mail domain', () => {
  test('share searches if the limit of searches is used up, and nobody is created twice', async () => {
    const simulation = new Simulation({ rateLimits: '5/1s,60/1m', places: 6 });
    const people = 120;
    const emailOf = (n: number): string => `t1-${String(n)}@d${String(Math.floor(n / 10))}.example`;
    const known = Array.from({ length: people / 4 }, (_, n) => ({
      ...{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: emailOf(4 * n).toUpperCase() },
    }));
    simulation.simulator.seed('t1', { candidates: known, companies: [{ Ref: 1, Name: 'Acme' }] });
    // Every other one is a contact, so that creations have two endpoints, and each person still needs both searches.
    const contact = { kind: 'contact', company: 'Acme' };
    simulation.push(
      't1' as TenantId,
      Array.from({ length: people }, (_, n) =>
        personEvent('t1' as TenantId, n, {
          domain: `d${String(Math.floor(n / 10))}.example`,
          record: n % 2 === 0 ? {} : contact,
        }),
      ),
    );
    const seconds = await simulation.untilAllEnded();
    expect(simulation.refusedByLimit()).toBe(0);
    expect(simulation.table.failed).toEqual([]);
    const searches = simulation.calls().get('GET /candidates/search') ?? 0;
    expect(searches).toBeLessThan(0.75 * people);
    expect(seconds).toBeLessThan(0.75 * leastSeconds(people, '5/1s,60/1m') + 15);
    const { candidates, contacts } = simulation.simulator.state('t1');
    const addresses = [...candidates, ...contacts].map(({ EmailAddress }) =>
      typeof EmailAddress === 'string' ? EmailAddress.toLowerCase() : '',
    );
    expect(addresses.sort()).toEqual(Array.from({ length: people }, (_, n) => emailOf(n)).sort());
  }, 60_000);
});

describe('tenants behind one egress address', () => {
  test('all get a token, the longest wait first, without a refusal', async () => {
    const simulation = new Simulation({ tenants: 12, tokenLimits: '2/1m,6/1h', places: 20 });
    for (const tenantId of simulation.tenantIds) {
      simulation.push(tenantId, [personEvent(tenantId, 1)]);
      await simulation.clock.advance(1_000);
    }
    await simulation.untilAllEnded();
    expect(simulation.refusedByLimit()).toBe(0);
    const served = [...simulation.table.endedAt]
      .sort(([, a], [, b]) => a - b)
      .map(([key]) => key.split(' ')[0] as TenantId);
    expect(new Set(served)).toEqual(new Set(simulation.tenantIds));
    // Two a minute: two neighbours can change places, but nobody is skipped.
    for (const [place, tenantId] of served.entries()) {
      expect(Math.abs(place - simulation.tenantIds.indexOf(tenantId))).toBeLessThanOrEqual(2);
    }
  }, 60_000);
});

describe('a restart storm', () => {
  test('of forty cold workers at once takes one token', async () => {
    const simulation = new Simulation({ places: 40, skewMs: 1_000 });
    for (let n = 0; n < 20; n += 1) simulation.push('t1' as TenantId, [personEvent('t1' as TenantId, n)]);
    await simulation.untilAllEnded();
    expect(simulation.calls().get('POST /authorization/token')).toBe(1);
  }, 60_000);
});

describe('an outage of hours', () => {
  test('costs few calls and no attempt, leaves at most one message in the queue, and work continues soon after it', async () => {
    const simulation = new Simulation({ callTimeoutMs: 5_000 });
    simulation.push('t1' as TenantId, newPeople('t1' as TenantId, 40));
    simulation.simulator.faults.add({
      kind: 'status',
      status: 503,
      endpoint: /search|candidates/,
      times: 1e9,
    });
    const hours = 6;
    await simulation.clock.advance(hours * 3_600_000);
    const during = simulation.simulator.calls().length;
    // Ten seconds without a success, then one probe at growing pauses, nine minutes at last, and a token for every other.
    expect(during).toBeLessThanOrEqual(240 + hours * 6 * 1.5);
    expect(simulation.table.endedAt.size).toBe(0);
    expect(simulation.queue.sent).toBeLessThan(40 + hours * 6 * 4);
    simulation.simulator.faults.clear();
    const seconds = await simulation.untilAllEnded();
    expect(seconds).toBeLessThan(900);
    expect(simulation.table.failed).toEqual([]);
    const items = simulation.events('t1' as TenantId);
    expect(items.map(({ attempts }) => attempts)).toEqual(items.map(() => 1));
  }, 60_000);
});

describe('any faults on any endpoint', () => {
  const KINDS = ['html', 'drop', 'hang', 'garbage'] as const;
  test.each([1, 2, 3])(
    'lead to the same end state as without faults, once, and nothing fails (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      const simulation = new Simulation({ seed, callTimeoutMs: 2_000, places: 6 });
      const people = 40;
      const note = { id: 'n', text: 'Called', channel: 'call' };
      simulation.push('t1' as TenantId, newPeople('t1' as TenantId, people));
      const notes = Array.from({ length: people }, (_, n) =>
        personEvent('t1' as TenantId, n, { id: '-note', type: 'note.added', note }),
      );
      simulation.push('t1' as TenantId, notes);
      for (let n = 0; n < 40; n += 1) {
        const endpoint =
          [/search/, /^POST .candidates$/, /notes/, /token/, /./][Math.floor(random() * 5)] ?? /./;
        const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'html';
        const applied = random() < 0.5;
        simulation.simulator.faults.add(
          [
            { kind, applied, endpoint },
            {
              kind: 'status' as const,
              status: [401, 408, 500, 503][Math.floor(random() * 4)] ?? 500,
              endpoint,
            },
            { kind: 'rate-limit' as const, retryAfter: String(Math.ceil(random() * 20)), endpoint },
          ][Math.floor(random() * 3)] ?? { kind, applied, endpoint },
        );
      }
      await simulation.untilAllEnded();
      expect(simulation.table.failed).toEqual([]);
      const { candidates, actions } = simulation.simulator.state('t1');
      expect(candidates.map(({ EmailAddress }) => EmailAddress).sort()).toEqual(
        Array.from({ length: people }, (_, n) => `t1-${String(n)}@d${String(n)}.example`).sort(),
      );
      const noted = actions.filter((action) => action['Note'] !== undefined && action['Note'] !== null);
      expect(noted).toHaveLength(people);
    },
    60_000,
  );
});
