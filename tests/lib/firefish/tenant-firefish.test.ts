import type { TenantId } from '../../../lib/ids.ts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseRateLimits } from '../../../lib/config.ts';
import type { UnknownOutcomeError } from '../../../lib/firefish/errors.ts';
import type { Firefish } from '../../../lib/firefish/port.ts';
import type { TenantFirefish } from '../../../lib/firefish/tenant-firefish.ts';
import { TurnOverError } from '../../../lib/turn-over-error.ts';
import type { Fault } from '../../../local/firefish-simulator/simulator.ts';
import { kept, TurnStage } from './turn-stage.ts';

const CANDIDATE = {
  FirstName: 'Ann',
  Surname: 'Lee',
  Source: 'SourceWhale',
  EmailAddress: 'ann@lee.example',
  LegalBasis: 'legitimate-interest',
};
const TOKEN = 'POST /authorization/token';
const PATCH = 'PATCH /candidates/{ref}';

type FaultOf<T> = T extends unknown ? Omit<T, 'endpoint'> : never;

let stage: TurnStage;
let turn: TenantFirefish;
let client: Firefish;

beforeEach(() => {
  stage = new TurnStage({ FIREFISH_TIMEOUT_MS: 2_000 });
  stage.addProfile();
  stage.simulator.seed('acme', { candidates: [{ Ref: 7, FirstName: 'Bo', Surname: 'Li' }] });
  turn = stage.turn();
  client = turn.for({ urgency: 3 });
});

const failure = (call: Promise<unknown>): Promise<unknown> =>
  stage.clock.run(
    call.then(
      () => 'no error',
      (error: unknown) => error,
    ),
  );
const timed = async (call: Promise<unknown>): Promise<number> => {
  const begun = stage.clock.now();
  await stage.clock.run(call);
  return stage.clock.now() - begun;
};
const jobTitle = (): unknown =>
  stage.simulator.state('acme').candidates.find(({ Ref }) => Ref === 7)?.['JobTitle'];

const definite: [string, FaultOf<Fault>][] = [
  ['a 500 in the form of Firefish', { kind: 'status', status: 500 }],
];
const lost: [string, FaultOf<Fault>, boolean][] = [
  ['a 502 page', { kind: 'html' }, false],
  ['a 503', { kind: 'status', status: 503 }, false],
  ['a 403 page of a firewall', { kind: 'status', status: 403, body: '<html>Blocked</html>' }, false],
  ['a 404 of a load balancer', { kind: 'status', status: 404, body: '{"message":"no route"}' }, false],
  ['a 500 page', { kind: 'status', status: 500, body: '<html>Sorry</html>' }, false],
  ['a page that says 200', { kind: 'status', status: 200, body: '<html>Sorry</html>' }, false],
  ['a redirect', { kind: 'status', status: 302, headers: { location: 'https://elsewhere.test/' } }, false],
  ['a reset before', { kind: 'drop' }, false],
  ['a reset after', { kind: 'drop', applied: true }, true],
  ['a hang before', { kind: 'hang' }, false],
  ['a hang after', { kind: 'hang', applied: true }, true],
  ['garbage', { kind: 'garbage', applied: true }, true],
  ['an answer that is too late', { kind: 'slow', ms: 5_000 }, true],
];

