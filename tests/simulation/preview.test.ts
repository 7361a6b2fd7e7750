/** The largest preview that a request may ask for, in simulated time and under Firefish's limits. */
import { describe, expect, test } from '@jest/globals';
import { AGENCY, type Harness, openHarness } from '../support/harness.ts';
import { eventOf, readFormerEvent } from '../support/former-event.ts';
import type { Table } from '../../lib/store/table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const WORDS = [
  'Acme',
  'Borealis',
  'Cobalt',
  'Delphi',
  'Ember',
  'Fjord',
  'Garnet',
  'Helix',
  'Indigo',
  'Juniper',
];

/** Fifty contacts, each of their own company and e-mail domain. */
const contacts = Array.from({ length: 50 }, (_, n) =>
  readFormerEvent({
    id: `e${n}`,
    type: 'record.created',
    occurredAt: '2026-11-23T09:00:00.000Z',
    record: {
      candidateId: `sw_${n}`,
      kind: 'contact',
      firstName: 'Ann',
      lastName: `Lee${n}`,
      company: `${WORDS[n % 10]!} ${WORDS[Math.floor(n / 10)]!} Systems Ltd`,
      emails: [`ann@client${n}.example`],
    },
  }),
);

const openSystem = (clock: VirtualClock, wrapTable = (table: Table): Table => table) => {
  const limits = { rateLimits: '10/1s,195/1m,2950/1h', tokenLimits: '10/1m,30/1h' };
  const system = openHarness({ clock, ...limits, network, wrapTable });
  async function network(request: Request): Promise<Response> {
    await clock.sleep(100);
    const answer = await system.simulator.handle(request);
    await clock.sleep(100);
    return answer;
  }
  return system;
};

const preview = (system: Harness, events: typeof contacts): ReturnType<Harness['preview']> =>
  system.preview(
    system.tenant,
    events.map((event) => eventOf(event)),
  );

describe('a preview of fifty contacts of as many new companies', () => {
  test('is made within the time of a request, by the limits, and agrees with the push that follows at once', async () => {
    const clock = new VirtualClock();
    const system = openSystem(clock);
    const begun = clock.now();
    const previews = await clock.run(preview(system, contacts));
    expect(clock.now() - begun).toBeLessThan(25_000);
    for (const { actions, state } of previews.values()) {
      expect(state).toBe('synced');
      expect(actions).toMatchObject([{ entity: 'contact', operation: 'created' }]);
    }
    await clock.run(system.receive(contacts));
    await clock.run(system.makeInstance().handle({ tenantId: system.tenant.tenantId }, 75_000));
    await clock.advance(60_000);
    await clock.run(system.makeInstance().handle({ tenantId: system.tenant.tenantId }, 75_000));
    expect(system.simulator.state(AGENCY).contacts).toHaveLength(50);
    expect(system.simulator.calls().filter(({ status }) => status === 429)).toEqual([]);
  }, 60_000);
});

describe('previews one after the other', () => {
  test('use one token as long as it lives, however many they are', async () => {
    const clock = new VirtualClock();
    const system = openSystem(clock);
    for (const contact of contacts.slice(0, 20)) await clock.run(preview(system, [contact]));
    const tokens = system.simulator.calls().filter(({ endpoint }) => endpoint.includes('token'));
    expect(tokens).toHaveLength(1);
    await clock.advance(600_000);
    await clock.run(preview(system, contacts.slice(0, 1)));
    expect(system.simulator.calls().filter(({ endpoint }) => endpoint.includes('token'))).toHaveLength(2);
  });

  test('ask for another token once other credentials are given', async () => {
    const clock = new VirtualClock();
    const system = openSystem(clock);
    await clock.run(preview(system, contacts.slice(0, 1)));
    const tenant = { ...system.tenant, firefishGivenAt: clock.now() };
    const event = eventOf(contacts[1]!);
    await clock.run(system.preview(tenant, [event]));
    expect(system.simulator.calls().filter(({ endpoint }) => endpoint.includes('token'))).toHaveLength(2);
  });
});

describe('a preview of which one call to a table fails', () => {
  test.each(['before', 'after'] as const)(
    '%s it took effect answers or fails, and the next one, a request later, answers as if nothing had failed',
    async (when) => {
      const answers = async (at: number): Promise<{ calls: number; first: unknown; next: unknown }> => {
        let calls = 0;
        const guard = async <T>(call: () => Promise<T>): Promise<T> => {
          calls += 1;
          const fails = calls === at;
          if (fails && when === 'before') throw new Error('failed');
          const answer = await call();
          if (fails) throw new Error('failed');
          return answer;
        };
        const clock = new VirtualClock();
        const system = openSystem(clock, (table) => ({
          get: (key) => guard(() => table.get(key)),
          getMany: (keys) => guard(() => table.getMany(keys)),
          query: (query) => guard(() => table.query(query)),
          put: (item, expected) => guard(() => table.put(item, expected)),
          delete: (key, expected) => guard(() => table.delete(key, expected)),
        }));
        const two = contacts.slice(0, 2);
        const first = await clock.run(preview(system, two).catch(() => 'failed'));
        const ofFirst = calls;
        await clock.advance(26_000);
        const next = await clock.run(preview(system, two));
        return { calls: ofFirst, first, next };
      };
      const calm = await answers(Infinity);
      expect(calm.calls).toBeGreaterThan(10);
      for (let at = 1; at <= calm.calls; at += 1) {
        const { first, next } = await answers(at);
        expect([calm.first, 'failed']).toContainEqual(first);
        expect(next).toEqual(calm.first);
      }
    },
    60_000,
  );
});
