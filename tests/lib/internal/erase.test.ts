import { describe, expect, test } from '@jest/globals';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import type { Item } from '../../../lib/store/table.ts';
import { ann as someone, makeEvent } from '../../support/events.ts';
import { CrashPoint } from '../../support/crash.ts';
import { AGENCY } from '../../support/harness.ts';
import { Passage } from '../../support/passage.ts';
import { EMAIL, openTenant, type Refusal, textOf } from './stage.ts';

const HOME = 'ann@home.example';
/** Names that do not occur in random text. */
const FORMER = 'Formerly';
const ann = (rest: object = {}) => someone({ firstName: 'Annabella', lastName: 'Leeward', ...rest });
type Stage = Awaited<ReturnType<typeof openTenant>>;

/** The items that still have an address, an id, her name, or the hash of an address, except opt-outs. */
function traces({ sync, tenant }: Stage): string[] {
  const hashes = [EMAIL, HOME].map((address) => tenant.hash(`email ${address}`));
  const words = [EMAIL, HOME, ...hashes, 'sw-ann', 'Annabella', 'Leeward', FORMER];
  return sync
    .all()
    .filter((item) => !isOptOut(item))
    .map((item) => textOf([item]))
    .filter((text) => words.some((word) => text.includes(word)));
}
const isOptOut = (item: Item): boolean =>
  item.pk.endsWith('#consent') && !textOf([item]).includes('"optedOut":false');

const HER_EVENTS: SourceWhaleEvent[] = [
  makeEvent('record.created', 1, { record: ann() }),
  makeEvent('note.added', 2, {
    record: ann(),
    note: { id: 'n1', text: 'Annabella called', channel: 'call' },
  }),
  makeEvent('marketing.opted_out', 3, { record: ann(), marketing: { channels: ['email'] } }),
  makeEvent('record.updated', 4, { record: ann({ candidateId: 'sw-ann-2', emails: [HOME] }) }),
  // Two persons until now.
  makeEvent('record.updated', 5, { record: ann({ emails: [EMAIL, HOME] }) }),
];

/** Calls back before the `at`-th call of the turn, and lets time pass there. */
class Interruption extends Passage {
  calls = 0;
  readonly #at: number;
  readonly #then: () => Promise<void>;

  constructor(at: number, then: () => Promise<void>) {
    super();
    this.#at = at;
    this.#then = then;
  }

