/** An opt-out is kept while its agency is disabled, and applied when the agency is enabled again (rule 5). */
import { describe, expect, test } from '@jest/globals';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY } from '../../support/harness.ts';
import { CrashPoint } from '../../support/crash.ts';
import { openTenant, type Refusal } from '../internal/stage.ts';

const CREDENTIALS = { firefishClientId: 'ff-1', firefishClientSecret: 's' };
const DAY_MS = 24 * 3_600_000;
const HERS = { FirstName: 'Ann', Surname: 'Lee', EmailAddress: 'ann@client.example', EmailMarketing: true };

/** Firefish with her record; it can be down. */
async function openWithAnn() {
  const firefish = { isDown: false };
  const down: Refusal = () =>
    firefish.isDown ? Response.json({ Message: 'An error has occurred.' }, { status: 500 }) : undefined;
  const stage = await openTenant(down);
  const { simulator } = stage.harness;
  simulator.seed(AGENCY, { candidates: [HERS], contacts: [HERS] });
  return {
    ...{ ...stage, firefish },
    marketing: () => {
      const { candidates, contacts } = simulator.state(AGENCY);
      return [...candidates, ...contacts].map(({ EmailMarketing }) => EmailMarketing);
    },
    /** It has not been applied when the agency is disabled. */
    waitForOutage: async (...events: SourceWhaleEvent[]) => {
      firefish.isDown = true;
      await stage.clock.run(stage.harness.receive(events));
      await stage.clock.run(stage.harness.makeInstance().handle({ tenantId: stage.tenant.tenantId }, 75_000));
    },
  };
}
type Stage = Awaited<ReturnType<typeof openWithAnn>>;

const OPT_OUTS = {
  'her own': () => makeEvent('marketing.opted_out', 1, { record: ann(), marketing: {} }),
  'her domain’s': () => makeEvent('domain.opted_out', 1, { domain: 'client.example' }),
};

async function expectApplied({ harness, marketing, sync }: Stage, { id }: { id: string }): Promise<void> {
  expect(marketing()).toEqual([false, false]);
  expect(await harness.outcome(id)).toMatchObject({
    state: 'synced',
    actions: expect.arrayContaining([
      expect.objectContaining({ entity: 'candidate', operation: 'opted_out' }),
      expect.objectContaining({ entity: 'contact', operation: 'opted_out' }),
    ]),
  });
  expect(sync.all().filter(({ pk }) => pk.endsWith('#held'))).toEqual([]);
}

describe.each(Object.entries(OPT_OUTS))('%s opt-out', (_, make) => {
  test('that waits for the end of an outage ends as disabled, and is applied after the agency is enabled again', async () => {
    const stage = await openWithAnn();
    const event = make();
    await stage.waitForOutage(event);
    await stage.ask('disable', {});
    await stage.drain();
    expect(await stage.harness.outcome(event.id)).toMatchObject({ state: 'skipped', reason: 'disabled' });
    stage.firefish.isDown = false;
    await stage.clock.advance(DAY_MS);
    expect(stage.marketing()).toEqual([true, true]);

    await stage.ask('enable', CREDENTIALS);
    await stage.clock.run(stage.harness.makeInstance().handle({ tenantId: stage.tenant.tenantId }, 75_000));

    await expectApplied(stage, event);
  });

  test('is applied if the agency was disabled for more than the thirty days that events are kept', async () => {
    const stage = await openWithAnn();
    const event = make();
    await stage.waitForOutage(event);
    await stage.ask('disable', {});
    await stage.drain();
    stage.firefish.isDown = false;
    await stage.clock.advance(200 * DAY_MS);
    await stage.ask('enable', CREDENTIALS);
    await stage.clock.run(stage.harness.makeInstance().handle({ tenantId: stage.tenant.tenantId }, 75_000));
    await expectApplied(stage, event);
  });

  test('is applied if the agency is enabled again before a turn has seen it', async () => {
    const stage = await openWithAnn();
    const event = make();
    await stage.clock.run(stage.harness.receive([event]));
    await stage.ask('disable', {});
    await stage.clock.advance(500);
    await stage.ask('enable', CREDENTIALS);
    await stage.drain();
    await expectApplied(stage, event);
  });

  test('is applied if the agency is disabled twice', async () => {
    const stage = await openWithAnn();
    const event = make();
    await stage.waitForOutage(event);
    for (let times = 0; times < 2; times += 1) {
      await stage.ask('disable', {});
      await stage.drain();
      expect(await stage.harness.outcome(event.id)).toMatchObject({ state: 'skipped', reason: 'disabled' });
      await stage.ask('enable', CREDENTIALS);
      await stage.clock.run(stage.harness.makeInstance().handle({ tenantId: stage.tenant.tenantId }, 75_000));
      expect(await stage.harness.outcome(event.id)).toMatchObject({ state: 'queued' });
    }
    stage.firefish.isDown = false;
    await stage.drain();
    await expectApplied(stage, event);
  });

  test('is applied by the next sweep if no wake-up was sent', async () => {
    const stage = await openWithAnn();
    const event = make();
    await stage.clock.run(stage.harness.receive([event]));
    await stage.ask('disable', {});
    await stage.drain();
    await stage.ask('enable', CREDENTIALS);
    stage.harness.queue.messages.clear();
    await stage.clock.advance(3 * 60_000);
    await stage.clock.run(stage.harness.sweep.sweep());
    const [message] = stage.harness.queue.visible();
    await stage.clock.run(stage.harness.makeInstance().handle(message!.wakeUp, 75_000));
    await expectApplied(stage, event);
  });

  test.each(['before', 'after'] as const)(
    'is applied if the process ends %s any call between disable and the application',
    async (when) => {
      for (let at = 1, hasDied = true; hasDied; at += 1) {
        const stage = await openWithAnn();
        const event = make();
        await stage.clock.run(stage.harness.receive([event]));
        await stage.ask('disable', {});
        const whileDisabled = new CrashPoint(at, when);
        await dieIn(stage, whileDisabled);
        await stage.drain();
        await stage.ask('enable', CREDENTIALS);
        const onceEnabled = new CrashPoint(at, when);
        await dieIn(stage, onceEnabled);
        await stage.drain();
        expect([at, stage.marketing()]).toEqual([at, [false, false]]);
        expect(await stage.harness.outcome(event.id)).toMatchObject({ state: 'synced' });
        hasDied = whileDisabled.dead || onceEnabled.dead;
      }
    },
  );
});

