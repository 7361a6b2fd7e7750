/**
 * The closing protocol as a small model, explored exhaustively: two workers, the intake and the sweep, in every order
 * of their steps, with a crash or an unsent wake-up. Accepted work is never left without a wake-up or a timer row. The
 * steps are those of run-turn.ts, sync.ts, accept-batch.ts and sweep.ts.
 */
import { describe, expect, test } from '@jest/globals';

type WorkerStep = 'idle' | 'read record' | 'look' | 'take' | 'work' | 'close' | 'look again' | 'crashed';

interface Worker {
  step: WorkerStep;
  /** Of the record, as it was read. */
  version: number;
}

interface State {
  /** Wake-ups that can be received, and those that come back after the visibility timeout. */
  visible: number;
  hidden: number;
  timer: boolean;
  inbox: number;
  record: { version: number; holder: number | null };
  workers: [Worker, Worker];
  /** The next step of the intake. */
  intake: 'timer' | 'row' | 'send' | 'done';
  crashesLeft: number;
  unsentLeft: number;
}

interface Protocol {
  /** An error that the protocol avoids: the inbox is read last before `closed` is written. */
  looksBeforeClosing: boolean;
  /** The other error: the intake sends before it stores. */
  sendsBeforeStoring: boolean;
  timers: boolean;
}

const RIGHT: Protocol = { looksBeforeClosing: false, sendsBeforeStoring: false, timers: true };
const copy = (state: State): State => structuredClone(state);

/** Every state that one step can lead to. */
function* after(state: State, protocol: Protocol): Generator<State> {
  yield* intakeSteps(state, protocol);
  for (const index of [0, 1] as const) yield* workerSteps(state, index, protocol);
  // A row is due only after the request that wrote it has ended (45 s and 28 s).
  if (state.timer && state.intake === 'done' && protocol.timers) {
    // The sweep sends first, then deletes.
    const next = copy(state);
    next.visible += 1;
    next.timer = false;
    yield next;
  }
  const { holder } = state.record;
  if (holder !== null && state.workers[holder as 0 | 1].step === 'crashed') {
    const next = copy(state);
    next.record.holder = null;
    yield next;
  }
  // The visibility timeout is longer than a lease.
  if (state.hidden > 0 && holder === null) {
    const next = copy(state);
    next.hidden -= 1;
    next.visible += 1;
    yield next;
  }
}

function* intakeSteps(state: State, { sendsBeforeStoring }: Protocol): Generator<State> {
  const order = sendsBeforeStoring
    ? (['timer', 'send', 'row'] as const)
    : (['timer', 'row', 'send'] as const);
  const at = order.findIndex((step) => step === state.intake);
  if (at < 0) return;
  const next = copy(state);
  next.intake = order[at + 1] ?? 'done';
  if (state.intake === 'timer') next.timer = true;
  if (state.intake === 'row') next.inbox += 1;
  if (state.intake === 'send') {
    next.visible += 1;
    if (state.unsentLeft > 0) {
      const unsent = copy(next);
      unsent.visible -= 1;
      unsent.unsentLeft -= 1;
      // What is known to be unsent is due at the next sweep.
      unsent.timer = true;
      yield unsent;
    }
  }
  yield next;
}

function* workerSteps(state: State, index: 0 | 1, { looksBeforeClosing }: Protocol): Generator<State> {
  const { step, version } = state.workers[index];
  if (step === 'crashed') return;
  if (step !== 'idle' && state.crashesLeft > 0) {
    const dead = copy(state);
    dead.workers[index].step = 'crashed';
    dead.crashesLeft -= 1;
    dead.hidden += 1;
    yield dead;
  }
  const next = copy(state);
  const me = next.workers[index];
  switch (step) {
    case 'idle':
      if (state.visible === 0) return;
      next.visible -= 1;
      me.step = 'read record';
      break;
    case 'read record':
      me.version = state.record.version;
      me.step = state.record.holder === null ? 'look' : 'idle';
      break;
    case 'look':
      me.step = state.inbox > 0 ? 'take' : 'idle';
      break;
    case 'take':
      if (state.record.version === version) {
        next.record = { version: version + 1, holder: index };
        me.version = version + 1;
        me.step = 'work';
      } else me.step = 'idle';
      break;
    case 'work':
      // Works on what it finds, and reads again until it finds nothing.
      if (state.inbox > 0) next.inbox = 0;
      else me.step = 'close';
      break;
    case 'close':
      if (state.record.version === version) next.record = { version: version + 1, holder: null };
      me.step = looksBeforeClosing ? 'idle' : 'look again';
      break;
    case 'look again':
      // The same steps as for a wake-up.
      me.step = 'read record';
      break;
  }
  yield next;
}

/** Returns the final states, and those that break the lease. */
function explore(protocol: Protocol, options: { crashes: number; unsent: number }) {
  const idle: Worker = { step: 'idle', version: 0 };
  const start: State = {
    ...{ visible: 1, hidden: 0, timer: false, inbox: 1, record: { version: 0, holder: null } },
    workers: [{ ...idle }, { ...idle }],
    ...{ intake: 'timer', crashesLeft: options.crashes, unsentLeft: options.unsent },
  };
  const seen = new Set([JSON.stringify(start)]);
  const open = [start];
  const quiet: State[] = [];
  let twoHolders = 0;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const working = state.workers.filter(({ step }) => step === 'work' || step === 'close');
    if (working.length > 1) twoHolders += 1;
    let moves = 0;
    for (const next of after(state, protocol)) {
      moves += 1;
      const name = JSON.stringify(next);
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(next);
    }
    if (moves === 0) quiet.push(state);
  }
  return {
    states: seen.size,
    left: quiet.filter(({ inbox }) => inbox > 0).length,
    quiet: quiet.length,
    twoHolders,
  };
}

describe('reading the inbox after closing', () => {
  test('leaves no work behind, with wake-ups only', () => {
    const found = explore({ ...RIGHT, timers: false }, { crashes: 0, unsent: 0 });
    expect(found).toMatchObject({ left: 0, twoHolders: 0 });
    expect(found.quiet).toBeGreaterThan(0);
    expect(found.states).toBeGreaterThan(100);
  });

  test.each([
    { crashes: 1, unsent: 0 },
    { crashes: 0, unsent: 1 },
    { crashes: 1, unsent: 1 },
  ])('leaves no work behind with timer rows, after %o', (options) => {
    expect(explore(RIGHT, options)).toMatchObject({ left: 0, twoHolders: 0 });
  });

  test.each<[string, Protocol, { crashes: number; unsent: number }]>([
    [
      'looks before it closes',
      { ...RIGHT, looksBeforeClosing: true, timers: false },
      { crashes: 0, unsent: 0 },
    ],
    [
      'wakes before it stores',
      { ...RIGHT, sendsBeforeStoring: true, timers: false },
      { crashes: 0, unsent: 0 },
    ],
    ['has no timer rows', { ...RIGHT, timers: false }, { crashes: 0, unsent: 1 }],
  ])('the model finds the loss if the protocol %s', (_, protocol, options) => {
    expect(explore(protocol, options).left).toBeGreaterThan(0);
  });
});
