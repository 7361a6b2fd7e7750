/**
 * `npm run demo`: the main job end to end on the embedded stack. Exits with 0 only if Firefish ends up as it should.
 * The check shares no code with the product.
 */
import { systemClock } from '../lib/clock.ts';
import { judge, verdictLines } from './demo/checks.ts';
import { byPerson, conflictLine, DECISIONS } from './demo/conflicts.ts';
import type { FirefishState } from './demo/firefish-state.ts';
import type { Look } from './demo/look.ts';
import { outcomeTables } from './demo/outcome-tables.ts';
import { Progress } from './demo/progress.ts';
import { Administration } from './demo/provision.ts';
import { pushAll, waitUntilDone } from './demo/push.ts';
import { inOrder, readEvents, readSeed, type SampleEvent } from './demo/samples.ts';
import { SourceWhale, type EventOutcome } from './demo/sourcewhale.ts';
import { DEMO_CLIENT_ID, DEMO_CLIENT_SECRET } from './firefish.ts';
import type { FirefishSimulator } from './firefish-simulator/simulator.ts';
import { startLocalStack } from './stack/stack.ts';
import { messageOf, StartError } from './start-error.ts';

const DOMAIN = 'https://demo.firefishsoftware.com/';
/** Firefish's limits alone take a minute and a half; a busy machine takes longer. */
const TIMEOUT_MS = 600_000;
/** All servers on free ports, nothing stored, no services elsewhere: a demo must not change existing data. */
const EMBEDDED = {
  PORT: '0',
  DATA_DIR: '',
  AWS_ENDPOINT_URL_SQS: '',
  AWS_ENDPOINT_URL_DYNAMODB: '',
  AWS_ENDPOINT_URL_LAMBDA: '',
  FIREFISH_API_URL: '',
};

// Standard output is for the demo; the functions' logs go to standard error.
const say = (text: string): void => void print(`${text}\n`);
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

/** A copy that later changes in the simulator do not affect. */
const stateOf = (simulator: FirefishSimulator): FirefishState =>
  structuredClone(simulator.state(DEMO_CLIENT_ID)) as unknown as FirefishState;

const writes = (simulator: FirefishSimulator): number =>
  simulator
    .calls(DEMO_CLIENT_ID)
    .filter(({ endpoint }) => /^(?:POST|PATCH|PUT) (?!\/authorization)/.test(endpoint)).length;

/** Sends events and shows how they end; returns the batches' ids. */
async function send(sourceWhale: SourceWhale, events: readonly SampleEvent[]): Promise<string[]> {
  const batchIds = await pushAll(sourceWhale, events);
  await watch(sourceWhale, batchIds);
  return batchIds;
}

/** Shows how events end; says where some did not in time. */
async function watch(sourceWhale: SourceWhale, batchIds: readonly string[]): Promise<void> {
  const progress = new Progress({ write: print, isTTY: process.stdout.isTTY }, () => systemClock.now());
  const done = await waitUntilDone(sourceWhale, batchIds, {
    progress,
    clock: systemClock,
    timeoutMs: TIMEOUT_MS,
  });
  if (!done) say(`\nnot everything ended within ${TIMEOUT_MS / 1000} s`);
}

/** Shows people whose names contradict the records with their addresses, and decides some of them. */
async function decide(
  administration: Administration,
  events: readonly SampleEvent[],
  before: FirefishState,
): Promise<void> {
  const conflicts = byPerson(await administration.decisions(), events);
  say(`\n${conflicts.length} people have the address of a record with another name; a person decides:`);
  say(conflicts.map((conflict) => conflictLine(conflict, events, before)).join('\n'));
  for (const { event, decision } of conflicts) {
    if (decision !== undefined) await administration.decide(event, decision);
  }
}

async function runDemo(url: string, simulator: FirefishSimulator): Promise<boolean> {
  const sent = readEvents();
  simulator.seed(DEMO_CLIENT_ID, readSeed());
  const before = stateOf(simulator);
  const administration = new Administration(DOMAIN);
  const credentials = await administration.enable({
    firefishClientId: DEMO_CLIENT_ID,
    firefishClientSecret: DEMO_CLIENT_SECRET,
  });
  const sourceWhale = new SourceWhale(url, credentials);
  await sourceWhale.connect(DOMAIN);
  const different = new Set(sent.map(({ id }) => id)).size;
  say(
    `${DOMAIN} is enabled and connected; SourceWhale sends ${different} events, ${sent.length - different} of them twice`,
  );

  const startedAt = systemClock.now();
  const batchIds = await send(sourceWhale, sent);
  const events = inOrder(sent);
  await decide(administration, events, before);
  await watch(sourceWhale, batchIds);
  const seconds = ((systemClock.now() - startedAt) / 1000).toFixed(1);
  const outcomes: EventOutcome[] = [];
  for (const { id } of events) outcomes.push(await sourceWhale.outcome(id));
  const calls = simulator.calls(DEMO_CLIENT_ID);
  const refused = calls.filter(({ status }) => status === 429).length;
  say(
    `\n${outcomeTables(outcomes)}\n\n${seconds} s, ${calls.length} calls to Firefish, ${refused} of them refused as too many`,
  );

  const after = stateOf(simulator);
  const writesBefore = writes(simulator);
  say('\nthe same events once more, the last ones first');
  await send(sourceWhale, sent.toReversed());
  const look: Look = {
    events,
    before,
    after,
    repeated: stateOf(simulator),
    writesByRepeats: writes(simulator) - writesBefore,
    outcomes: new Map(outcomes.map((outcome) => [outcome.id, outcome])),
    decisions: DECISIONS,
  };
  const verdicts = judge(look);
  const broken = verdicts.filter(({ problems }) => problems.length > 0).length;
  say(`\nFirefish, looked at independently:\n${verdictLines(verdicts)}`);
  say(
    broken === 0 ? '\nFirefish is as it should be' : `\n${broken} of ${verdicts.length} promises are broken`,
  );
  return broken === 0;
}

async function main(): Promise<boolean> {
  const stack = await startLocalStack({ environment: { LOG_LEVEL: 'ERROR', ...process.env, ...EMBEDDED } });
  try {
    if (stack.simulator === undefined) throw new StartError('the demo runs on the embedded simulator only');
    return await runDemo(stack.url, stack.simulator);
  } finally {
    await stack.stop();
  }
}

try {
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  console.error(error instanceof StartError ? error.message : `the demo failed: ${messageOf(error)}`);
  process.exit(1);
}