describe('a fault of Firefish', () => {
  test.each([...definite, ...lost.map(([name, fault]): [string, FaultOf<Fault>] => [name, fault])])(
    '%s: a read is tried again within about a second',
    async (_name, fault) => {
      stage.simulator.faults.add({ ...fault, endpoint: 'GET /candidates/{ref}' });
      const hangs = /hang|slow/.test(fault.kind) ? 2_000 : 0;
      expect(await timed(client.read('candidate', 7))).toBeLessThan(hangs + 500);
    },
  );

  test.each(definite)('%s: an update is tried four times', async (_name, fault) => {
    stage.simulator.faults.add({ ...fault, endpoint: PATCH });
    expect(await timed(client.update('candidate', 7, { JobTitle: 'CTO' }))).toBeLessThan(500);
    expect(jobTitle()).toBe('CTO');
    stage.simulator.faults.add({ ...fault, endpoint: PATCH, times: 5 });
    expect(await failure(client.update('candidate', 7, { JobTitle: 'CEO' }))).toMatchObject({
      name: 'UnavailableError',
    });
    expect(stage.simulator.calls().filter(({ endpoint }) => endpoint === PATCH)).toHaveLength(6);
  });

  test.each(definite)(
    '%s: a creation and a note are not repeated by the client, because the caller looks them up first',
    async (_name, fault) => {
      stage.simulator.faults.add({ ...fault, endpoint: 'POST /candidates' });
      expect(await failure(client.create('candidate', CANDIDATE))).toMatchObject({ name: 'FailedError' });
      stage.simulator.faults.add({ ...fault, endpoint: 'POST /candidates/{ref}/activity/notes' });
      expect(await failure(client.addNote('candidate', 7, 'Hello'))).toMatchObject({ name: 'FailedError' });
      expect(await stage.clock.run(client.create('candidate', CANDIDATE))).toBeGreaterThan(0);
    },
  );

  test.each(lost)(
    '%s: a write has an unknown outcome, and the error says when it left',
    async (_name, fault, done) => {
      const sentAt = stage.clock.now();
      for (const [endpoint, write] of [
        ['POST /candidates', () => client.create('candidate', CANDIDATE)],
        [PATCH, () => client.update('candidate', 7, { JobTitle: 'CTO' })],
        ['POST /candidates/{ref}/activity/notes', () => client.addNote('candidate', 7, 'Hello')],
      ] as const) {
        stage.simulator.faults.add({ ...fault, endpoint });
        const error = (await failure(write())) as UnknownOutcomeError;
        expect(error).toMatchObject({ name: 'UnknownOutcomeError', endpoint });
        expect(error.sentAt).toBeGreaterThanOrEqual(sentAt);
        expect(error.sentAt).toBeLessThanOrEqual(stage.clock.now());
      }
      expect(stage.simulator.state('acme').candidates).toHaveLength(done ? 2 : 1);
      expect(jobTitle()).toBe(done ? 'CTO' : null);
      await expect(stage.clock.run(client.hasNote('candidate', 7, 'Hello', sentAt))).resolves.toBe(done);
    },
  );

  test('a firewall page from the token endpoint costs less than a second, and causes no alarm', async () => {
    stage.simulator.faults.add({
      kind: 'status',
      status: 403,
      body: '<html>Blocked</html>',
      endpoint: TOKEN,
    });
    expect(await timed(Promise.all([client.read('candidate', 7), client.read('candidate', 7)]))).toBeLessThan(
      500,
    );
    expect(stage.tokensAsked()).toBe(2);
    expect(turn.waiting(3)).toBeUndefined();
  });

  test('an unexpected 429 blocks only its endpoint, for as long as it says', async () => {
    stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '3', endpoint: PATCH });
    const update = timed(client.update('candidate', 7, { JobTitle: 'CTO' }));
    expect(await timed(client.read('candidate', 7))).toBe(0);
    expect(await update).toBeGreaterThanOrEqual(3_000);
    stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '86400', endpoint: PATCH });
    const error = await failure(client.update('candidate', 7, { JobTitle: 'CEO' }));
    expect(error).toMatchObject({
      name: 'NotNowError',
      reason: 'limit',
      retryAt: stage.clock.now() + 900_000,
    });
  });

  test('a 429 in the form of Firefish fails a creation and a note, and blocks them for as long as it says', async () => {
    for (const [endpoint, write] of [
      ['POST /candidates', () => client.create('candidate', CANDIDATE)],
      ['POST /candidates/{ref}/activity/notes', () => client.addNote('candidate', 7, 'Hello')],
    ] as const) {
      stage.simulator.faults.add({ kind: 'rate-limit', retryAfter: '3', endpoint });
      expect(await failure(write())).toMatchObject({ name: 'FailedError', status: 429 });
      expect(await timed(write())).toBeGreaterThanOrEqual(3_000);
    }
  });

  test('after a 401 a new token is requested; if the 401 comes again, it is a refusal, also over several turns, and costs few tokens', async () => {
    await stage.clock.run(client.read('candidate', 7));
    stage.simulator.faults.add({ kind: 'status', status: 401, endpoint: PATCH });
    await stage.clock.run(client.update('candidate', 7, { JobTitle: 'CTO' }));
    expect(stage.tokensAsked()).toBe(2);
    stage.simulator.faults.add({ kind: 'status', status: 401, endpoint: PATCH, times: 50 });
    const names: string[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      const error = (await failure(client.update('candidate', 7, { JobTitle: 'x' }))) as Error;
      names.push(error.name);
      if (names.length === 1) expect(turn.waiting(1)).toMatchObject({ reason: 'token' });
      await stage.clock.advance(60_000);
      turn = stage.turn({ memory: kept(turn.memory()), elapsedMs: 58_000 });
      client = turn.for({ urgency: 3 });
    }
    expect(names).toEqual(['NotNowError', 'NotNowError', ...Array<string>(4).fill('RefusedError')]);
    expect(stage.tokensAsked()).toBeLessThanOrEqual(6);
  });

  test('calls at once whose tokens have ended twice are no refusal: after a pause they get a new token', async () => {
    const reads = 6;
    const readAll = () => Array.from({ length: reads }, () => client.read('candidate', 7));
    const fails = (times: number): void => {
      stage.simulator.faults.add({ kind: 'status', status: 401, endpoint: 'GET /candidates/{ref}', times });
    };
    fails(2 * reads);
    const errors = await Promise.all(readAll().map(failure));
    expect(errors.map((error) => (error as Error).name)).toEqual(Array<string>(reads).fill('NotNowError'));
    stage.simulator.faults.clear();
    await stage.clock.advance(60_000);
    fails(1);
    expect(await stage.clock.run(client.read('candidate', 7))).toMatchObject({ Ref: 7 });
    expect(stage.tokensAsked()).toBe(3);
  });
});

