/** How much code an event passes: what a newcomer reads to follow one from the inbox to Firefish. */
import { type Profiler, Session } from 'node:inspector';
import { expect, test } from '@jest/globals';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { openHarness } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** Of turn, apply and firefish together. */
const MOST_FILES = 20;

/** Files of these rooms of which a function was called since the last time. The session answers within the call. */
function filesRun(session: Session): string[] {
  let result: Profiler.ScriptCoverage[] = [];
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error !== null) throw error;
    ({ result } = taken);
  });
  return result
    .filter(({ functions }) => functions.some(({ ranges }) => ranges.some(({ count }) => count > 0)))
    .flatMap(({ url }) => /(?<!tests)\/lib\/((?:turn|apply|firefish)\/.*)$/.exec(url)?.[1] ?? [])
    .sort();
}

test(`from the intake to POST /candidates at most ${MOST_FILES} files of turn, apply and firefish are run`, async () => {
  const clock = new VirtualClock();
  const session = new Session();
  let run: string[] = [];
  const harness = openHarness({
    clock,
    network: (request) => {
      const { pathname } = new URL(request.url);
      if (request.method === 'POST' && /\/candidates\/?$/.test(pathname)) run = filesRun(session);
      return harness.simulator.handle(request);
    },
  });
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  try {
    filesRun(session);
    await clock.run(harness.receive([makeEvent('record.created', 1, { record: ann() })]));
    await drainTurns(harness, clock);
  } finally {
    session.disconnect();
  }
  expect(run).toContain('apply/application.ts');
  expect(run.slice(MOST_FILES)).toEqual([]);
});
