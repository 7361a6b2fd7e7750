import { describe, expect, test } from '@jest/globals';
import { readBreaker, resetBreaker } from '../../../lib/firefish/breaker.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import { fingerprint } from '../../../lib/firefish/token-item.ts';
import { NotNowError } from '../../../lib/firefish/errors.ts';
import { readGate } from '../../../lib/firefish/gate.ts';
import { seededRandom, Stage } from './stage.ts';

const READ = 'GET /candidates/{ref}';
const MINUTE = 60_000;

function newStage(): Stage {
  const stage = new Stage({ FIREFISH_TIMEOUT_MS: 5_000 });
  stage.addProfile();
  stage.simulator.seed('acme', { candidates: [{ Ref: 7, FirstName: 'Ann', Surname: 'Lee' }] });
  return stage;
}

const GIVEN = fingerprint('acme', { clientId: 'acme', clientSecret: 'acme-secret' }, 0);

const read = (stage: Stage, client: Firefish): Promise<unknown> =>
  stage.clock.run(client.read('candidate', 7).catch((error: unknown) => error));

/** Five failures in a row. */
async function fail(stage: Stage, client: Firefish, times = 5): Promise<void> {
  stage.simulator.faults.add({ kind: 'status', status: 503, endpoint: READ, times });
  for (let call = 0; call < times; call += 1) await read(stage, client);
}

const healed = async (stage: Stage, client: Firefish): Promise<boolean> =>
  !((await read(stage, client)) instanceof Error);

