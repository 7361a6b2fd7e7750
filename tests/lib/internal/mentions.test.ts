/** A person who is named in an event about others: in Firefish's refusal, or in the reason of a dismissal. */
import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../lib/clock.ts';
import type { StoredEvent } from '../../../lib/events/event-item.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { ann as someone, makeEvent } from '../../support/events.ts';
import { endedIndex } from '../../../lib/store/sync-keys.ts';
import { DOMAIN } from '../../../lib/times.ts';
import { AGENCY } from '../../support/harness.ts';
import { Passage } from '../../support/passage.ts';
import { EMAIL, openTenant, textOf } from './stage.ts';

/** Names that do not occur in random text. */
const ann = (rest: object = {}) => someone({ firstName: 'Annabella', lastName: 'Leeward', ...rest });
const BO = {
  candidateId: 'sw-bo',
  kind: 'candidate',
  firstName: 'Bo',
  lastName: 'Oz',
  emails: ['bo@oz.example'],
};
const COMPANY = { id: 'co-1', name: 'Acme' };

/** A tenant whose Firefish refuses every change with these words, if there are any. */
async function open() {
  const firefish: { says?: string | undefined } = {};
  const stage = await openTenant((request) =>
    firefish.says !== undefined &&
    ['POST', 'PATCH'].includes(request.method) &&
    !request.url.includes('token')
      ? Response.json({ Message: firefish.says }, { status: 400 })
      : undefined,
  );
  const refuse = async (says: string, event: SourceWhaleEvent): Promise<SourceWhaleEvent> => {
    firefish.says = says;
    await stage.push(event);
    firefish.says = undefined;
    expect(await stage.harness.outcome(event.id)).toMatchObject({ state: 'failed' });
    return event;
  };
  const mentionedIn = async (): Promise<unknown> =>
    ((await stage.verb('export', { email: EMAIL })) as { mentionedIn: unknown }).mentionedIn;
  const held = (text: string): boolean => textOf(stage.sync.all()).includes(text);
  return { ...stage, refuse, mentionedIn, held };
}

/** Each call of the turn takes some time, so that work that may run at the same time does. */
class SlowCalls extends Passage {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  override async pass<T>(call: () => Promise<T>): Promise<T> {
    await this.#clock.sleep(10);
    return call();
  }
}

const ABOUT_OTHERS: [string, () => SourceWhaleEvent][] = [
  ['a company', () => makeEvent('company.updated', 9, { company: COMPANY })],
  ['another person', () => makeEvent('record.created', 9, { record: BO })],
];
const NAMING = [
  `${EMAIL} is another contact's`,
  `EmailAddress: ["ANN@Client.Example. exists"]`,
  'the record of Annabella Leeward’s manager',
  'Surname "LEEWARD" (first name annabella) is too long',
  'ann%40client.example and ann @ client.example are one',
  'ann＠client．example exists',
];
/** She may be meant: as she was called before, or someone of a name like hers. */
const MAY_NAME = ['dup of Annabella Formerly', 'Leeward Ltd has this number', '(sw-ann) exists'];

describe('Firefish’s refusal', () => {
  describe.each(ABOUT_OTHERS)('of an event about %s', (_, make) => {
    test.each(NAMING)(
      'that names the person is exported, and gone when they are erased: %s',
      async (says) => {
        const { harness, push, verb, refuse, mentionedIn, held } = await open();
        await push(makeEvent('record.created', 1, { record: ann() }));
        const { id, type } = await refuse(says, make());

        expect(await mentionedIn()).toEqual([{ id, type, firefishSaid: says }]);
        await verb('erase', { email: EMAIL });

        expect(held(says)).toBe(false);
        expect(await mentionedIn()).toEqual([]);
        // The event stays as it is, and can be replayed.
        expect(await harness.outcome(id)).toMatchObject({
          ...{ state: 'failed', reason: expect.stringContaining('refused') },
        });
        expect(await verb('replay', { event: id })).toEqual({ replayed: 1 });
        expect(await harness.outcome(id)).toMatchObject({ state: 'synced' });
      },
    );

    test.each(MAY_NAME)(
      'that may name the person is not exported, but gone when they are erased: %s',
      async (says) => {
        const { push, verb, refuse, mentionedIn, held } = await open();
        await push(makeEvent('record.created', 1, { record: ann() }));
        await refuse(says, make());

        expect(await mentionedIn()).toEqual([]);
        await verb('erase', { email: EMAIL });

        expect(held(says)).toBe(false);
      },
    );

    test('that names others stays, and is not exported', async () => {
      const { push, verb, refuse, mentionedIn, held } = await open();
      await push(makeEvent('record.created', 1, { record: ann() }));
      const says = 'joann@client.example, ann@client.example.au and Annabel Oz of Leewards exist';
      await refuse(says, make());

      expect(await mentionedIn()).toEqual([]);
      await verb('erase', { email: EMAIL });

      expect(held(says)).toBe(true);
    });
  });

  test('is found by an address of which nothing else is known', async () => {
    const { verb, refuse, mentionedIn, held } = await open();
    await refuse(`${EMAIL} exists`, makeEvent('company.updated', 1, { company: COMPANY }));
    expect(await mentionedIn()).toMatchObject([{ firefishSaid: `${EMAIL} exists` }]);

    await verb('erase', { email: EMAIL });

    expect(held(EMAIL)).toBe(false);
  });

  test('is found by a name and an address that only later events say', async () => {
    const { verb, refuse, mentionedIn, held } = await open();
    await refuse('Annabella Leeward exists', makeEvent('company.updated', 1, { company: COMPANY }));
    await refuse(
      'ann@home.example exists',
      makeEvent('company.updated', 2, { company: { ...COMPANY, id: 'co-2' } }),
    );
    await refuse(
      'no',
      makeEvent('record.created', 3, { record: ann({ emails: [EMAIL, 'ann@home.example'] }) }),
    );
    expect(await mentionedIn()).toHaveLength(2);

    await verb('erase', { email: EMAIL });

    expect(held('Annabella')).toBe(false);
    expect(held('ann@home.example')).toBe(false);
  });

  test('is found by a name that only one event says, a former one', async () => {
    const { push, verb, refuse, mentionedIn, held } = await open();
    await refuse('Annabella Moor has it', makeEvent('company.updated', 1, { company: COMPANY }));
    const note = { id: 'n', text: '', channel: 'call' };
    await push(
      makeEvent('note.added', 2, { record: ann({ lastName: 'Moor' }), note }),
      makeEvent('record.created', 3, { record: ann() }),
    );
    expect(await mentionedIn()).toHaveLength(1);

    await verb('erase', { email: EMAIL });

    expect(held('Moor')).toBe(false);
  });

  test('of a domain’s opt-out is covered while the rest of it is still to be done', async () => {
    let patches = 0;
    let erased: Promise<StoredEvent | undefined> | undefined;
    const optOut = makeEvent('domain.opted_out', 1, { domain: 'big.example' });
    const { clock, harness, sync, push, begin } = await openTenant(
      ({ method }) => {
        if (method !== 'PATCH') return undefined;
        patches += 1;
        if (patches <= DOMAIN.stride)
          return Response.json({ Message: `${EMAIL} exists already` }, { status: 400 });
        erased ??= begin('erase', { email: EMAIL }).then(() => harness.outcome(optOut.id));
        return undefined;
      },
      {},
      () => clock.sleep(5_000),
    );
    harness.simulator.seed(AGENCY, {
      candidates: Array.from({ length: 3 * DOMAIN.stride }, (_, n) => ({
        ...{ FirstName: 'Cy', Surname: `Ex ${String(n)}`, EmailMarketing: true },
        EmailAddress: `cy${String(n)}@big.example`,
      })),
    });

    await push(optOut);

    expect(await erased).toMatchObject({ state: 'queued' });
    expect(await harness.outcome(optOut.id)).toMatchObject({ state: 'failed' });
    expect(textOf(sync.all())).not.toContain(EMAIL);
  });
});

