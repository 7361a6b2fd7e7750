import { type EmulatorOptions, type EmulatorServer, openEmulator } from './emulators.ts';

/**
 * S3 on this machine (fauxqs). With a directory it keeps its objects there, for seven days.
 * @throws StartError if the directory is unusable
 */
export const openS3 = (options: EmulatorOptions): Promise<EmulatorServer> => openEmulator('s3', options);
