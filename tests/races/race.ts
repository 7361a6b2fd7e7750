/**
 * A race: two parties whose paths cross. One is held up at each of its calls to table, queue and Firefish, one
 * after the other, while the other does what it can; then it goes on. Nobody sleeps for it: the order is forced.
 */
import type { SourceWhaleEvent } from '../../lib/events/event.ts';
import type { Settings } from '../../lib/tenants/settings.ts';
import { seedOf } from '../model/cases/case.ts';
import { differencesFromExpected, type Expected } from '../model/expected.ts';
import type { Seed } from '../model/ideal.ts';
import { brokenInvariants } from '../model/invariants.ts';
import { standingOfFirefish } from '../model/standing.ts';
import { drain } from '../support/drain.ts';
import { AGENCY } from '../support/in-process.ts';
import { Suspension } from '../support/suspension.ts';
import { type Hands, openStage, type Stage } from '../support/stage.ts';

/** Does something else than working on events. */
export type Act = (hands: Hands) => Promise<unknown>;
/** A worker that has these events in hand, or something else that is done. */
export type Party = readonly SourceWhaleEvent[] | Act;

export interface Race {
  /** Also the heading of its diagram. */
  name: string;
  settings?: Partial<Settings>;
  seed?: Partial<Seed>;
  /** What Firefish refuses once, before the race. */
  refused?: string;
  /** Has ended before the race. */
  before?: readonly SourceWhaleEvent[];
  first: Party;
  second: Party;
  /** How Firefish must stand in the end; of several either will do. */
  expected: Expected | readonly Expected[];
  /** Events that may end otherwise than synced, and how. */
  outcomes?: Record<string, RegExp>;
}

const isAct = (party: Party): party is Act => typeof party === 'function';
const eventsOf = (party: Party): readonly SourceWhaleEvent[] => (isAct(party) ? [] : party);

export interface Hold {
  at: number;
  when: 'before' | 'after';
}

/**
 * The first party is held up as `hold` says, the second comes in between.
 * @param until `busy`: the second does what it can while the first is held; `over`: the first is held until its
 * lease has run out and others have ended everything
 * @returns where it was held, and all that is wrong with the end; `undefined` where the first makes fewer calls
 */
export async function runRace(
  race: Race,
  { at, when }: Hold,
  until: 'busy' | 'over' = 'busy',
): Promise<{ where: string; wrong: string[] } | undefined> {
  const stage = await begin(race);
  const suspension = new Suspension(at, when);

  const first = play(stage, race.first, stage.hands(suspension));
  await stage.clock.run(Promise.race([first, suspension.reached]));
  if (suspension.where === '') {
    await first;
    return undefined;
  }
  await stage.clock.run(play(stage, race.second, stage.hands()));
  const late = until === 'over' ? await others(stage, race) : [];
  suspension.goOn();
  const before = writes(stage);
  await stage.clock.run(first);
  const written = writes(stage).slice(before.length);
  await drain(stage.system, stage.clock);

  const wrong = await wrongs(stage, race);
  // Where addresses tie nobody, a domain's word claims somebody anew for each record: what it writes, it has claimed.
  const isClaimedAnew = race.settings?.mergeWithExisting === false;
  if (until === 'over' && written.length > 0 && !isClaimedAnew)
    wrong.push(`wrote without a claim: ${written.join(', ')}`);
  return { where: suspension.where, wrong: [...late, ...wrong] };
}

async function begin(race: Race): Promise<Stage> {
  const stage = await openStage(race);
  const { system, clock } = stage;
  if (race.refused !== undefined)
    system.simulator.faults.add({ kind: 'status', status: 400, endpoint: race.refused, times: 1 });
  await system.receive(race.before ?? []);
  await drain(system, clock);
  return stage;
}

/** A call that takes effect this long after its caller gave it up can't be told from one that never did. */
const LANDS_AFTER_MS = 24_000;

/**
 * The first party's n-th write reaches Firefish only after its caller has given it up, as late as the project
 * reckons with; the second comes while it is on its way.
 * @returns all that is wrong with the end; `undefined` where the first makes fewer writes
 */
