/**
 * What EventBridge does for a scheduled function. A run that still runs when the next is due is not started twice.
 */
import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import type { LocalFunction } from './local-function.ts';

export interface ScheduleOptions {
  target: LocalFunction;
  everyMs: number;
  firstAfterMs: number;
  onError: (message: string) => void;
}

export interface RunningSchedule {
  /** No further run starts; settles when the current one has ended. */
  stop(): Promise<void>;
}

export function startSchedule({ target, everyMs, firstAfterMs, onError }: ScheduleOptions): RunningSchedule {
  let atWork: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    const result = await target.invoke(makeScheduledEvent(target.name, new Date()));
    if (!result.ok) onError(`${target.name}: ${result.error.errorType}: ${result.error.errorMessage}`);
  };
  const tick = (): void => {
    atWork ??= run().finally(() => {
      atWork = undefined;
    });
  };
  let interval: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    tick();
    interval = setInterval(tick, everyMs);
  }, firstAfterMs);
  return {
    stop: async () => {
      clearTimeout(first);
      clearInterval(interval);
      await atWork;
    },
  };
}

const makeScheduledEvent = (name: string, at: Date): ScheduledEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: at.toISOString(),
  region: process.env.AWS_REGION ?? 'local',
  resources: [`arn:aws:events:local:000000000000:rule/${name}`],
  detail: {},
});