describe('an outage', () => {
  const down = (endpoint = /candidates|contacts/): void => {
    stage.simulator.faults.add({ kind: 'status', status: 503, endpoint, times: 10_000 });
  };

  test('opens the circuit breaker only after five failures and ten seconds without a success', async () => {
    await stage.clock.run(client.read('candidate', 7));
    stage.simulator.faults.add({ kind: 'status', status: 503, times: 24 });
    await stage.clock.run(Promise.all(Array.from({ length: 24 }, () => client.read('candidate', 7))));
    expect(turn.waiting(3)).toBeUndefined();
  });

  test('lets single calls test Firefish after growing pauses, also over several turns, and ends with the first answer', async () => {
    down();
    const begun = stage.clock.now();
    let error = await failure(client.read('candidate', 7));
    while ((error as Error).name === 'UnavailableError') {
      await stage.clock.advance(3_000);
      error = await failure(client.read('candidate', 7));
    }
    expect(error).toMatchObject({ name: 'NotNowError', reason: 'outage' });
    expect(stage.clock.now() - begun).toBeLessThan(40_000);
    const calls = (): number => stage.simulator.calls().length;
    for (let rounds = 0; rounds < 5; rounds += 1) {
      const until = turn.waiting(1)?.until ?? stage.clock.now();
      await stage.clock.advance(until - stage.clock.now());
      turn = stage.turn({ memory: kept(turn.memory()), elapsedMs: 0 });
      const before = calls();
      const ends = await stage.clock.run(
        Promise.allSettled(Array.from({ length: 8 }, () => turn.for({ urgency: 1 }).read('candidate', 7))),
      );
      expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
      // A pause of less than ten seconds is waited for inside the turn, and ends with its own probe.
      expect(calls() - before).toBeLessThanOrEqual(2);
    }
    expect(turn.waiting(3)!.until - stage.clock.now()).toBeGreaterThan(100_000);
    stage.simulator.faults.clear();
    await stage.clock.advance(turn.waiting(3)!.until - stage.clock.now());
    turn = stage.turn({ memory: kept(turn.memory()), elapsedMs: 0 });
    await stage.clock.run(
      Promise.all(Array.from({ length: 8 }, () => turn.for({ urgency: 3 }).read('candidate', 7))),
    );
    expect(turn.waiting(3)).toBeUndefined();
  });

  test('opens the breaker at once if credentials are refused, and new credentials close it, also the same ones given again', async () => {
    turn = stage.turn({ clientSecret: 'wrong' });
    const errors = await stage.clock.run(
      Promise.allSettled([7, 7, 7].map((ref) => turn.for({ urgency: 2 }).read('candidate', ref))),
    );
    for (const end of errors)
      expect(end).toMatchObject({ reason: { name: 'NotNowError', reason: 'credentials' } });
    expect(stage.tokensAsked()).toBe(1);
    expect(turn.waiting(1)).toMatchObject({ reason: 'credentials' });
    turn = stage.turn({ memory: kept(turn.memory()), elapsedMs: 0 });
    expect(turn.waiting(1)).toMatchObject({ reason: 'credentials' });
    turn = stage.turn({ memory: kept(turn.memory()), elapsedMs: 0, givenAt: 1 });
    expect(await timed(turn.for({ urgency: 3 }).read('candidate', 7))).toBe(0);
  });
});

