/**
 * An emulator in a thread of its own, so that its work runs on another core than the functions'. The thread
 * says on which port it listens, and ends when told to.
 */
import { Worker } from 'node:worker_threads';
import { StartError } from '../start-error.ts';

/** What the main thread gives the emulator's thread. */
export interface EmulatorOptions {
  /** Where to keep what it is given; in memory where undefined. */
  directory: string | undefined;
}

export type EmulatorReport = { port: number } | { failed: string };

export interface EmulatorDoor {
  /** On 127.0.0.1. */
  url: string;
  /** Ends the thread once what it was given is on disk. Safe to call again. */
  stop(): Promise<void>;
  /** Settles when the thread ended without being told to. */
  failure: Promise<Error>;
}

/** How long a thread may take to close its database before it is ended by force. */
const CLOSE_WITHIN_MS = 2000;
/** Emulators hold little that is young: a small nursery keeps their memory from growing by tens of megabytes. */
const YOUNG_GENERATION_MB = 8;

/** @throws StartError where the emulator could not start */
export async function openEmulator(script: URL, options: EmulatorOptions): Promise<EmulatorDoor> {
  const worker = new Worker(script, {
    workerData: options,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const ended = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      resolve();
    }),
  );
  const report = await firstReport(worker);
  if ('failed' in report) {
    await worker.terminate();
    throw new StartError(report.failed);
  }
  let stopping = false;
  const failure = new Promise<Error>((resolve) => {
    worker.once('error', resolve);
    worker.once('exit', (code) => {
      if (!stopping) resolve(new Error(`the thread ended with code ${code}`));
    });
  });
  return {
    url: `http://127.0.0.1:${report.port}`,
    failure,
    stop: async () => {
      if (!stopping) worker.postMessage('stop');
      stopping = true;
      const force = setTimeout(() => void worker.terminate(), CLOSE_WITHIN_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

function firstReport(worker: Worker): Promise<EmulatorReport> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error: Error) => {
      resolve({ failed: error.message });
    });
  });
}
