import { type EmulatorServer, openEmulator } from './emulators.ts';
import type { SigningKey } from './presigned-upload.ts';

/**
 * S3 on this machine (fauxqs). With a directory it keeps its objects there, for seven days.
 * @throws StartError if the directory is unusable
 */
export const openS3 = (directory: string | undefined, signingKey?: SigningKey): Promise<EmulatorServer> =>
  openEmulator('s3', { directory, signingKey });
