/**
 * Three tenants push 5,000 events each, one after the other: one that Firefish's limits keep back, one whose Firefish
 * hangs, one whose credentials are refused. How much later the events of tenants that work calmly are in Firefish
 * beside them, through the whole local system: one at a time, and thirty in one push, which wait in a backlog of
 * their own. In memory that has a bound; on disk every write waits for the embedded tables' files, and it is only said.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Administration } from '../local/demo/provision.ts';
import type { LocalSystemReady } from './local-system.ts';

const FLOOD = 5_000;
const EVENTS_PER_POST = 500;
const SINGLES = 20;
const BETWEEN_MS = 250;
const PUSHES = 3;
const PUSHED = 30;
const MAX_ADDED_MS = 2_000;

/** The 95th percentiles of how long events took from the POST to their end. Milliseconds. */
interface Took {
  single: number;
  pushed: number;
}
type Send = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

export async function benchFairness(): Promise<boolean> {
  const inMemory = await addedBeside('in memory', {});
  const directory = await mkdtemp(join(tmpdir(), 'fairness-'));
  try {
    await addedBeside('on disk', { DATA_DIR: directory });
  } finally {
    await rm(directory, { recursive: true });
  }
  return inMemory.every((ms) => ms <= MAX_ADDED_MS);
}

/** What the floods add to the 95th percentiles, with one more flood each time. Milliseconds. */
async function addedBeside(where: string, given: Record<string, string>): Promise<number[]> {
  const system = fork(join(import.meta.dirname, 'local-system.ts'), {
    // A wait for a token is a limit of the address, not a matter of fairness.
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'SILENT',
      FIREFISH_TOKEN_LIMITS: '1000/1m',
      ...given,
    },
  });
  try {
    const died = once(system, 'exit').then(() => {
      throw new Error('the local system has ended');
    });
    // local-system.ts sends nothing else.
    const [{ url, environment }] = (await Promise.race([once(system, 'message'), died])) as [
      LocalSystemReady,
    ];
    died.catch(() => undefined);
    Object.assign(process.env, environment);
    const firefish = String(environment['FIREFISH_API_URL']);
    console.log(`${where}, 95th percentile from POST to its end:`);
    const alone = await measure(url, 'alone');
    const added: number[] = [];
    for (const [name, what, prepare] of FLOODS) {
      const send = await senderOf(url, `${name}.firefishsoftware.com`, `ff-${name}`);
      await prepare(firefish, `ff-${name}`);
      await flood(send, name);
      const beside = await measure(url, name, what);
      added.push(beside.single - alone.single, beside.pushed - alone.pushed);
    }
    return added;
  } finally {
    await end(system);
  }
}

type Prepare = (firefish: string, clientId: string) => Promise<unknown>;
const FLOODS: [name: string, what: string, prepare: Prepare][] = [
  ['limited', 'beside 5,000 events under the limits', () => Promise.resolve()],
  [
    'down',
    'and 5,000 for a Firefish that hangs',
    (firefish, clientId) => tell(firefish, 'faults', { kind: 'hang', clientId, times: 1_000_000 }),
  ],
  [
    'refused',
    'and 5,000 with refused credentials',
    (firefish, clientId) =>
      tell(firefish, 'profiles', { clientId, clientSecret: 'changed', agency: clientId }),
  ],
];

const tell = (firefish: string, path: string, body: object): Promise<unknown> =>
  fetch(`${firefish}/_simulator/${path}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify(body),
  });

async function end(system: ChildProcess): Promise<void> {
  if (system.connected) system.disconnect();
  if (system.exitCode === null) await once(system, 'exit');
}

async function senderOf(url: string, domain: string, firefishClientId: string): Promise<Send> {
  const firefishClientSecret = `${firefishClientId}-secret`;
  const { clientId, clientSecret } = await new Administration(domain).enable({
    firefishClientId,
    firefishClientSecret,
  });
  const headers = {
    authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      ...{ method, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
}

const event = (name: string, n: number): { id: string } & Record<string, unknown> => ({
  id: `${name}-${n}`,
  type: 'record.created',
  occurredAt: new Date(Date.now() - 1_000).toISOString(),
  record: {
    ...{ candidateId: `sw_${name}_${n}`, kind: 'candidate', firstName: 'Ann', lastName: `Number${n}` },
    emails: [`${name}.${n}@bench.example`],
  },
});

async function flood(send: Send, name: string): Promise<void> {
  for (let first = 0; first < FLOOD; first += EVENTS_PER_POST) {
    const events = Array.from({ length: EVENTS_PER_POST }, (_, index) => event(name, first + index));
    await send('POST', '/v1/events', { events });
  }
}

/** A new tenant each time: only the limits of the floods count. */
async function measure(url: string, name: string, what = name): Promise<Took> {
  const send = await senderOf(url, `calm-${name}.firefishsoftware.com`, `ff-calm-${name}`);
  const singles: number[] = [];
  for (let n = 0; n < SINGLES; n += 1) {
    singles.push(...(await timesOf(send, [event(`single-${name}`, n)])));
    await sleep(BETWEEN_MS);
  }
  const pushed: number[] = [];
  for (let push = 0; push < PUSHES; push += 1) {
    const events = Array.from({ length: PUSHED }, (_, n) => event(`push-${name}`, push * PUSHED + n));
    pushed.push(...(await timesOf(send, events)));
    // Until the second's limit is free again.
    await sleep(1_500);
  }
  const took = { single: percentile95(singles), pushed: percentile95(pushed) };
  console.log(
    `  ${what}: ${took.single.toFixed(0)} ms, in a push of ${PUSHED} ${took.pushed.toFixed(0)} ms ` +
      `(longest ${Math.max(...singles).toFixed(0)} and ${Math.max(...pushed).toFixed(0)} ms)`,
  );
  return took;
}

const percentile95 = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Infinity;

/** How long each of these, pushed at once, takes until it has ended. Milliseconds. */
async function timesOf(send: Send, events: readonly { id: string }[]): Promise<number[]> {
  const start = Date.now();
  const { batchId } = await send('POST', '/v1/events', { events });
  for (;;) {
    const { queued, deferred } = await send('GET', `/v1/batches/${String(batchId)}`);
    if (queued === 0 && deferred === 0) break;
    await sleep(10);
  }
  const ended = await Promise.all(events.map(({ id }) => send('GET', `/v1/events/${id}`)));
  return ended.map(({ finishedAt }) => Date.parse(String(finishedAt)) - start);
}
