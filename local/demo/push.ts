/** Sends events the way SourceWhale does: in batches of different sizes, two at a time. */
import type { Clock } from '../../lib/clock.ts';
import type { Progress } from './progress.ts';
import type { SampleEvent } from './samples.ts';
import type { SourceWhale } from './sourcewhale.ts';

/** The sizes of batches, as in real work: a single click, a few people, a campaign. */
const BATCH_SIZES = [1, 12, 40, 3, 25, 60, 7];
const POLL_EVERY_MS = 500;

export function intoBatches<Item>(items: readonly Item[], sizes: readonly number[] = BATCH_SIZES): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length;) {
    const size = sizes[batches.length % sizes.length] ?? 1;
    batches.push(items.slice(start, start + size));
    start += size;
  }
  return batches;
}

/** Returns the batches' ids. */
export async function pushAll(sourceWhale: SourceWhale, events: readonly SampleEvent[]): Promise<string[]> {
  const batches = intoBatches(events);
  const ids: string[] = [];
  while (batches.length > 0) {
    ids.push(...(await Promise.all(batches.splice(0, 2).map((batch) => sourceWhale.push(batch)))));
  }
  return ids;
}

/** Reads the batches until all their events have ended; false if some have not ended in time. */
export async function waitUntilDone(
  sourceWhale: SourceWhale,
  batchIds: readonly string[],
  { progress, clock, timeoutMs }: { progress: Progress; clock: Clock; timeoutMs: number },
): Promise<boolean> {
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const batches = await Promise.all(batchIds.map((id) => sourceWhale.batch(id)));
    // Some events are sent again in a later batch: each counts once.
    const states = [
      ...new Map(batches.flatMap(({ events }) => events).map(({ id, state }) => [id, state])).values(),
    ];
    const count = (wanted: (typeof states)[number]): number =>
      states.filter((state) => state === wanted).length;
    const waiting = count('queued') + count('deferred');
    const ended = `synced ${count('synced')}, skipped ${count('skipped')}, failed ${count('failed')}`;
    progress.show(
      states.length - waiting,
      states.length,
      `${ended}, waiting for Firefish ${count('deferred')}`,
    );
    if (waiting === 0) return true;
    if (clock.now() >= deadline) return false;
    await clock.sleep(POLL_EVERY_MS);
  }
}
