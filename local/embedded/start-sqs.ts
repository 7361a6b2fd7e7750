/**
 * fauxqs on 127.0.0.1. Its own `startFauxqs` listens on all addresses and can't be told otherwise, so its
 * parts are put together here; they are not among the package's exports, hence the exact version in package.json.
 */
import { buildApp } from 'fauxqs';
import type { DatabaseSync } from 'node:sqlite';
import { messageOf, StartError } from '../start-error.ts';
import type { EmulatorOptions } from './emulators.ts';
import type { RunningEmulator } from './emulators.worker.ts';

/** The parts of fauxqs used here, as its declarations have them (`db` is private there). */
interface Queue {
  persistence?: Persistence;
  changeVisibility(receiptHandle: string, timeoutSeconds: number): void;
}
interface SqsStore {
  host: string;
  persistence?: Persistence;
  allQueues(): Iterable<Queue>;
  getQueue(url: string): Queue | undefined;
}
interface Persistence {
  db: DatabaseSync;
  updateMessageReady(messageId: string): void;
  loadSqsAndSns(sqs: SqsStore, sns: object): void;
  close(): void;
}
type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;

type Part = new (...given: string[]) => unknown;

async function part(path: string, name: string): Promise<Part> {
  // The version is exact: what the file exports is known.
  const exported = (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as Record<string, Part>;
  const found = exported[name];
  if (found === undefined) throw new Error(`fauxqs has no ${name} in ${path}`);
  return found;
}

async function makeStores(): Promise<{ sqsStore: SqsStore; snsStore: object; s3Store: object }> {
  const [Sqs, Sns, S3] = await Promise.all([
    part('./sqs/sqsStore.js', 'SqsStore'),
    part('./sns/snsStore.js', 'SnsStore'),
    part('./s3/s3Store.js', 'S3Store'),
  ]);
  return { sqsStore: new Sqs() as SqsStore, snsStore: new Sns() as object, s3Store: new S3() as object };
}

/** Opens the database, or says what is wrong with it. */
async function openPersistence(directory: string): Promise<Persistence> {
  const PersistenceManager = await part('./persistence.js', 'PersistenceManager');
  try {
    const persistence = new PersistenceManager(directory) as Persistence;
    const { db } = persistence;
    // Two processes would each hold half of the queue in memory: the second must not get in.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL;');
    const [check] = db.prepare('PRAGMA quick_check(1)').all();
    if (check?.quick_check !== 'ok') throw new Error(String(check?.quick_check));
    // A write takes the lock. What was in flight when the last process ended has nobody who works on it.
    db.exec('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
    return persistence;
  } catch (error) {
    throw new StartError(
      messageOf(error).includes('locked')
        ? `DATA_DIR: ${directory} is in use by another process; stop that one, or set another DATA_DIR`
        : `DATA_DIR: the queue in ${directory} can't be read (${messageOf(error)}); restore it from a backup, or move it away to begin anew`,
    );
  }
}

export async function startSqs({ directory }: EmulatorOptions): Promise<RunningEmulator> {
  const stores = await makeStores();
  const { sqsStore } = stores;
  // Queue URLs then carry the address that the caller used, not a made-up host name.
  sqsStore.host = '';
  const persistence = directory === undefined ? undefined : await openPersistence(directory);
  if (persistence !== undefined) keep(sqsStore, stores.snsStore, persistence);

  const app = buildApp({ logger: false, stores: stores as unknown as Stores });
  // Messages taken by a caller who has hung up meanwhile would be invisible for the whole visibility timeout.
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    if (request.raw.socket.destroyed) giveBack(sqsStore, request.body, payload);
    done(null, payload);
  });
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

function keep(sqsStore: SqsStore, snsStore: object, persistence: Persistence): void {
  const { db } = persistence;
  const makeReady = db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  // fauxqs 2.4.1 writes NULL into a column that takes none, and loses the message until the next start.
  persistence.updateMessageReady = (messageId) => void makeReady.run(messageId);
  // Loaded before it is written to, or loading would write everything again.
  persistence.loadSqsAndSns(sqsStore, snsStore);
  sqsStore.persistence = persistence;
  for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
}

function giveBack(sqsStore: SqsStore, body: unknown, payload: unknown): void {
  // The bodies of ReceiveMessage; other calls have no Messages.
  const { QueueUrl } = body as { QueueUrl?: string };
  const { Messages } = payload as { Messages?: { ReceiptHandle: string }[] };
  for (const { ReceiptHandle } of Messages ?? [])
    sqsStore.getQueue(QueueUrl ?? '')?.changeVisibility(ReceiptHandle, 0);
}
