import { type EmulatorServer, openEmulator } from './emulators.ts';

/**
 * DynamoDB on this machine (dynalite). With a directory it keeps its tables there.
 * @throws StartError if the directory is unusable
 */
export const openDynamoDb = (directory: string | undefined): Promise<EmulatorServer> =>
  openEmulator('dynamoDb', { directory });
