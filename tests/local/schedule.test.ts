import { afterEach, expect, jest, test } from '@jest/globals';
import { makeFunction } from '../../local/stack/local-function.ts';
import { type RunningSchedule, startSchedule } from '../../local/stack/schedule.ts';

let schedule: RunningSchedule | undefined;
afterEach(async () => {
  await schedule?.stop();
});

const onError = jest.fn<(message: string) => void>();
const start = (handler: (event: unknown) => unknown): void => {
  schedule = startSchedule({
    target: makeFunction({ name: 'sweep', timeoutMs: 1000, memoryMb: 128 }, handler),
    everyMs: 30,
    firstAfterMs: 10,
    onError,
  });
};
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('the function runs soon after the start, then again and again, with a scheduled event', async () => {
  const events: unknown[] = [];
  start((event) => events.push(event));
  await after(150);

  expect(events.length).toBeGreaterThanOrEqual(2);
  expect(events[0]).toMatchObject({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
});

test('a run that takes longer than the interval is not started twice', async () => {
  let running = 0;
  let most = 0;
  start(async () => {
    running += 1;
    most = Math.max(most, running);
    await after(100);
    running -= 1;
  });
  await after(250);

  expect(most).toBe(1);
});

test('a run that fails is reported, and the next one still starts', async () => {
  let runs = 0;
  start(() => {
    runs += 1;
    throw new Error('broken');
  });
  await after(150);

  expect(runs).toBeGreaterThanOrEqual(2);
  expect(onError).toHaveBeenCalledWith('sweep: Error: broken');
});

test('stopping waits for the current run, and no other starts', async () => {
  let started = 0;
  let ended = 0;
  start(async () => {
    started += 1;
    await after(50);
    ended += 1;
  });
  await after(30);
  await schedule!.stop();
  expect([started, ended]).toEqual([1, 1]);

  await after(80);
  expect(started).toBe(1);
});
