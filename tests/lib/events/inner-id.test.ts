import { describe, expect, test } from '@jest/globals';
import { innerId, outerId } from '../../../lib/events/inner-id.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const NAMES = Object.getOwnPropertyNames(Object.prototype);

describe('an id that is also a property of every object', () => {
  test('has another form inside and its own form outside, and so has an id that looks like the inner form', () => {
    for (const id of [...NAMES, 'evt-1', '%constructor', '%', '']) expect(outerId(innerId(id))).toBe(id);
    for (const id of NAMES) expect(innerId(id) in {}).toBe(false);
    expect(new Set([...NAMES, ...NAMES.map((id) => `%${id}`)].map(innerId)).size).toBe(2 * NAMES.length);
    expect(innerId('evt-1')).toBe('evt-1');
  });

  test('works as the id of an event and of a person', async () => {
    const clock = new VirtualClock();
    const system = openHarness({ clock });
    const events = NAMES.map((name, n) => ({
      ...makeEvent('record.created', n, {
        record: ann({ candidateId: innerId(name), emails: [`${n}@x.example`] }),
      }),
      id: innerId(name),
    }));
    await system.receive(events);
    await drainTurns(system, clock);
    await system.receive(events);
    await drainTurns(system, clock);
    for (const { id } of events) expect(await system.outcome(id)).toMatchObject({ state: 'synced' });
    expect(system.simulator.state('agency').candidates).toHaveLength(NAMES.length);
  });
});
