/** The largest preview that a request may ask for, in simulated time and under Firefish's limits. */
import { describe, expect, test } from '@jest/globals';
import { AGENCY, openHarness } from '../support/harness.ts';
import { eventOf, readFormerEvent } from '../support/former-event.ts';
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

describe('a preview of fifty contacts of as many new companies', () => {
  test('is made within the time of a request, by the limits, and agrees with the push that follows at once', async () => {
    const clock = new VirtualClock();
    const system = openHarness({ clock, random: () => 0.5, rateLimits: '10/1s,195/1m,2950/1h', network });
    async function network(request: Request): Promise<Response> {
      await clock.sleep(100);
      const answer = await system.simulator.handle(request);
      await clock.sleep(100);
      return answer;
    }
    const begun = clock.now();
    const previews = await clock.run(
      system.preview(
        system.tenant,
        contacts.map((event) => eventOf(event)),
      ),
    );
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
