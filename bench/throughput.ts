/**
 * 5,000 events through the whole local system: how fast they are accepted and worked on, as a ratio to what the bare
 * SDK sends to a queue of the same service, and what the system holds in memory meanwhile. Firefish's own limits are
 * lifted here: under them, they alone decide how long it takes.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Administration } from '../local/demo/provision.ts';
import type { LocalSystemReady } from './local-system.ts';
import { peakResidentMb } from './resident-memory.ts';

const EVENTS = 5000;
const EVENTS_PER_POST = 500;
const MAX_ANSWER_MS = 1000;
const MAX_RESIDENT_MB = 400;
const MAX_WAIT_MS = 10 * 60_000;
const MESSAGES_PER_SEND = 10;
const SENDS_AT_ONCE = 8;
const NO_LIMIT = '1000000/1s';
/** Characters of an answer that are enough to see what is wrong. */
const MAX_SHOWN = 500;
const DOMAIN = 'bench.firefishsoftware.com';

export async function benchThroughput(): Promise<boolean> {
  const system = fork(join(import.meta.dirname, 'local-system.ts'), {
    execArgv: startFlags(),
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      FIREFISH_RATE_LIMITS: NO_LIMIT,
      FIREFISH_TOKEN_LIMITS: NO_LIMIT,
    },
  });
  try {
    const { url, environment } = await ready(system);
    Object.assign(process.env, environment);
    const bare = await bareSendRate();
    console.log(`bare SDK: ${bare.toFixed(0)} messages/s sent to the same service`);
    return await measure(system, url, bare);
  } finally {
    if (system.connected) system.disconnect();
    if (system.exitCode === null) await once(system, 'exit');
  }
}

async function measure(system: ChildProcess, url: string, bare: number): Promise<boolean> {
  const { clientId, clientSecret } = await new Administration(DOMAIN).enable({
    firefishClientId: 'ff-bench',
    firefishClientSecret: 'ff-bench-secret',
  });
  const headers = {
    authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const start = performance.now();
  const batches: string[] = [];
  const answerMs: number[] = [];
  for (let first = 0; first < EVENTS; first += EVENTS_PER_POST) {
    const began = performance.now();
    const events = Array.from({ length: EVENTS_PER_POST }, (_, index) => eventAt(first + index));
    batches.push(...(await post(url, headers, events)));
    answerMs.push(performance.now() - began);
  }
  const acceptedPerSecond = EVENTS / secondsSince(start);
  const states = await allEnded(url, headers, batches);
  const endedPerSecond = EVENTS / secondsSince(start);

  const peakMb = system.pid === undefined ? undefined : peakResidentMb(system.pid);
  const slowest = Math.max(...answerMs);
  const first = answerMs[0] ?? NaN;
  console.log(
    `${EVENTS_PER_POST} events in one POST: first answer ${first.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms under load (first at most ${MAX_ANSWER_MS})`,
  );
  console.log(`accepted: ${rate(acceptedPerSecond, bare)}`);
  console.log(`ended: ${rate(endedPerSecond, bare)}: ${JSON.stringify(states)}`);
  console.log(
    peakMb === undefined
      ? 'resident memory: not known on this machine'
      : `resident memory: ${peakMb.toFixed(0)} MB at most (bound ${MAX_RESIDENT_MB})`,
  );
  const allSynced = states.synced + states.skipped === EVENTS;
  return allSynced && first <= MAX_ANSWER_MS && (peakMb ?? 0) < MAX_RESIDENT_MB;
}

/** What `npm start` tells Node: to collect garbage sooner than it would, for a tenth more work. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.match(/--\S+/g) ?? [];
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;
const rate = (perSecond: number, bare: number): string =>
  `${perSecond.toFixed(0)} events/s, ${(perSecond / bare).toFixed(3)} of the bare SDK`;

async function ready(system: ChildProcess): Promise<LocalSystemReady> {
  const answer = await Promise.race([
    once(system, 'message'),
    once(system, 'exit').then(() => {
      throw new Error('the local system did not start');
    }),
  ]);
  // local-system.ts sends nothing else.
  return answer[0] as LocalSystemReady;
}

/** Half of the events are new people, the other half changes to them. */
function eventAt(index: number): object {
  const person = index % (EVENTS / 2);
  const isNew = index < EVENTS / 2;
  return {
    id: `bench-${index}`,
    type: isNew ? 'record.created' : 'record.updated',
    occurredAt: new Date(Date.now() - EVENTS + index).toISOString(),
    record: {
      candidateId: `sw_${person}`,
      kind: 'candidate',
      firstName: 'Ann',
      lastName: `Number${person}`,
      emails: [`ann.${person}@bench.example`],
      role: isNew ? 'Engineer' : 'Lead engineer',
    },
  };
}

interface Accepted {
  batchId: string;
  rejected: { index: number; retry?: boolean }[];
}

/** Sends again what could not be stored, as SourceWhale would. Returns the batches it took. */
async function post(
  url: string,
  headers: Record<string, string>,
  events: readonly object[],
): Promise<string[]> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ events }),
  });
  const text = await response.text();
  if (response.status === 503) {
    await sleep(Number(response.headers.get('retry-after')) * 1000);
    return post(url, headers, events);
  }
  if (response.status !== 202) {
    throw new Error(`POST /v1/events answered ${response.status}: ${text.slice(0, MAX_SHOWN)}`);
  }
  const { batchId, rejected } = JSON.parse(text) as Accepted;
  if (rejected.length === 0) return [batchId];
  if (rejected.some(({ retry }) => retry !== true)) {
    throw new Error(`events were rejected: ${JSON.stringify(rejected).slice(0, MAX_SHOWN)}`);
  }
  console.log(`${rejected.length} events could not be stored at once and are sent again`);
  const again = rejected.map(({ index }) => events[index]).filter((event) => event !== undefined);
  return [batchId, ...(await post(url, headers, again))];
}

interface States {
  queued: number;
  deferred: number;
  synced: number;
  skipped: number;
  failed: number;
}

/** Waits until no event of the batches is open any more. @throws Error after ten minutes */
async function allEnded(
  url: string,
  headers: Record<string, string>,
  batches: readonly string[],
): Promise<States> {
  const deadline = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const sum: States = { queued: 0, deferred: 0, synced: 0, skipped: 0, failed: 0 };
    for (const batchId of batches) {
      const response = await fetch(`${url}/v1/batches/${batchId}`, { headers });
      const batch = (await response.json()) as States;
      for (const state of Object.keys(sum) as (keyof States)[]) sum[state] += batch[state];
    }
    if (sum.queued + sum.deferred === 0) return sum;
    if (performance.now() > deadline) throw new Error(`still open: ${JSON.stringify(sum)}`);
    await sleep(500);
  }
}

/** Messages a second that the SDK alone sends, ten a call, on a separate queue that nobody reads. */
async function bareSendRate(): Promise<number> {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  try {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'bench' }));
    let next = 0;
    const sendOneAfterAnother = async (): Promise<void> => {
      while (next < EVENTS) {
        const first = next;
        next += MESSAGES_PER_SEND;
        const Entries = Array.from({ length: MESSAGES_PER_SEND }, (_, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ tenantId: 'bench', eventId: `bench-${first + index}` }),
          MessageGroupId: 'bench',
        }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: SENDS_AT_ONCE }, sendOneAfterAnother));
    const perSecond = EVENTS / secondsSince(start);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    return perSecond;
  } finally {
    sqs.destroy();
  }
}
