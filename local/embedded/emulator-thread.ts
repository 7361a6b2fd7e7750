/** The emulator's side of its thread: report the port, wait for the word to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../start-error.ts';
import type { EmulatorOptions, EmulatorReport } from './worker-door.ts';

interface RunningEmulator {
  port: number;
  close(): Promise<void>;
}

/** Runs `start` with what the main thread gave, and ends the thread after `close`. */
export async function runEmulator(
  start: (options: EmulatorOptions) => Promise<RunningEmulator>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('an emulator runs in a thread of its own');
  const report = (message: EmulatorReport): void => {
    port.postMessage(message);
  };
  try {
    // Given by openEmulator, the only one who starts these threads.
    const emulator = await start(workerData as EmulatorOptions);
    port.once('message', () => {
      void emulator.close().finally(() => {
        port.close();
        process.exit();
      });
    });
    report({ port: emulator.port });
  } catch (error) {
    report({ failed: messageOf(error) });
  }
}
