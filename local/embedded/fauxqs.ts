/**
 * fauxqs on 127.0.0.1. Its own `startFauxqs` always listens on all addresses, so its parts are put together here. They
 * are not among the package's exports; therefore package.json has an exact version.
 */
import { buildApp } from 'fauxqs';
import type { DatabaseSync } from 'node:sqlite';
import { refuseForeign } from '../http/callers.ts';
import { messageOf, StartError } from '../start-error.ts';
import type { RunningEmulator } from './emulators.worker.ts';

/** The parts of fauxqs used here, as its declarations have them (`db` is private there). */
export interface Queue {
  persistence?: Persistence;
  changeVisibility(receiptHandle: string, timeoutSeconds: number): void;
}
export interface SqsStore {
  host: string;
  persistence?: Persistence;
  allQueues(): Iterable<Queue>;
  getQueue(url: string): Queue | undefined;
}
export interface S3Store {
  persistence?: Persistence;
}
export interface Persistence {
  db: DatabaseSync;
  updateMessageReady(messageId: string): void;
  loadSqsAndSns(sqs: SqsStore, sns: object): void;
  loadS3(s3: S3Store): void;
  upsertObject(bucket: string, object: { key: string; body: Buffer }): void;
  readBody(bucket: string, key: string): Buffer;
  close(): void;
}
export interface Stores {
  sqsStore: SqsStore;
  snsStore: object;
  s3Store: S3Store;
}
export type App = ReturnType<typeof buildApp>;

type Part = new (...given: string[]) => unknown;

async function part(path: string, name: string): Promise<Part> {
  // The version is exact, so the file's exports are known.
  const exported = (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as Record<string, Part>;
  const found = exported[name];
  if (found === undefined) throw new Error(`fauxqs has no ${name} in ${path}`);
  return found;
}

export async function makeStores(): Promise<Stores> {
  const [Sqs, Sns, S3] = await Promise.all([
    part('./sqs/sqsStore.js', 'SqsStore'),
    part('./sns/snsStore.js', 'SnsStore'),
    part('./s3/s3Store.js', 'S3Store'),
  ]);
  return { sqsStore: new Sqs() as SqsStore, snsStore: new Sns() as object, s3Store: new S3() as S3Store };
}

/**
 * Opens the database, or says what is wrong with it.
 * @param what is kept there, for the error
 */
export async function openPersistence(
  directory: string,
  what: string,
  prepare: (db: DatabaseSync) => void,
): Promise<Persistence> {
  const PersistenceManager = await part('./persistence.js', 'PersistenceManager');
  try {
    const persistence = new PersistenceManager(directory) as Persistence;
    const { db } = persistence;
    // Two processes would each have half of the data in memory, so the second one is refused.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL;');
    const [check] = db.prepare('PRAGMA quick_check(1)').all();
    if (check?.quick_check !== 'ok') throw new Error(String(check?.quick_check));
    prepare(db);
    return persistence;
  } catch (error) {
    throw new StartError(
      messageOf(error).includes('locked')
        ? `DATA_DIR: ${directory} is in use by another process; stop that one, or set another DATA_DIR`
        : `DATA_DIR: ${what} in ${directory} can't be read (${messageOf(error)}); restore it from a backup, or move it away to start empty`,
    );
  }
}

/** The stores are fauxqs' own classes: only what is used of them is declared here. */
type OwnStores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;

export const makeApp = (stores: Stores): App =>
  buildApp({ logger: false, stores: stores as unknown as OwnStores });

export async function listenOn(app: App, persistence: Persistence | undefined): Promise<RunningEmulator> {
  refuseForeign(app.server);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: async () => {
      await app.close();
      persistence?.close();
    },
  };
}