describe('the reason of a dismissal', () => {
  test.each(ABOUT_OTHERS)(
    'of an event about %s is exported, and gone when the person it names is erased',
    async (_, make) => {
      const { harness, push, verb, ask, refuse, mentionedIn, held } = await open();
      await push(makeEvent('record.created', 1, { record: ann() }));
      const { id, type } = await refuse('no', make());
      await verb('dismiss', { event: id, reason: 'it is Annabella Leeward' });

      expect(await mentionedIn()).toEqual([{ id, type, dismissedBecause: 'it is Annabella Leeward' }]);
      await verb('erase', { email: EMAIL });

      expect(held('Annabella')).toBe(false);
      expect(await ask('failed', {})).toEqual([]);
      expect(await harness.outcome(id)).toMatchObject({ state: 'failed', dismissedAt: expect.any(Number) });
    },
  );

  test('that is asked for just before the erasure is covered', async () => {
    const { clock, refuse, begin, drain, held } = await open();
    for (let n = 0; n < 50; n += 1)
      await refuse('no', makeEvent('company.updated', 1, { company: { ...COMPANY, id: `co-${String(n)}` } }));
    void begin('dismiss', { all: true, reason: `see ${EMAIL}` });
    await new Promise(setImmediate);
    void begin('erase', { email: EMAIL });
    await new Promise(setImmediate);
    expect(held(EMAIL)).toBe(true);

    await drain(new SlowCalls(clock));

    expect(held(EMAIL)).toBe(false);
  });

  test('that could not be done is exported, and gone when the person it names is erased', async () => {
    const { clock, sync, tenant, refuse, begin, verb, mentionedIn, held } = await open();
    const { id } = await refuse('no', makeEvent('company.updated', 1, { company: COMPANY }));
    const dismissed = begin('dismiss', { event: id, reason: `see ${EMAIL}` });
    await new Promise(setImmediate);
    const [asked] = sync.all().filter(({ type }) => type === 'internal.dismiss');
    const ended = {
      ...{ state: 'failed', reason: 'error Error', finishedAt: 0, actions: [], notes: [] },
      ...{ indexPk: endedIndex(tenant.tenantId, 'failed'), indexSk: '2026' },
    };
    await sync.put({ ...asked!, ...ended }, 'anything');
    await expect(clock.run(dismissed)).rejects.toThrow('the work ended as failed');

    expect(await mentionedIn()).toMatchObject([
      { type: 'internal.dismiss', dismissedBecause: `see ${EMAIL}` },
    ]);
    await verb('erase', { email: EMAIL });

    expect(held(EMAIL)).toBe(false);
  });
});

test('an export of another person that quotes the erased one is deleted', async () => {
  const { sync, refuse, begin, drain, verb, held } = await open();
  await refuse(`${EMAIL} exists`, makeEvent('record.created', 1, { record: BO }));
  void begin('export', { email: 'bo@oz.example' });
  await new Promise(setImmediate);
  await drain();
  expect(sync.all().filter(({ pk }) => pk.endsWith('#result'))).not.toEqual([]);
  await verb('erase', { email: EMAIL });
  expect(sync.all().filter(({ pk }) => pk.endsWith('#result'))).toEqual([]);
  expect(held(EMAIL)).toBe(false);
});
