/** dynalite on 127.0.0.1. */
import dynalite from 'dynalite';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { refuseForeign } from '../http/callers.ts';
import type { EmulatorOptions } from './emulators.ts';
import type { RunningEmulator } from './emulators.worker.ts';
import { repairIndexes } from './repair-indexes.ts';

// Short texts would be cut from shared slabs of 8 kB, and each text that a table keeps would keep a whole slab.
Buffer.poolSize = 0;

export async function startDynamoDb({ directory }: EmulatorOptions): Promise<RunningEmulator> {
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true });
    await repairIndexes(directory, Date.now());
  }
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(directory === undefined ? {} : { path: directory }),
  });
  // dynalite checks no signature, and lets pages of every origin read its answers.
  refuseForeign(server);
  // The functions' clients keep their connections: one that closes during a request costs a retry.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    // A TCP server's address is never a string.
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