/** One turn, and time until its lease has ended. */
async function dieIn({ harness, clock, tenant }: Stage, passage: CrashPoint): Promise<void> {
  await clock.run(harness.makeInstance({ passage }).handle({ tenantId: tenant.tenantId }, 75_000));
  await clock.advance(2 * 60_000);
  await clock.run(harness.sweep.sweep());
}

test('a newer opt-in wins over an opt-out that is applied late', async () => {
  const stage = await openWithAnn();
  await stage.waitForOutage(OPT_OUTS['her own']());
  await stage.ask('disable', {});
  await stage.drain();
  stage.firefish.isDown = false;
  await stage.clock.advance(DAY_MS);
  await stage.ask('enable', CREDENTIALS);
  await stage.push(makeEvent('marketing.opted_in', 2, { record: ann(), marketing: {} }));
  expect(stage.marketing()).toEqual([true, true]);
});

test('an opt-out that ended as disabled and was then erased stays erased', async () => {
  const stage = await openWithAnn();
  const event = OPT_OUTS['her own']();
  await stage.waitForOutage(event);
  await stage.ask('disable', {});
  await stage.drain();
  await stage.verb('erase', { email: 'ann@client.example' });
  await stage.ask('enable', CREDENTIALS);
  await stage.drain();
  const erased = await stage.harness.outcome(event.id);
  expect(erased).toMatchObject({ state: 'skipped', reason: 'erased', expiresAt: expect.any(Number) });
  expect(erased).not.toHaveProperty('content');
  // It is still stored, and holds when she appears.
  stage.firefish.isDown = false;
  await stage.push(makeEvent('record.updated', 3, { record: ann() }));
  expect(stage.marketing()).toEqual([false, false]);
});

test('more opt-outs than one turn starts with are all applied', async () => {
  const stage = await openTenant();
  const emails = Array.from({ length: 250 }, (_, n) => `person-${String(n)}@client.example`);
  const candidates = emails.map((EmailAddress) => ({ ...HERS, EmailAddress }));
  stage.harness.simulator.seed(AGENCY, { candidates });
  const events = emails.map((email, n) =>
    makeEvent('marketing.opted_out', n, {
      record: ann({ candidateId: `sw-${String(n)}`, emails: [email] }),
      marketing: {},
    }),
  );
  await stage.clock.run(stage.harness.receive(events));
  await stage.ask('disable', {});
  await stage.drain();
  await stage.ask('enable', CREDENTIALS);
  await stage.clock.run(stage.harness.makeInstance().handle({ tenantId: stage.tenant.tenantId }, 75_000));
  await stage.drain();
  const left = stage.harness.simulator.state(AGENCY).candidates.filter((one) => one['EmailMarketing']);
  expect(left).toEqual([]);
});
