/**
 * One tenant pushes 5,000 events while another one works calmly: how much later the other's events are in Firefish,
 * through the whole local system, under Firefish's limits and with the flooder's Firefish down. In memory that has a
 * bound; on disk every write waits for the embedded tables' files, and it is only said.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enableTenant } from '../local/demo/provision.ts';
import type { LocalSystemReady } from './local-system.ts';

const FLOOD = 5_000;
const EVENTS_PER_POST = 500;
const CALM = 20;
const BETWEEN_MS = 250;
const MAX_ADDED_MS = 2_000;

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

/** What a flood adds to the 95th percentile, under the limits and beside a Firefish that hangs. Milliseconds. */
async function addedBeside(where: string, given: Record<string, string>): Promise<number[]> {
  const system = fork(join(import.meta.dirname, 'local-system.ts'), {
    env: { PATH: process.env.PATH, PORT: '0', ...given },
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
    const calm = await senderOf(url, 'calm.firefishsoftware.com', 'ff-calm');
    const alone = await measure(calm, 'alone');
    const limited = await senderOf(url, 'flood.firefishsoftware.com', 'ff-flood');
    await flood(limited, 'flood');
    const underLimits = await measure(calm, 'limited');
    const down = await senderOf(url, 'down.firefishsoftware.com', 'ff-down');
    await fetch(`${String(environment['FIREFISH_API_URL'])}/_simulator/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'hang-before', clientId: 'ff-down', times: 1_000_000 }),
    });
    await flood(down, 'down');
    const besideOutage = await measure(calm, 'down');
    console.log(
      `${where}: 95th percentile from POST to its end: alone ${alone.toFixed(0)} ms, beside 5,000 events under the limits ${underLimits.toFixed(0)} ms, beside 5,000 more for a Firefish that hangs ${besideOutage.toFixed(0)} ms`,
    );
    return [underLimits - alone, besideOutage - alone];
  } finally {
    await end(system);
  }
}

async function end(system: ChildProcess): Promise<void> {
  if (system.connected) system.disconnect();
  if (system.exitCode === null) await once(system, 'exit');
}

async function senderOf(url: string, domain: string, firefishClientId: string): Promise<Send> {
  const firefishClientSecret = `${firefishClientId}-secret`;
  const { clientId, clientSecret } = await enableTenant(domain, { firefishClientId, firefishClientSecret });
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

const event = (name: string, n: number): object => ({
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

/** The 95th percentile of how long single events take until they have ended. Milliseconds. */
async function measure(send: Send, name: string): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < CALM; n += 1) {
    const start = performance.now();
    await send('POST', '/v1/events', { events: [event(`calm-${name}`, n)] });
    for (;;) {
      const { state } = await send('GET', `/v1/events/calm-${name}-${n}`);
      if (state !== 'queued' && state !== 'deferred') break;
      await sleep(10);
    }
    took.push(performance.now() - start);
    await sleep(BETWEEN_MS);
  }
  console.log(`${name}: ${took.map((ms) => ms.toFixed(0)).join(' ')} ms`);
  return took.sort((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] ?? Infinity;
}
