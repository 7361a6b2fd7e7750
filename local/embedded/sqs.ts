import { type EmulatorServer, openEmulator } from './emulators.ts';

/**
 * SQS on this machine (fauxqs). With a directory it keeps its messages there, and what was in flight when the
 * last process ended is visible again at once. @throws StartError if the directory is unusable
 */
export const openSqs = (directory: string | undefined): Promise<EmulatorServer> =>
  openEmulator('sqs', { directory });
