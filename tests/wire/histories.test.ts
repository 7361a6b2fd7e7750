/**
 * A hundred random histories over the wire: what the model's tests do in one process, with the services that
 * `npm start` embeds between its parts. The seed is fixed; `SOAK=n` draws a new one for n times two hundred.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mapConcurrently } from '../../lib/map-concurrently.ts';
import { histories } from '../model/histories.ts';
import { describeFailure, differencesOf } from '../model/run-history.ts';
import { chanceOf } from '../model/turns.ts';
import { openWire, type Wire } from './wire.ts';

const SOAK = Number(process.env['SOAK'] ?? 0);
const SEED = Number(process.env['SEED'] ?? (SOAK > 0 ? Date.now() % 2_000_000_000 : 20_261_124));
/** Short ones mostly: each call takes milliseconds here. The soak has them at full length. */
const SIZES =
  SOAK > 0
    ? [{ events: 60, runs: 200 * SOAK }]
    : [
        { events: 5, runs: 85 },
        { events: 14, runs: 15 },
      ];
/** They wait for each other's messages most of the time. */
const AT_ONCE = 8;

let wire: Wire;
beforeAll(async () => {
  wire = await openWire(chanceOf(SEED));
}, 60_000);
afterAll(async () => {
  await wire.close();
});

it.each(SIZES)(
  `$runs histories of up to $events events end over the wire as the model does (SEED=${String(SEED)})`,
  async ({ events, runs }) => {
    const drawn = fc.sample(histories(events), { seed: SEED, numRuns: runs });
    const failures: string[] = [];
    await mapConcurrently(drawn, AT_ONCE, async (history) => {
      const found = await differencesOf(history, (options) => wire.makeSystem(options)).catch(
        (error: unknown) => [String(error)],
      );
      if (found.length > 0) failures.push(describeFailure(found, history));
    });
    console.info(`${String(runs)} histories of up to ${String(events)} events ran over the wire`);

    // Timing is real here, so a failure may not occur again while it is shrunk: the first one is shown completely.
    expect(failures[0] ?? '').toBe('');
  },
  SOAK > 0 ? 3_600_000 * SOAK : 300_000,
);
