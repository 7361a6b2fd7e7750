/** S3 by fauxqs. */
import type { EmulatorOptions } from './emulators.ts';
import type { RunningEmulator } from './emulators.worker.ts';
import { listenOn, makeApp, makeStores, openPersistence } from './fauxqs.ts';

/** In the cloud a lifecycle rule of the bucket deletes what is older; here the next start does. */
const KEPT_DAYS = 7;

export async function startS3({ directory }: EmulatorOptions): Promise<RunningEmulator> {
  const stores = await makeStores();
  const { s3Store } = stores;
  const persistence =
    directory === undefined
      ? undefined
      : await openPersistence(directory, 'the documents', (db) => {
          const oldest = new Date(Date.now() - KEPT_DAYS * 86_400_000).toISOString();
          db.prepare('DELETE FROM s3_objects WHERE last_modified < ?').run(oldest);
        });
  if (persistence !== undefined) {
    persistence.loadS3(s3Store);
    s3Store.persistence = persistence;
  }
  return listenOn(makeApp(stores), persistence);
}
