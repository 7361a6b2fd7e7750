/**
 * The code of the emulators' thread: starts the requested ones, reports the ports, and waits for the message to stop.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../start-error.ts';
import type { EmulatorName, EmulatorOptions, EmulatorReport, WantedEmulators } from './emulators.ts';

export interface RunningEmulator {
  port: number;
  close(): Promise<void>;
}

type Start = (options: EmulatorOptions) => Promise<RunningEmulator>;

/** Loaded only if wanted: each is large. */
const STARTS: Record<EmulatorName, () => Promise<Start>> = {
  sqs: async () => (await import('./start-sqs.ts')).startSqs,
  s3: async () => (await import('./start-s3.ts')).startS3,
  dynamoDb: async () => (await import('./start-dynamodb.ts')).startDynamoDb,
};

async function startAll(wanted: WantedEmulators): Promise<[EmulatorName, RunningEmulator][]> {
  return Promise.all(
    // The keys are those of its type.
    (Object.entries(wanted) as [EmulatorName, EmulatorOptions][]).map(
      async ([name, options]): Promise<[EmulatorName, RunningEmulator]> => {
        const start = await STARTS[name]();
        return [name, await start(options)];
      },
    ),
  );
}

async function run(port: NonNullable<typeof parentPort>): Promise<void> {
  const report = (message: EmulatorReport): void => {
    port.postMessage(message);
  };
  try {
    // Given by openEmulators, the only one who starts this thread.
    const emulators = await startAll(workerData as WantedEmulators);
    port.once('message', () => {
      void Promise.allSettled(emulators.map(([, emulator]) => emulator.close())).then(() => {
        port.close();
        process.exit();
      });
    });
    report({ ports: Object.fromEntries(emulators.map(([name, { port: number }]) => [name, number])) });
  } catch (error) {
    report({ failed: messageOf(error) });
  }
}

if (parentPort === null) throw new Error('the emulators run in their own thread');
await run(parentPort);