  async pass<T>(call: () => Promise<T>): Promise<T> {
    this.calls += 1;
    if (this.calls === this.#at) await this.#then();
    return call();
  }
}

describe('an erasure', () => {
  test('leaves only the opt-out of a person who was two persons before, in any item', async () => {
    const stage = await openTenant();
    for (const event of HER_EVENTS) await stage.push(event);
    expect(traces(stage).length).toBeGreaterThan(2);

    expect(await stage.verb('erase', { email: EMAIL })).toEqual({
      erased: { people: 1, events: HER_EVENTS.length },
    });

    expect(traces(stage)).toEqual([]);
    expect(stage.sync.all().filter(isOptOut)).not.toEqual([]);
    expect(await stage.verb('erase', { email: EMAIL })).toEqual({ erased: { people: 0, events: 0 } });
  });

  test('and an export do not fail because of an event that no key can read any more', async () => {
    let refuses = true;
    const stage = await openTenant(({ url }) =>
      refuses && url.endsWith('/candidates/') ? Response.json({ Message: 'No' }, { status: 400 }) : undefined,
    );
    const record = { candidateId: 'sw-bob', kind: 'candidate', firstName: 'Bob', lastName: 'Ray' } as const;
    await stage.push(makeEvent('record.created', 6, { record: { ...record, emails: ['bob@ray.example'] } }));
    refuses = false;
    for (const item of stage.sync.all()) {
      if (!('words' in item)) continue;
      const unreadable = new TextEncoder().encode('of an old key');
      await stage.sync.put({ ...item, content: unreadable, words: unreadable }, item.version);
    }
    for (const event of HER_EVENTS) await stage.push(event);
    expect(await stage.verb('export', { email: EMAIL })).toMatchObject({ mentionedIn: [] });
    expect(await stage.verb('erase', { email: EMAIL })).toEqual({
      erased: { people: 1, events: HER_EVENTS.length },
    });
    expect(traces(stage)).toEqual([]);
  });

  test('does not affect a person who now has an address that was removed from the erased one', async () => {
    const stage = await openTenant();
    const shared = 'office@client.example';
    const bo = { candidateId: 'sw-bo', firstName: 'Bo', lastName: 'Oz', kind: 'candidate', emails: [shared] };
    const both = { record: ann({ emails: [EMAIL, shared] }) };
    await stage.push(
      makeEvent('record.created', 1, both),
      makeEvent('email.flagged', 2, { ...both, email: shared }),
      makeEvent('record.created', 3, { record: bo }),
      makeEvent('marketing.opted_in', 4, { record: bo, marketing: {} }),
      // SourceWhale may continue listing it.
      makeEvent('record.updated', 5, both),
    );

    await stage.verb('erase', { email: EMAIL });

    expect(traces(stage)).toEqual([]);
    const late = makeEvent('record.updated', 6, { record: { ...bo, role: 'CTO' } });
    await stage.push(late);
    expect(await stage.harness.outcome(late.id)).toMatchObject({
      state: 'synced',
      actions: [{ entity: 'candidate', operation: 'updated' }],
    });
    expect(textOf(stage.sync.all())).toContain('"optedOut":false');
  });

  test('allows the person to be added again later, opted out as before', async () => {
    const stage = await openTenant(undefined, { newRecordsOptedOut: false });
    await stage.push(...HER_EVENTS.slice(0, 3));
    await stage.verb('erase', { email: EMAIL });

    await stage.push(
      makeEvent('record.created', 60, {
        record: ann({ kind: 'contact', candidateId: 'sw-new', company: 'Acme' }),
      }),
    );

    const { candidates, contacts } = stage.harness.simulator.state(AGENCY);
    const hers = [...candidates, ...contacts].filter(({ EmailAddress }) => EmailAddress === EMAIL);
    expect(hers.length).toBeGreaterThan(0);
    expect(hers.map((one) => one['EmailMarketing'])).toEqual(hers.map(() => false));
  });

  test('that is requested at any moment of the turn’s work on the person leaves nothing of them', async () => {
    const { calls } = await erasedAt(Infinity);
    expect(calls).toBeGreaterThan(10);
    for (let at = 1; at <= calls; at += 1) {
      const { left } = await erasedAt(at);
      expect({ at, left }).toEqual({ at, left: [] });
    }
  }, 60_000);

  const endings: [string, (at: number) => Passage & { calls: number }][] = [
    [
      'of which a call fails at any of its steps',
      (at) => new Interruption(at, () => Promise.reject(new FailedCallError())),
    ],
    ['that ends at any of its steps', (at) => new CrashPoint(at)],
  ];
  test.each(endings)(
    '%s is done again',
    async (_, ending) => {
      const { calls } = await endedBy(ending(Infinity));
      expect(calls).toBeGreaterThan(10);
      for (let at = 1; at <= calls; at += 1) {
        const { left } = await endedBy(ending(at));
        expect({ at, left }).toEqual({ at, left: [] });
      }
    },
    60_000,
  );
});

/** Works on her events, and is asked to erase her in the middle. */
async function erasedAt(at: number): Promise<{ calls: number; left: string[] }> {
  const stage = await openTenant();
  let erasing: Promise<unknown> | undefined;
  const wrap = new Interruption(at, async () => {
    erasing = stage.begin('erase', { email: EMAIL });
    await stage.clock.sleep(1_000);
  });
  await stage.clock.run(stage.harness.receive(HER_EVENTS.slice(0, 3)));
  await stage.drain(wrap);
  if (erasing === undefined) await stage.verb('erase', { email: EMAIL });
  else await stage.clock.run(erasing);
  return { calls: wrap.calls, left: traces(stage) };
}

class FailedCallError extends Error {
  override name = 'FailedCallError';
}

const refuseCompanies: Refusal = ({ method, url }) =>
  method === 'POST' && new URL(url).pathname.includes('/companies')
    ? Response.json({ Message: `Annabella ${FORMER} has it` }, { status: 400 })
    : undefined;

/** Erases her in a turn that ends so. Firefish's refusal of a company has a name that only one event of hers says. */
async function endedBy(ending: Passage & { calls: number }): Promise<{ calls: number; left: string[] }> {
  const stage = await openTenant(refuseCompanies);
  const empty = { id: 'n0', text: '', channel: 'call' };
  await stage.push(
    makeEvent('company.created', 0, { company: { id: 'co', name: 'Acme' } }),
    makeEvent('note.added', 0, { record: ann({ lastName: FORMER }), note: empty }),
  );
  for (const event of HER_EVENTS) await stage.push(event);
  expect(traces(stage).join()).toContain(`Annabella ${FORMER} has it`);
  const first = await stage.ask('erase', { email: EMAIL });
  expect(first).toHaveProperty('pending');
  await stage.drain(ending);
  await stage.ask('erase', { email: EMAIL });
  return { calls: ending.calls, left: traces(stage) };
}

test('a person who was only found by a domain’s opt-out can be exported', async () => {
  const stage = await openTenant();
  stage.harness.simulator.seed(AGENCY, {
    candidates: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: EMAIL }],
  });
  await stage.push(makeEvent('domain.opted_out', 1, { domain: 'client.example' }));

  expect(await stage.verb('export', { email: EMAIL })).toMatchObject({
    people: [{ emailAddresses: [{ address: EMAIL }] }],
  });
});
