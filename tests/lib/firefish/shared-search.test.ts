import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRateLimits } from '../../../lib/config.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import type { FirefishSeed } from '../../../local/firefish-simulator/simulator.ts';
import { TurnStage as Stage } from './turn-stage.ts';

type Row = NonNullable<FirefishSeed['candidates']>[number];
const person = (EmailAddress: string): Row => ({ FirstName: 'Ann', Surname: 'Lee', EmailAddress });

describe('searches of one e-mail domain that wait at the same time', () => {
  let stage: Stage;
  let client: Firefish;
  let asked: string[];

  /** One search a second: the second one waits. */
  function open(limits = '1/1s'): void {
    stage = new Stage({ FIREFISH_RATE_LIMITS: parseRateLimits(limits) }, { switches: { shape: 'paged' } });
    stage.addProfile();
    asked = [];
    client = stage.client({
      fetch: async (input, init) => {
        const asks = new URL(new Request(input).url).searchParams.get('email-address');
        if (asks !== null) asked.push(asks);
        const answer = await stage.fetch(input, init);
        await stage.clock.sleep(400);
        return answer;
      },
    });
  }
  beforeEach(() => {
    open();
  });

  const find = (...addresses: string[]): Promise<(string | null | undefined)[][]> =>
    stage.clock.run(
      Promise.all(
        addresses.map(async (address) =>
          (await client.searchByEmail('candidate', address)).map((row) => row.EmailAddress),
        ),
      ),
    );

  test('become one call, and each gets exactly its own records', async () => {
    stage.simulator.seed('acme', {
      candidates: ['ann@lee.example', 'joann@lee.example', 'bo@lee.example.org', ' BO@Lee.example'].map(
        person,
      ),
    });
    const found = await find('ann@lee.example', 'bo@lee.example', 'Cy@lee.example', 'ann@other.example');
    expect(found).toEqual([['ann@lee.example'], [' BO@Lee.example'], [], []]);
    expect(asked).toEqual(['@lee.example', 'ann@other.example']);
  });

  test('do not join a call that has already left: a later search has a separate call', async () => {
    await find('first@other.example');
    const early = client.searchByEmail('candidate', 'ann@lee.example');
    await stage.clock.advance(1_350);
    // Its call has left, and Firefish has searched; its answer is still to arrive.
    expect(asked).toEqual(['first@other.example', 'ann@lee.example']);
    stage.simulator.seed('acme', { candidates: [person('bo@lee.example')] });
    const late = client.searchByEmail('candidate', 'bo@lee.example');
    expect(await stage.clock.run(early)).toEqual([]);
    expect(await stage.clock.run(late)).toHaveLength(1);
  });

  test('are made one by one if the domain has more people than a search returns, from then on', async () => {
    const crowd = Array.from({ length: 1_200 }, (_, n) => person(`p${String(n)}@crowd.example`));
    stage.simulator.seed('acme', { candidates: crowd });
    const two = ['p7@crowd.example', 'p1199@crowd.example'];
    expect(await find(...two)).toEqual(two.map((address) => [address]));
    expect(asked).toEqual(['@crowd.example', ...two]);
    await find(...two);
    expect(asked.slice(3)).toEqual(two);
  });

  test('fail together, and are tried again', async () => {
    stage.simulator.faults.add({ kind: 'status', status: 503, endpoint: /search/, times: 4 });
    const both = ['ann@lee.example', 'bo@lee.example'].map((one) => client.searchByEmail('candidate', one));
    for (const end of await stage.clock.run(Promise.allSettled(both))) {
      expect(end).toMatchObject({ status: 'rejected', reason: { name: 'UnavailableError' } });
    }
    expect(await find('ann@lee.example')).toEqual([[]]);
    expect(asked).toEqual([...Array<string>(4).fill('@lee.example'), 'ann@lee.example']);
  });

  test('find what each would have found alone, in any order', async () => {
    const local = fc.constantFrom('ann', 'joann', 'a_n', 'bo', 'b%', 'BO');
    const domain = fc.constantFrom('x.example', 'y.x.example', 'x.example.org');
    const address = fc.tuple(local, domain).map((parts) => parts.join('@'));
    const asks = fc.array(fc.record({ address, after: fc.nat(1_500), contact: fc.boolean() }), {
      minLength: 2,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(address), fc.array(address), asks, async (candidates, contacts, all) => {
        open('2/1s');
        stage.simulator.seed('acme', { candidates: candidates.map(person), contacts: contacts.map(person) });
        const found = all.map(async ({ address: asks, after, contact }) => {
          await stage.clock.sleep(after);
          return client.searchByEmail(contact ? 'contact' : 'candidate', asks);
        });
        const rows = await stage.clock.run(Promise.all(found));
        const sorted = (texts: readonly (string | null | undefined)[]): string[] =>
          texts.map((text) => (text ?? '').toLowerCase()).sort();
        expect(rows.map((some) => sorted(some.map((row) => row.EmailAddress)))).toEqual(
          all.map(({ address: asks, contact }) =>
            sorted(
              (contact ? contacts : candidates).filter((one) => sorted([one])[0] === asks.toLowerCase()),
            ),
          ),
        );
      }),
      { numRuns: 60 },
    );
  });
});
