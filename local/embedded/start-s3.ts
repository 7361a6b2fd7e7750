/** S3 by fauxqs. */
import type { EmulatorOptions } from './emulators.ts';
import type { RunningEmulator } from './emulators.worker.ts';
import { isSignedUpload } from './presigned-upload.ts';
import { listenOn, makeApp, makeStores, openPersistence } from './fauxqs.ts';

/** In the cloud a lifecycle rule of the bucket deletes what is older; here the next start does. */
const KEPT_DAYS = 7;

/** The address of a bucket. What is put to any other one is an upload. */
const BUCKET = /^\/[^/?]+\/?$/;
const REFUSAL =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>The upload is not what was signed, or its time is over.</Message></Error>';

export async function startS3({ directory, signingKey }: EmulatorOptions): Promise<RunningEmulator> {
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
  const app = makeApp(stores);
  if (signingKey !== undefined) {
    app.addHook('onRequest', async ({ method, url, raw }, reply) => {
      if (method !== 'PUT' || BUCKET.test(url) || (await isSignedUpload(raw, signingKey, Date.now()))) return;
      await reply.code(403).type('application/xml').send(REFUSAL);
    });
  }
  return listenOn(app, persistence);
}
