import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeTemporaryDirectory } from '../local/temporary-directory.ts';
import { npmStart, type RunningSystem } from './npm-start.ts';

/** How often everything is killed, and how long after it has accepted its first events, while more are posted. */
const KILL_AFTER_MS = [0, 500];
const EVENTS_PER_POST = 20;
/** A killed process holds its persons until its lease ends. */
const ALL_ENDED_WITHIN_MS = 300_000;

let directory: ReturnType<typeof makeTemporaryDirectory>;
let system: RunningSystem | undefined;
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(async () => {
  await system?.kill();
  directory.remove();
});

async function start(): Promise<RunningSystem> {
  system = await npmStart({
    DATA_DIR: directory.path,
    FIREFISH_RATE_LIMITS: '10000/1s',
    FIREFISH_TOKEN_LIMITS: '10000/1s',
    // Short, so that what a killed process held is free soon.
    FIREFISH_TIMEOUT_MS: '500',
  });
  return system;
}

async function enable({ url }: RunningSystem): Promise<string> {
  const response = await fetch(`${url}/2015-03-31/functions/provision/invocations`, {
    method: 'POST',
    body: JSON.stringify({
      verb: 'enable',
      domain: 'acme.firefishsoftware.com',
      firefishClientId: 'ff-demo',
      firefishClientSecret: 'ff-demo-secret',
    }),
  });
  const { clientId, clientSecret } = (await response.json()) as Record<string, string>;
  return `Basic ${Buffer.from(`${clientId!}:${clientSecret!}`).toString('base64')}`;
}

const event = (index: number): object => ({
  id: `event-${index}`,
  type: 'record.created',
  occurredAt: '2026-01-05T10:00:00Z',
  record: {
    candidateId: `sw_${index}`,
    kind: 'candidate',
    firstName: 'Ann',
    lastName: `Number ${index}`,
    emails: [`ann.${index}@client.example`],
  },
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Receipt {
  accepted: { id: string }[];
}

/** Posts until the server is gone. The ids that were accepted, those and only those, are promised. */
async function postUntilKilled(
  { url }: RunningSystem,
  authorization: string,
  nextIndex: () => number,
  accepted: string[],
): Promise<void> {
  for (;;) {
    const events = Array.from({ length: EVENTS_PER_POST }, () => event(nextIndex()));
    try {
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ events }),
      });
      if (response.status !== 202) continue;
      const receipt = (await response.json()) as Receipt;
      accepted.push(...receipt.accepted.map(({ id }) => id));
    } catch {
      return;
    }
  }
}

async function stateOf({ url }: RunningSystem, authorization: string, id: string): Promise<string> {
  const response = await fetch(`${url}/v1/events/${id}`, { headers: { authorization } });
  return response.status === 200
    ? ((await response.json()) as { state: string }).state
    : String(response.status);
}

/** The states of the accepted events, once all have ended or the time is up. */
async function finalStates(
  running: RunningSystem,
  authorization: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  const deadline = Date.now() + ALL_ENDED_WITHIN_MS;
  for (;;) {
    for (const id of ids) {
      if (states.get(id) !== 'synced') states.set(id, await stateOf(running, authorization, id));
    }
    if ([...states.values()].every((state) => state === 'synced') || Date.now() > deadline) return states;
    await pause(500);
  }
}

interface Candidate {
  EmailAddress: string;
}

async function candidatesIn({ firefishUrl }: RunningSystem): Promise<string[]> {
  const response = await fetch(`${firefishUrl!}/_simulator/state?agency=ff-demo`);
  const { candidates } = (await response.json()) as { candidates: Candidate[] };
  return candidates.map(({ EmailAddress }) => EmailAddress).sort();
}

test('with DATA_DIR, every event that was answered 202 reaches Firefish once, however often everything is killed', async () => {
  let index = 0;
  const accepted: string[] = [];
  let authorization: string | undefined;
  for (const killAfterMs of KILL_AFTER_MS) {
    const running = await start();
    authorization ??= await enable(running);
    const before = accepted.length;
    const posting = postUntilKilled(running, authorization, () => (index += 1), accepted);
    while (accepted.length === before) await pause(5);
    await pause(killAfterMs);
    await running.kill();
    await posting;
  }

  const last = await start();
  const states = await finalStates(last, authorization!, accepted);

  expect([...states].filter(([, state]) => state !== 'synced')).toEqual([]);
  const candidates = await candidatesIn(last);
  expect(candidates).toEqual([...new Set(candidates)]);
  expect(candidates).toEqual(
    expect.arrayContaining(accepted.map((id) => `ann.${id.replace('event-', '')}@client.example`)),
  );
}, 420_000);