export async function runLateLanding(race: Race, n: number): Promise<string[] | undefined> {
  const stage = await begin(race);
  const { system, clock } = stage;
  const onItsWay = Promise.withResolvers<undefined>();
  let count = 0;
  const network = async (request: Request): Promise<Response> => {
    const isWrite = request.method !== 'GET' && !request.url.includes('token');
    if (!isWrite || (count += 1) !== n) return system.simulator.handle(request);
    const { url, method, headers } = request;
    // Without the caller's signal: that it has given up is not known on the way.
    const late = new Request(url, { method, headers, body: await request.text() });
    onItsWay.resolve(undefined);
    await clock.sleep(LANDS_AFTER_MS);
    return system.simulator.handle(late);
  };
  const first = play(stage, race.first, stage.hands(undefined, network));
  await clock.run(Promise.race([first, onItsWay.promise]));
  const second = play(stage, race.second, stage.hands());
  await clock.run(Promise.all([first, second]));
  if (count < n) return undefined;
  await drain(system, clock);
  return wrongs(stage, race);
}

/** Events come in at the very moment at which somebody has them in hand. */
async function play(stage: Stage, party: Party, hands: Hands): Promise<void> {
  if (isAct(party)) {
    await party(hands);
    return;
  }
  await stage.system.receive(party);
  await hands.work();
}

/** While the first party is held for good, its messages show themselves again, and others end all. */
async function others(stage: Stage, race: Race): Promise<string[]> {
  const { system, clock } = stage;
  const { tenantId } = system.tenant;
  await system.queue.send(
    eventsOf(race.first).map(({ id }) => ({ tenantId, eventId: id, delaySeconds: 360 })),
  );
  await drain(system, clock);
  return (await open(stage, race)).map((id) => `${id} has not ended while its first worker was held`);
}

const writes = ({ system }: Stage): string[] =>
  system.simulator
    .calls(AGENCY)
    .map(({ endpoint }) => endpoint)
    .filter((endpoint) => !endpoint.startsWith('GET') && !endpoint.includes('token'));

const allEvents = ({ before = [], first, second }: Race): SourceWhaleEvent[] => [
  ...before,
  ...eventsOf(first),
  ...eventsOf(second),
];

async function open({ system }: Stage, race: Race): Promise<string[]> {
  const ids: string[] = [];
  for (const { id } of allEvents(race)) if ((await system.outcome(id))?.state === 'queued') ids.push(id);
  return ids;
}

async function wrongs(stage: Stage, race: Race): Promise<string[]> {
  const seed = seedOf(race.seed);
  const events = allEvents(race);
  const standing = standingOfFirefish(stage.system.simulator.state(AGENCY), seed);
  const ways = Array.isArray(race.expected) ? (race.expected as Expected[]) : [race.expected as Expected];
  const [least = []] = ways
    .map((expected) => differencesFromExpected(standing, expected))
    .sort((a, b) => a.length - b.length);
  const history = {
    ...{ settings: race.settings ?? {}, seed, batches: [events] },
    ...{ workers: 2, rush: true, chance: 0 },
  };
  const ends: string[] = [];
  for (const { id } of events) {
    const outcome = await stage.system.outcome(id);
    const end = outcome === undefined ? 'nothing' : `${outcome.state}: ${outcome.reason ?? ''}`;
    if (!(race.outcomes?.[id] ?? /^synced/).test(end)) ends.push(`${id} ended ${end}`);
  }
  return [...least, ...brokenInvariants(history, standing), ...ends];
}

/** Just before a call all is as it was just after the one before, but for what was read off the clock between. */
const SIDES = process.env['SOAK'] === undefined ? (['before'] as const) : (['before', 'after'] as const);

/** Each way of holding the first party up, at every call that it makes. */
export async function everyInterleaving(race: Race, until: 'busy' | 'over' = 'busy'): Promise<Played> {
  const wrong: Record<string, string[]> = {};
  let runs = 0;
  for (const when of SIDES) {
    for (let at = 1; ; at += 1) {
      const played = await runRace(race, { at, when }, until);
      if (played === undefined) break;
      runs += 1;
      if (played.wrong.length === 0) continue;
      const what = played.wrong.join('; ');
      wrong[what] = [...(wrong[what] ?? []), played.where];
    }
  }
  return { runs, wrong };
}

export interface Played {
  /** How many interleavings there were. */
  runs: number;
  /** What was wrong, and in which of them. */
  wrong: Record<string, string[]>;
}
