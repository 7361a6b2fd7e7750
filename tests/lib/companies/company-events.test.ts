import { describe, expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { makeEvent } from '../../support/events.ts';
import { eventOf } from '../../support/former-event.ts';
import { AGENCY, openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function open(companies: Parameters<ReturnType<typeof openHarness>['simulator']['seed']>[1]['companies']) {
  const clock = new VirtualClock();
  const harness = openHarness({ clock });
  harness.simulator.seed(AGENCY, { companies });
  type Said = readonly [minute: number, company: Record<string, unknown>];
  const updates = (said: readonly Said[]) =>
    said.map(([minute, company]) =>
      makeEvent('company.updated', minute, { company: { id: 'c-1', ...company } }),
    );
  const pushAll = async (...said: Said[]) => {
    const events = updates(said);
    await clock.run(harness.receive(events));
    await drainTurns(harness, clock);
    return Promise.all(events.map(({ id }) => harness.outcome(id)));
  };
  return {
    simulator: harness.simulator,
    push: async (n: number, company: Record<string, unknown>) => {
      const [outcome] = await pushAll([n, company]);
      return outcome;
    },
    pushAll,
    preview: async (...said: Said[]) => {
      const events = updates(said);
      const previews = await clock.run(harness.preview(harness.tenant, events.map(eventOf)));
      return events.map(({ id }) => previews.get(id));
    },
    /** One turn: an event whose answer was lost waits after it. */
    turnWith: async (n: number, company: Record<string, unknown>): Promise<void> => {
      await clock.run(
        harness.receive([makeEvent('company.updated', n, { company: { id: 'c-1', ...company } })]),
      );
      for (const { wakeUp } of harness.queue.visible())
        await clock.run(harness.makeInstance().handle(wakeUp, 75_000));
    },
    companies: () => harness.simulator.state(AGENCY).companies,
  };
}

describe('company.updated', () => {
  test('with a name that several companies have says which ones there are and which was used', async () => {
    const { push } = open([
      { Ref: 301, Name: 'Harbor', CreatedDaysAgo: 10 },
      { Ref: 302, Name: 'Harbor', CreatedDaysAgo: 400 },
    ]);

    expect(await push(1, { name: 'Harbor', website: 'https://harbor.example' })).toMatchObject({
      state: 'synced',
      actions: [{ ref: 301 }],
      notes: ['ambiguous: companies 301, 302; 301 was used'],
    });
    // From now on it is linked.
    expect(await push(2, { name: 'Harbor', website: 'https://new.example' })).toMatchObject({ notes: [] });
  });

  test('of one company in one request is previewed together, as it is then done', async () => {
    const { preview, pushAll } = open([{ Ref: 301, Name: 'Harbor Ltd', CreatedDaysAgo: 10 }]);
    const newer = { name: 'Harbor Limited', website: 'https://harbor.example' };
    const said = [
      [2, newer],
      [1, { name: 'Harbor' }],
    ] as const;

    const shown = await preview(...said);

    const done = await pushAll(...said);
    expect(shown.map((one) => one?.actions)).toEqual(done.map((one) => one?.actions));
    expect(done).toMatchObject([{ actions: [{ ref: 301 }] }, { actions: [{ ref: 301 }] }]);
  });

  test('without a usable name changes the linked company, but not its name', async () => {
    const { push, companies } = open([{ Ref: 301, Name: 'Harbor', CreatedDaysAgo: 10 }]);
    await push(1, { name: 'Harbor' });

    expect(await push(2, { name: 'n/a', website: 'https://harbor.example' })).toMatchObject({
      state: 'synced',
    });
    expect(companies()).toMatchObject([{ Ref: 301, Name: 'Harbor', Website: 'https://harbor.example' }]);
  });

  test('sends an earlier value again after a write of another one whose answer was lost', async () => {
    const { push, turnWith, simulator, companies } = open([{ Ref: 301, Name: 'Harbor', CreatedDaysAgo: 10 }]);
    await push(1, { name: 'Harbor', website: 'https://one.example' });
    simulator.faults.add({ kind: 'drop', applied: true, endpoint: /^PATCH/, times: 1 });
    await turnWith(2, { name: 'Harbor', website: 'https://two.example' });
    expect(companies()).toMatchObject([{ Website: 'https://two.example' }]);

    await push(3, { name: 'Harbor', website: 'https://one.example' });

    expect(companies()).toMatchObject([{ Website: 'https://one.example' }]);
  });

  test('fails alone, of several at once, if Firefish refuses it', async () => {
    const { push, pushAll, simulator, companies } = open([{ Ref: 301, Name: 'Harbor', CreatedDaysAgo: 10 }]);
    await push(1, { name: 'Harbor' });
    // What both say together, and the first of them.
    simulator.faults.add({ kind: 'status', status: 400, endpoint: /^PATCH/, times: 2 });

    const outcomes = await pushAll(
      [2, { name: 'Harbor', website: 'https://refused.example' }],
      [3, { name: 'Harbor', phone: '+44 20 7946 0000' }],
    );

    expect(outcomes).toMatchObject([{ state: 'failed' }, { state: 'synced' }]);
    expect(companies()[0]?.['Website'] ?? null).toBeNull();
  });

  test('without a usable name is skipped if the linked company was deleted', async () => {
    const { push, simulator, companies } = open([{ Ref: 301, Name: 'Harbor', CreatedDaysAgo: 10 }]);
    await push(1, { name: 'Harbor' });
    simulator.delete(AGENCY, 'companies', 301);

    expect(await push(2, { name: '-', website: 'https://harbor.example' })).toMatchObject({
      state: 'skipped',
      reason: 'gone',
    });
    expect(companies()).toEqual([]);
  });

  test('of a new company costs one call to look for each spelling, and one creation', async () => {
    const { push, simulator } = open([]);
    expect(await push(1, { name: 'Harbor' })).toMatchObject({ actions: [{ operation: 'created' }] });
    const calls = simulator.calls().map(({ endpoint }) => endpoint);
    // The name as it is written, then other spellings in two ways.
    expect(calls.filter((endpoint) => endpoint.startsWith('GET /companies'))).toHaveLength(3);
    expect(calls.filter((endpoint) => endpoint === 'POST /companies')).toHaveLength(1);
  });
});
