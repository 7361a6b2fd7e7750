/** Verbs whose work is done in the tenant's turn, with the real turn, intake and Firefish client in virtual time. */
import { describe, expect, test } from '@jest/globals';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY } from '../../support/harness.ts';
import { EMAIL, openTenant, type Refusal, textOf } from './stage.ts';

const CANARY = 'Lovelace-Canary';
const refuseCreation: Refusal = (request) =>
  request.method === 'POST' && new URL(request.url).pathname.includes('/candidates')
    ? Response.json({ Message: `Surname ${CANARY} of ${EMAIL} is too long` }, { status: 400 })
    : undefined;

describe('erasing a person', () => {
  test('leaves nothing of them, and keeps that they opted out', async () => {
    const { harness, sync, push, verb } = await openTenant();
    await push(
      makeEvent('record.created', 1, { record: ann({ lastName: CANARY }) }),
      makeEvent('marketing.opted_out', 2, { record: ann(), marketing: {} }),
      makeEvent('note.added', 3, { record: ann(), note: { id: 'n', text: CANARY, channel: 'call' } }),
    );
    expect(textOf(sync.all())).toContain(EMAIL);

    const erased = await verb('erase', { email: EMAIL });

    expect(erased).toEqual({ erased: { people: 1, events: 3 } });
    expect(textOf(sync.all())).not.toContain(EMAIL);
    expect(textOf(sync.all())).not.toContain(CANARY);
    // Firefish's own record has been opened to marketing since; who appears again by that address is opted out.
    const [record] = harness.simulator.state(AGENCY).candidates;
    if (record === undefined) throw new Error('the person is in Firefish');
    harness.simulator.restore(AGENCY, {
      collection: 'candidates',
      record: { ...record, EmailMarketing: true },
    });
    await push(makeEvent('record.synced', 9, { record: ann({ candidateId: 'sw-other' }) }));
    expect(harness.simulator.state(AGENCY).candidates[0]?.['EmailMarketing']).toBe(false);
  });

  test('covers what failed, what Firefish said of it, and why it was dismissed', async () => {
    const { harness, sync, push, verb } = await openTenant(refuseCreation);
    const failed = makeEvent('record.created', 1, { record: ann({ lastName: CANARY }) });
    await push(failed);
    await verb('dismiss', { event: failed.id, reason: `${CANARY} left` });
    expect(textOf(sync.all())).toContain(CANARY);

    await verb('erase', { email: EMAIL });

    expect(textOf(sync.all())).not.toContain(CANARY);
    expect(textOf(sync.all())).not.toContain(EMAIL);
    expect(await harness.outcome(failed.id)).toMatchObject({ state: 'skipped', reason: 'erased' });
  });

  test('ends what is still queued, whose opt-out is remembered', async () => {
    const { clock, harness, sync, verb } = await openTenant(() =>
      Response.json({ Message: 'An error has occurred.' }, { status: 500 }),
    );
    const waiting = makeEvent('marketing.opted_out', 1, { record: ann({ lastName: CANARY }), marketing: {} });
    await clock.run(harness.receive([waiting]));

    await verb('erase', { email: EMAIL });

    expect(await harness.outcome(waiting.id)).toMatchObject({ state: 'skipped', reason: 'erased' });
    expect(textOf(sync.all())).not.toContain(CANARY);
    expect(sync.all().filter(({ pk }) => pk.endsWith('#consent'))).not.toEqual([]);
  });

  test('is repeated after a restore from a backup', async () => {
    const { sync, push, verb } = await openTenant();
    await push(makeEvent('record.created', 1, { record: ann() }));
    const backup = sync.all();
    await verb('erase', { email: EMAIL });
    for (const { version: _, ...item } of backup) await sync.put(item, 'anything');
    expect(textOf(sync.all())).toContain(EMAIL);

    await verb('repeat-erasures', {});

    expect(textOf(sync.all())).not.toContain(EMAIL);
  });
});

describe('exporting a person', () => {
  test('shows all that is held, and leaves no copy', async () => {
    const { sync, push, verb } = await openTenant(refuseCreation);
    await push(
      makeEvent('record.created', 1, { record: ann({ lastName: CANARY }) }),
      makeEvent('marketing.opted_out', 2, { record: ann(), marketing: {} }),
    );

    const exported = await verb('export', { email: EMAIL });

    expect(exported).toMatchObject({ email: EMAIL, people: [{ emailAddresses: [{ address: EMAIL }] }] });
    expect(JSON.stringify(exported)).toContain(`Surname ${CANARY} of ${EMAIL} is too long`);
    expect(JSON.stringify(exported)).toContain('opted out');
    expect(sync.all().filter(({ sk }) => sk.startsWith('result#'))).toEqual([]);
  });
});

describe('failed events', () => {
  test('are put back, and work once Firefish takes them', async () => {
    let refuses = true;
    const { harness, push, verb, ask, drain } = await openTenant((request) =>
      refuses ? refuseCreation(request) : undefined,
    );
    const failed = makeEvent('record.created', 1, { record: ann() });
    await push(failed);
    expect(await ask('failed', {})).toMatchObject([
      {
        id: failed.id,
        reason: `Firefish refused POST /candidates with 400: Surname ${CANARY} of ${EMAIL} is too long`,
      },
    ]);
    refuses = false;

    expect(await verb('replay', { all: true })).toEqual({ replayed: 1 });

    await drain();
    expect(await harness.outcome(failed.id)).toMatchObject({ state: 'synced', attempts: 2 });
    expect(await ask('failed', {})).toEqual([]);
  });

  test('that were dismissed stay failed, are listed no more, and are passed over', async () => {
    const { harness, audit, push, verb, ask } = await openTenant(refuseCreation);
    const failed = makeEvent('record.created', 1, { record: ann() });
    await push(failed);

    expect(await verb('dismiss', { all: true, reason: CANARY })).toEqual({ dismissed: 1 });

    expect(await harness.outcome(failed.id)).toMatchObject({ state: 'failed' });
    expect(await ask('failed', {})).toEqual([]);
    expect(await ask('replay', { all: true })).toEqual({ replayed: 0 });
    expect(textOf(audit.all())).not.toContain(CANARY);
  });
});
