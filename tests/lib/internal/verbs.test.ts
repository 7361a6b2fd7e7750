/** Verbs whose work is done in the tenant's turn, with the real turn, intake and Firefish client in virtual time. */
import { describe, expect, test } from '@jest/globals';
import { ann, makeEvent } from '../../support/events.ts';
import { hashedAddress } from '../../../lib/internal/person-data.ts';
import { eventIdOfKey, resultKey } from '../../../lib/store/sync-keys.ts';
import { AGENCY, plainCipher } from '../../support/harness.ts';
import { EMAIL, openTenant, type Refusal, textOf } from './stage.ts';

const BO = 'bo@client.example';
const CANARY = 'Lovelace-Canary';
const refuseCreation: Refusal = (request) =>
  request.method === 'POST' && new URL(request.url).pathname.includes('/candidates')
    ? Response.json({ Message: `Surname ${CANARY} of ${EMAIL} is too long` }, { status: 400 })
    : undefined;

/** Firefish refuses the longest notes, so that their content is kept. */
const refuseNotes: Refusal = (request) =>
  request.method === 'POST' && new URL(request.url).pathname.endsWith('/activity/notes')
    ? Response.json({ Message: 'no' }, { status: 400 })
    : undefined;

const results = (items: readonly { pk: string }[]): number =>
  items.filter(({ pk }) => pk.endsWith('#result')).length;