describe('the breaker', () => {
  test('opens after five failures in a row of all instances together, for all of them', async () => {
    const stage = newStage();
    const [first, second, third] = [stage.instance(), stage.instance(), stage.instance()];
    await fail(stage, first, 3);
    await fail(stage, second, 1);
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
    await fail(stage, second, 1);
    const breaker = await readBreaker(stage.table, 'acme', stage.clock);
    expect(breaker).toMatchObject({ state: 'open', reason: 'outage', since: stage.clock.now() });
    expect(await readGate(stage.table, 'acme', stage.clock.now())).toEqual({
      reason: 'outage',
      until: breaker.until,
    });
    expect(await read(stage, third)).toMatchObject({
      name: 'NotNowError',
      reason: 'outage',
      retryAt: breaker.until,
    });
  });

  test('stays closed while failures are few among successes, and writes nothing while all is well', async () => {
    const stage = newStage();
    const client = stage.instance();
    for (let round = 0; round < 5; round += 1) {
      await fail(stage, client, 4);
      await read(stage, client);
      await stage.clock.advance(2_000);
    }
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
    const puts = stage.table.puts;
    for (let call = 0; call < 10; call += 1) await read(stage, client);
    expect(stage.table.puts - puts).toBe(10);
  });

  test('stays closed where failures lie far apart, although nobody called in between', async () => {
    const stage = newStage();
    const client = stage.instance();
    await fail(stage, client, 4);
    await stage.clock.advance(6 * MINUTE);
    await fail(stage, client, 1);
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
  });

  test('that refused credentials had opened heals by itself once Firefish takes them again, little more than an hour later', async () => {
    const stage = newStage();
    const client = stage.instance();
    stage.simulator.addProfile({ clientId: 'acme', clientSecret: 'changed' });
    const end = stage.clock.now() + 12 * 60 * MINUTE;
    while (stage.clock.now() < end) {
      expect(await read(stage, client)).toMatchObject({ name: 'NotNowError', reason: 'credentials' });
      await stage.clock.advance(MINUTE);
    }
    stage.addProfile();
    const changedBack = stage.clock.now();
    while (!(await healed(stage, client))) await stage.clock.advance(MINUTE);
    expect(stage.clock.now() - changedBack).toBeLessThan(75 * MINUTE);
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
  });

  test('counts a token request that failed once, however many calls waited for it', async () => {
    const stage = newStage();
    const client = stage.instance();
    stage.simulator.faults.add({ kind: 'html', endpoint: /token/ });
    const ends = await stage.clock.run(
      Promise.allSettled(Array.from({ length: 8 }, () => client.read('candidate', 7))),
    );
    for (const end of ends) expect(end).toMatchObject({ reason: { name: 'UnavailableError' } });
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
  });

  test('lets one call at a time probe, of all instances, and closes with the first that succeeds', async () => {
    const stage = newStage();
    const clients = Array.from({ length: 10 }, () => stage.instance());
    await fail(stage, clients[0]!);
    await stage.clock.advance(10_000);
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toMatchObject({ state: 'half-open' });
    const arrived = stage.simulator.calls().length;
    stage.simulator.faults.add({ kind: 'slow', ms: 3_000, endpoint: READ });
    const probing = Promise.allSettled(clients.map((one) => one.read('candidate', 7)));
    const ends = await stage.clock.run(probing);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(stage.simulator.calls().length - arrived).toBe(1);
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
    await stage.clock.run(Promise.all(clients.map((one) => one.read('candidate', 7))));
  });

  test('makes an outage of eight hours cost few calls, and is closed again ten minutes after it', async () => {
    const stage = newStage();
    const clients = Array.from({ length: 10 }, () => stage.instance());
    stage.simulator.faults.add({ kind: 'status', status: 500, endpoint: READ, times: 1_000_000 });
    const random = seededRandom(5);
    const down = stage.clock.now() + 8 * 60 * MINUTE;
    const end = down + 15 * MINUTE;
    let backAt = Infinity;
    const work = async (client: Firefish): Promise<void> => {
      while (stage.clock.now() < end) {
        try {
          await client.read('candidate', 7);
          backAt = Math.min(backAt, stage.clock.now());
        } catch (error) {
          const retryAt = error instanceof NotNowError ? error.retryAt : 0;
          await stage.clock.sleep(Math.max(500, retryAt - stage.clock.now()));
        }
        await stage.clock.sleep(2_000 * random());
        if (stage.clock.now() > down) stage.simulator.faults.clear();
      }
    };
    const working = Promise.all(clients.map(work));
    await stage.clock.advance(end - stage.clock.now() + MINUTE);
    await working;
    const calls = stage.simulator.calls().filter(({ at, endpoint }) => at < down && endpoint === READ);
    // Five that open it, one for each of ten instances that had not heard of it yet, then one probe a pause.
    expect(calls.length).toBeLessThan(5 + 10 + 70);
    expect(backAt - down).toBeLessThan(13 * MINUTE);
  });

  test('gives the probe to the next call where the first could not even start', async () => {
    const stage = newStage();
    const client = stage.instance();
    await fail(stage, client);
    await stage.clock.advance(10_000);
    const startBy = stage.clock.now() - 1;
    const late = client.update('candidate', 7, { JobTitle: 'CTO' }, { startBy });
    await expect(stage.clock.run(late)).rejects.toMatchObject({ reason: 'limit' });
    expect(await read(stage, client)).toMatchObject({ Ref: 7 });
  });

  test('lets another probe when the one that probed has died', async () => {
    const stage = newStage();
    const client = stage.instance();
    await fail(stage, client);
    await stage.clock.advance(10_000);
    const dead: typeof fetch = () => new Promise(() => undefined);
    // Nor does anything wake it again.
    const clock = { now: () => stage.clock.now(), sleep: () => new Promise<void>(() => undefined) };
    const dying = stage.instance('acme', { fetch: dead, clock });
    void dying.read('candidate', 7).catch(() => undefined);
    await stage.clock.advance(1);
    const refused = await read(stage, client);
    expect(refused).toMatchObject({ name: 'NotNowError', reason: 'outage' });
    await stage.clock.advance((refused as NotNowError).retryAt - stage.clock.now());
    expect(await read(stage, client)).toMatchObject({ Ref: 7 });
  });

  test('is closed at once by new credentials, also where an outage had opened it', async () => {
    const stage = newStage();
    const client = stage.instance();
    await fail(stage, client);
    await resetBreaker(stage.table, 'acme', GIVEN);
    expect(await readBreaker(stage.table, 'acme', stage.clock)).toEqual({ state: 'closed' });
    expect(await readGate(stage.table, 'acme', stage.clock.now())).toBeUndefined();
    await stage.clock.advance(2_000);
    expect(await read(stage, client)).toMatchObject({ Ref: 7 });
  });

  test('is not opened by an instance that still has the old credentials once there are new ones', async () => {
    const stage = newStage();
    stage.simulator.addProfile({ clientId: 'acme', clientSecret: 'changed' });
    await resetBreaker(
      stage.table,
      'acme',
      fingerprint('acme', { clientId: 'acme', clientSecret: 'changed' }, 1),
    );
    const refused = await read(stage, stage.instance());
    expect(refused).toMatchObject({ name: 'NotNowError', reason: 'credentials' });
    expect(await readGate(stage.table, 'acme', stage.clock.now())).toBeUndefined();
    const renewed = stage.instance('acme', { clientSecret: 'changed', givenAt: 1 });
    expect(await read(stage, renewed)).toMatchObject({ Ref: 7 });
  });

  test('of one tenant is no other tenant’s', async () => {
    const stage = newStage();
    stage.addProfile('other');
    await fail(stage, stage.instance());
    await stage.clock.run(stage.instance('other').searchByEmail('candidate', 'a@b.example'));
  });
});
