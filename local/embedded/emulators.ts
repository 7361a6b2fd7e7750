/**
 * Emulators in their own thread, so that their work runs on another core than the functions'. All of them in one
 * thread: the second would cost 40 MB for a queue that has little to do. The thread reports the ports, and ends when it
 * is told to.
 */
import { Worker } from 'node:worker_threads';
import { StartError } from '../start-error.ts';
import type { SigningKey } from './presigned-upload.ts';

export interface EmulatorOptions {
  /** Where to store data; in memory if undefined. */
  directory: string | undefined;
  /** S3 accepts only uploads that were signed with it; undefined if it is not known, then it accepts any. */
  signingKey?: SigningKey | undefined;
  /** S3 encrypts what it stores in the directory under this key file; undefined: it does not. */
  keyFile?: string | undefined;
}

export type EmulatorName = 'sqs' | 'dynamoDb' | 's3';

/** The main thread's message to the emulators' thread: which emulators to start. */
export type WantedEmulators = Partial<Record<EmulatorName, EmulatorOptions>>;

/** Ports on 127.0.0.1. */
export type EmulatorReport = { ports: Partial<Record<EmulatorName, number>> } | { failed: string };

export interface Emulators {
  /** The ports of the started emulators, on 127.0.0.1. */
  urls: Partial<Record<EmulatorName, string>>;
  /** Ends the thread when its data is on disk. Safe to call again. */
  stop(): Promise<void>;
  /** Settles if the thread ends without being told to. */
  failure: Promise<Error>;
}

export interface EmulatorServer extends Omit<Emulators, 'urls'> {
  url: string;
}

/** How long a thread may take to close its databases before it is ended by force. */
const CLOSE_WITHIN_MS = 1000;
/** Emulators have little short-lived data: with a small nursery their memory does not grow by tens of megabytes. */
const YOUNG_GENERATION_MB = 8;

/** @throws StartError if one of them could not start; none is left running then */
export async function openEmulators(wanted: WantedEmulators): Promise<Emulators> {
  const worker = new Worker(new URL('./emulators.worker.ts', import.meta.url), {
    workerData: wanted,
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
      if (!stopping) resolve(new Error(`the emulators' thread ended with code ${code}`));
    });
  });
  return {
    urls: Object.fromEntries(
      Object.entries(report.ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]),
    ),
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

/** @throws StartError if it could not start */
export async function openEmulator(name: EmulatorName, options: EmulatorOptions): Promise<EmulatorServer> {
  const { urls, ...thread } = await openEmulators({ [name]: options });
  // The requested emulator exists.
  return { ...thread, url: urls[name] ?? '' };
}

function firstReport(worker: Worker): Promise<EmulatorReport> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error: Error) => {
      resolve({ failed: error.message });
    });
  });
}