describe('erasing a person', () => {
  test('leaves nothing of them except their opt-out', async () => {
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
    // Firefish's record allows marketing again since then; a person who appears again with that address is opted out.
    const [record] = harness.simulator.state(AGENCY).candidates;
    if (record === undefined) throw new Error('the person is in Firefish');
    harness.simulator.restore(AGENCY, {
      collection: 'candidates',
      record: { ...record, EmailMarketing: true },
    });
    await push(makeEvent('record.synced', 9, { record: ann({ candidateId: 'sw-other' }) }));
    expect(harness.simulator.state(AGENCY).candidates[0]?.['EmailMarketing']).toBe(false);
  });

  test('covers failed events, the text of Firefish’s refusal, and the reason for a dismissal', async () => {
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

  test('ends queued events, and their opt-outs are kept', async () => {
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

    expect(await verb('repeat-erasures', {})).toEqual({ erased: { people: 1, events: 1 } });

    expect(textOf(sync.all())).not.toContain(EMAIL);
  });

  /** After an erasure. */
  const sentAgain = (now: number) => {
    const occurredAt = new Date(now).toISOString();
    return [
      makeEvent('record.synced', 5, { record: ann({ lastName: CANARY }), occurredAt }),
      makeEvent('marketing.opted_in', 6, { record: { emails: [BO] }, marketing: {}, occurredAt }),
      makeEvent('note.added', 7, { record: ann(), note: { id: 'n', text: CANARY }, occurredAt }),
    ];
  };

  test('is not repeated for what was sent since', async () => {
    const { clock, sync, push, verb } = await openTenant(refuseNotes);
    await push(makeEvent('record.created', 1, { record: ann() }));
    for (const email of [EMAIL, BO]) await verb('erase', { email });
    await clock.advance(60_000);
    await push(...sentAgain(clock.now()));
    await verb('erase', { email: 'other@client.example' });
    const before = [await verb('export', { email: EMAIL }), await verb('export', { email: BO })];
    expect(before).toMatchObject([{ people: [{}] }, { marketing: [{ email: BO }] }]);

    expect(await verb('repeat-erasures', {})).toEqual({ erased: { people: 0, events: 0 } });

    expect([await verb('export', { email: EMAIL }), await verb('export', { email: BO })]).toEqual(before);
    expect(textOf(sync.all())).toContain(CANARY);
  });

  test('is repeated as a whole where older data is there beside what was sent since', async () => {
    const { clock, sync, push, verb } = await openTenant(refuseNotes);
    await push(
      makeEvent('record.created', 1, { record: ann() }),
      makeEvent('note.added', 2, { record: ann(), note: { id: 'n', text: 'old words', channel: 'call' } }),
    );
    const backup = sync.all();
    await verb('erase', { email: EMAIL });
    for (const { version: _, ...item } of backup) await sync.put(item, 'anything');
    await clock.advance(60_000);
    await push(...sentAgain(clock.now()));

    expect(await verb('repeat-erasures', {})).toMatchObject({ erased: { people: 1 } });

    expect(textOf(sync.all())).not.toContain('old words');
    expect(await verb('export', { email: EMAIL })).toMatchObject({ people: [] });
  });
});

describe('exporting a person', () => {
  test('shows all stored data, and leaves no copy', async () => {
    const { sync, push, verb } = await openTenant(refuseCreation);
    await push(
      makeEvent('record.created', 1, { record: ann({ lastName: CANARY }) }),
      makeEvent('marketing.opted_out', 2, { record: ann(), marketing: {} }),
    );

    const exported = await verb('export', { email: EMAIL });

    expect(exported).toMatchObject({ email: EMAIL, people: [{ emailAddresses: [{ address: EMAIL }] }] });
    expect(JSON.stringify(exported)).toContain(`Surname ${CANARY} of ${EMAIL} is too long`);
    expect(JSON.stringify(exported)).toContain('opted out');
    expect(results(sync.all())).toBe(0);
  });
});

describe('the export of a person with more than one answer holds', () => {
  /** Far below the 6 MB that Lambda answers, also as text in JSON. */
  const MOST_BYTES = 3_000_000;
  const NOTES = 120;
  const openMany = async () => {
    const tenant = await openTenant(refuseNotes);
    const notes = Array.from({ length: NOTES }, (_, n) =>
      makeEvent('note.added', n + 2, {
        record: ann(),
        // Three bytes each: the longest note that there is.
        note: { id: `n${String(n)}`, text: `${CANARY} ${'終'.repeat(19_000)}`, channel: 'call' },
      }),
    );
    await tenant.push(makeEvent('record.created', 1, { record: ann() }), ...notes);
    return { ...tenant, notes };
  };
  test('comes in pages that are small enough for Lambda, each entry once, and leaves no copy', async () => {
    const { sync, verb, notes } = await openMany();
    const pages: Exported[] = [(await verb('export', { email: EMAIL })) as Exported];
    for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
      expect(results(sync.all())).toBeGreaterThan(0);
      pages.push((await verb('export', { email: EMAIL, after: next })) as Exported);
    }

    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(MOST_BYTES);
    expect(pages[0]?.people).toHaveLength(1);
    expect(pages.flatMap(({ people }) => people)).toHaveLength(1);
    const ids = pages.flatMap(({ events }) => events.map(({ id }) => id));
    expect(ids).toHaveLength(NOTES + 1);
    expect(new Set(ids)).toEqual(new Set([...ids, ...notes.map(({ id }) => id)]));
    expect(results(sync.all())).toBe(0);
  });

  test('gives a page again, and no page of another person, of another agency, or after the last', async () => {
    const { verb } = await openMany();
    const { next } = (await verb('export', { email: EMAIL })) as Exported;
    const second = await verb('export', { email: EMAIL, after: next });
    expect(await verb('export', { email: EMAIL, after: next })).toEqual(second);

    const gone = 'the result is gone';
    await expect(verb('export', { email: 'bo@client.example', after: next })).rejects.toThrow(gone);
    await expect(verb('export', { email: EMAIL, after: 'none.2-00001' })).rejects.toThrow(gone);
    await expect(verb('export', { email: EMAIL, after: next?.replace(/\d$/, '') })).rejects.toThrow(
      'after: must',
    );
    const other = await openTenant();
    await expect(other.verb('export', { email: EMAIL, after: next })).rejects.toThrow(gone);

    let page = second as Exported;
    let after = next;
    while (page.next !== undefined) {
      after = page.next;
      page = (await verb('export', { email: EMAIL, after })) as Exported;
    }
    await expect(verb('export', { email: EMAIL, after })).rejects.toThrow(gone);
  });

  test('is erased with the person while it is being fetched', async () => {
    const { sync, verb } = await openMany();
    const { next } = (await verb('export', { email: EMAIL })) as Exported;
    expect(results(sync.all())).toBeGreaterThan(0);
    await verb('erase', { email: EMAIL });
    expect(results(sync.all())).toBe(0);
    await expect(verb('export', { email: EMAIL, after: next })).rejects.toThrow('the result is gone');
  });

  test('is not mixed with the rest of a turn that ended early', async () => {
    const { clock, sync, tenant, begin, drain } = await openTenant();
    const exported = begin('export', { email: EMAIL });
    await new Promise(setImmediate);
    const [event] = sync.all().filter(({ type }) => type === 'internal.export');
    const eventId = eventIdOfKey(tenant.tenantId, event!.pk);
    const of = { addressHash: hashedAddress(tenant, EMAIL).hash, eventId };
    const key = resultKey(tenant.tenantId, of, '2-00009', 0);
    const left = Buffer.from(JSON.stringify({ section: 'events', entries: [{ id: 'old' }] }));
    const binding = { tenantId: tenant.tenantId, key, field: 'sealed' };
    const sealed = await plainCipher.encrypt(left.toString('base64'), binding);
    await sync.put({ ...key, sealed }, 'absent');
    await drain();
    expect(await clock.run(exported)).toMatchObject({ email: EMAIL, events: [] });
  });
});

interface Exported {
  people: unknown[];
  events: { id: string }[];
  next?: string;
}

describe('failed events', () => {
  test('can be replayed, and succeed when Firefish accepts them', async () => {
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

  test('that were dismissed stay failed, are no longer listed, and are not replayed', async () => {
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