describe('the token', () => {
  test('is shared by all calls and by later turns, and renewed before it expires', async () => {
    for (let minutes = 0; minutes < 30; minutes += 1) {
      await stage.clock.run(Promise.all([client.read('candidate', 7), client.read('candidate', 7)]));
      turn = stage.turn({ memory: kept(turn.memory()), elapsedMs: 0 });
      client = turn.for({ urgency: 3 });
      await stage.clock.advance(60_000);
    }
    expect(stage.tokensAsked()).toBeLessThanOrEqual(4);
    expect(stage.simulator.calls().filter(({ status }) => status === 401)).toEqual([]);
    expect(JSON.stringify(turn.memory()).length).toBeLessThan(4_000);
  });

  test('takes few requests if scopes are missing, and later turns know these scopes', async () => {
    stage.addProfile('poor', [
      'candidatesAPI-read',
      'candidatesAPI-write',
      'contactsAPI-read',
      'contactsAPI-write',
      'companiesAPI-read',
      'companiesAPI-write',
    ]);
    turn = stage.turn({ tenantId: 'poor' as TenantId });
    expect(await failure(turn.for({ urgency: 3 }).read('candidate', 1))).toMatchObject({
      name: 'NotFoundError',
    });
    expect(turn.missingScopes()).toEqual(['actionsAPI-read']);
    const asked = stage.tokensAsked();
    expect(asked).toBeLessThanOrEqual(4);
    await stage.clock.advance(700_000);
    turn = stage.turn({ tenantId: 'poor' as TenantId, memory: kept(turn.memory()), elapsedMs: 700_000 });
    await failure(turn.for({ urgency: 3 }).read('candidate', 1));
    expect(stage.tokensAsked()).toBe(asked + 1);
    expect(turn.missingScopes()).toEqual(['actionsAPI-read']);
  });
});

describe('the end of a turn', () => {
  test('rejects calls that wait, ends calls in flight, and leaves nothing behind', async () => {
    stage.latencyMs = () => 300;
    await stage.clock.run(client.read('candidate', 7));
    const calls = Promise.allSettled(Array.from({ length: 25 }, () => client.read('candidate', 7)));
    await stage.clock.advance(1_000);
    const before = stage.simulator.calls().length;
    const end = turn.end();
    await stage.clock.run(end);
    const ends = await calls;
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBe(before - 2);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'TurnOverError' },
    });
    await stage.clock.advance(100_000);
    expect(stage.simulator.calls()).toHaveLength(before);
    await expect(client.read('candidate', 7)).rejects.toThrow(TurnOverError);
  });

  test('is checked by the guard exactly when a request leaves, also a token request', async () => {
    let isOver = false;
    turn = stage.turn({
      mayLeave: () => {
        if (isOver) throw new TurnOverError('lost');
      },
    });
    isOver = true;
    expect(await failure(turn.for({ urgency: 1 }).read('candidate', 7))).toBeInstanceOf(TurnOverError);
    expect(stage.simulator.calls()).toEqual([]);
    isOver = false;
    await stage.clock.run(turn.for({ urgency: 1 }).read('candidate', 7));
    const calls = Promise.allSettled(
      Array.from({ length: 25 }, () => turn.for({ urgency: 3 }).read('candidate', 7)),
    );
    await stage.clock.advance(500);
    const before = stage.simulator.calls().length;
    isOver = true;
    await stage.clock.run(calls);
    expect(stage.simulator.calls()).toHaveLength(before);
  });

  test('can come while a call waits for a token request', async () => {
    stage = new TurnStage({ FIREFISH_TOKEN_LIMITS: parseRateLimits('1/6s') });
    stage.addProfile();
    stage.simulator.seed('acme', { candidates: [{ Ref: 7, FirstName: 'Bo', Surname: 'Li' }] });
    turn = stage.turn();
    await stage.clock.run(turn.for({ urgency: 3 }).read('candidate', 7));
    // The token is refused: the next one has to wait.
    stage.simulator.faults.add({ kind: 'status', status: 401, endpoint: /candidates/ });
    const call = Promise.allSettled([turn.for({ urgency: 3 }).read('candidate', 7)]);
    await stage.clock.advance(1_000);
    const begun = stage.clock.now();
    await stage.clock.run(turn.end());
    expect(await call).toMatchObject([{ status: 'rejected', reason: { name: 'TurnOverError' } }]);
    expect(stage.clock.now()).toBe(begun);
    expect(stage.tokensAsked()).toBe(1);
  });

  test('can come while a call waits for its next try, for the circuit breaker or for a token', async () => {
    stage.simulator.faults.add({ kind: 'status', status: 500, times: 10_000 });
    const calls = Promise.allSettled([
      client.read('candidate', 7),
      client.update('candidate', 7, { JobTitle: 'x' }),
    ]);
    await stage.clock.advance(100);
    const begun = stage.clock.now();
    await stage.clock.run(turn.end());
    expect(stage.clock.now()).toBe(begun);
    expect((await calls).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
