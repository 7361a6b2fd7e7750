/** What leads to more names than anybody has: a placeholder that a whole list of people was given as their address. */
import { describe, expect, test } from '@jest/globals';
import { MOST_NAMES } from '../../../lib/sync/held-person.ts';
import type { SourceWhaleEvent } from '../../../lib/events/event.ts';
import { firefishClients } from '../../../lib/sync/firefish-clients.ts';
import { previewEvents } from '../../../lib/sync/preview.ts';
import { drain } from '../../support/drain.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, inProcess, plainCipher } from '../../support/in-process.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const PLACEHOLDER = 'none@agency.example';
const ADDRESSES = 190;
const LONG = 'a'.repeat(60);
/** As long as addresses and ids may be. */
const addresses = (of: number): string[] =>
  Array.from(
    { length: ADDRESSES },
    (_, n) => `p${String(of)}-${String(n)}${LONG.slice(10)}@${LONG}.${LONG}.${LONG}.example`,
  );
const withLongId = <Event extends { id: string }>(event: Event): Event => ({
  ...event,
  id: event.id.padEnd(128, 'x'),
});
const person = (n: number, emails: string[]): Record<string, unknown> => ({
  record: ann({ candidateId: `sw-${String(n)}`, emails }),
});

function open() {
  const clock = new VirtualClock();
  const made = inProcess({ clock, random: () => 0.5 });
  const push = async (...events: Parameters<typeof made.receive>[0]): Promise<unknown[]> => {
    await made.receive(events);
    await drain(made, clock);
    return Promise.all(
      events.map(async ({ id }) => {
        const { state, reason } = (await made.outcome(id))!;
        return [state, reason?.split(':')[0]];
      }),
    );
  };
  const context = {
    ...{ tenant: made.tenant, table: made.table, cipher: plainCipher, clock },
    firefish: firefishClients({
      ...{ config: made.config, table: made.table, cipher: plainCipher, clock },
      fetch: (input, init) => made.simulator.handle(new Request(input, init)),
    })(made.tenant),
    newId: () => 'nobody',
  };
  const preview = async (event: SourceWhaleEvent): Promise<unknown> => {
    const said = (await clock.run(previewEvents(context, [event]))).get(event.id)!;
    return [said.state, said.reason?.split(':')[0]];
  };
  return { ...made, push, preview };
}

/** About what DynamoDB counts. */
const sizeOf = (item: object): number => {
  let bytes = 0;
  const text = JSON.stringify(item, (_, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    bytes += value.length;
    return '';
  });
  return text.length + bytes;
};

describe('people who would be one with too many names', () => {
  test('are refused one by one, whoever was there stays, and their item stays small', async () => {
    const { push, preview, table, simulator } = open();
    const events = [0, 1, 2, 3].map((n) =>
      withLongId(makeEvent('record.created', n, person(n, [PLACEHOLDER, ...addresses(n)]))),
    );
    expect(ADDRESSES * 2 < MOST_NAMES && ADDRESSES * 3 > MOST_NAMES).toBe(true);
    const [first, second, third, fourth] = events;
    expect([...(await push(first!, second!)), await preview(third!)]).toEqual([
      ['synced', undefined],
      ['synced', undefined],
      ['failed', 'too many names'],
    ]);
    expect(await push(third!, fourth!)).toEqual([
      ['failed', 'too many names'],
      ['failed', 'too many names'],
    ]);
    expect(await push(makeEvent('record.updated', 5, person(0, [PLACEHOLDER])))).toEqual([
      ['synced', undefined],
    ]);
    expect(simulator.state(AGENCY).candidates).toHaveLength(1);
    // An item of DynamoDB holds 400 kB.
    expect(Math.max(...table.all().map(sizeOf))).toBeLessThan(350_000);
  });

  test('are not made one by an event that ties them, and both go on', async () => {
    const { push, simulator } = open();
    const [one, two, three] = [0, 1, 2].map((n) => makeEvent('record.created', n, person(n, addresses(n))));
    const tying = makeEvent('record.updated', 3, person(0, [addresses(1)[0]!, addresses(2)[0]!]));
    expect(await push(one!)).toEqual([['synced', undefined]]);
    expect(await push(two!)).toEqual([['synced', undefined]]);
    expect(await push(three!)).toEqual([['synced', undefined]]);
    expect(await push(tying)).toEqual([['failed', 'too many names']]);
    const after = [0, 1, 2].map((n) =>
      makeEvent('record.updated', 10 + n, {
        record: ann({ candidateId: `sw-${String(n)}`, emails: undefined, firstName: 'New' }),
      }),
    );
    expect(await push(...after)).toEqual(after.map(() => ['synced', undefined]));
    expect(simulator.state(AGENCY).candidates.map(({ FirstName }) => FirstName)).toEqual([
      'New',
      'New',
      'New',
    ]);
  });

  test('are opted out all the same', async () => {
    const { push, simulator } = open();
    const events = [0, 1].map((n) =>
      makeEvent('record.created', n, person(n, [PLACEHOLDER, ...addresses(n)])),
    );
    const optIn = makeEvent('marketing.opted_in', 3, { ...person(0, []), marketing: {} });
    await push(...events, optIn);
    expect(simulator.state(AGENCY).candidates).toMatchObject([{ EmailMarketing: true }]);
    const out = makeEvent('marketing.opted_out', 4, {
      ...person(9, [PLACEHOLDER, ...addresses(9)]),
      marketing: {},
    });
    expect(await push(out)).toEqual([['synced', undefined]]);
    expect(simulator.state(AGENCY).candidates).toMatchObject([{ EmailMarketing: false }]);
  });
});
