/** S3 by fauxqs. */
import type { TenantId } from '../../lib/ids.ts';
import type { Binding } from '../../lib/crypto/cipher.ts';
import type { EmulatorOptions } from './emulators.ts';
import type { RunningEmulator } from './emulators.worker.ts';
import { isSignedUpload } from './presigned-upload.ts';
import { listenOn, makeApp, makeStores, openPersistence, type Persistence } from './fauxqs.ts';

/** In the cloud a lifecycle rule of the bucket deletes what is older; here the next start does. */
const KEPT_DAYS = 7;

/** Encrypts the files on disk, as the functions encrypt what is in the tables. @param keyFile made by them before there is an upload */
async function encryptBodies(persistence: Persistence, keyFile: string): Promise<void> {
  // Loaded only where it is needed.
  const { KeyFileCipher } = await import('../../lib/crypto/key-file-cipher.ts');
  const upsertObject = persistence.upsertObject.bind(persistence);
  const readBody = persistence.readBody.bind(persistence);
  let opened: InstanceType<typeof KeyFileCipher> | undefined;
  const cipher = () => (opened ??= new KeyFileCipher(keyFile));
  const at = (bucket: string, key: string): Binding => ({
    // The name of a tenant's file begins with its id.
    ...{ tenantId: key.split('/', 1)[0] as TenantId, key: { pk: bucket, sk: key }, field: 'body' },
  });
  // The cipher takes a text: each byte is a character of it.
  persistence.upsertObject = (bucket, object) => {
    const sealed = cipher().encryptNow(object.body.toString('latin1'), at(bucket, object.key));
    upsertObject(bucket, { ...object, body: Buffer.from(sealed) });
  };
  persistence.readBody = (bucket, key) =>
    Buffer.from(cipher().decryptNow(readBody(bucket, key), at(bucket, key)), 'latin1');
}

/** The address of a bucket. What is put to any other one is an upload. */
const BUCKET = /^\/[^/?]+\/?$/;
const REFUSAL =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SignatureDoesNotMatch</Code><Message>The upload is not what was signed, or its time is over.</Message></Error>';

export async function startS3({ directory, signingKey, keyFile }: EmulatorOptions): Promise<RunningEmulator> {
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
    if (keyFile !== undefined) await encryptBodies(persistence, keyFile);
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
