/** SQS by fauxqs. */
import type { EmulatorOptions } from './emulators.ts';
import type { RunningEmulator } from './emulators.worker.ts';
import { listenOn, makeApp, makeStores, openPersistence, type Persistence, type SqsStore } from './fauxqs.ts';

export async function startSqs({ directory }: EmulatorOptions): Promise<RunningEmulator> {
  const stores = await makeStores();
  const { sqsStore } = stores;
  // Queue URLs then have the address that the caller used, not a made-up host name.
  sqsStore.host = '';
  const persistence = directory === undefined ? undefined : await openQueues(directory);
  if (persistence !== undefined) keep(sqsStore, stores.snsStore, persistence);

  const app = makeApp(stores);
  // Messages received by a caller who has hung up meanwhile would be invisible for the whole visibility timeout.
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    if (request.raw.socket.destroyed) giveBack(sqsStore, request.body, payload);
    done(null, payload);
  });
  return listenOn(app, persistence);
}

const openQueues = (directory: string): Promise<Persistence> =>
  openPersistence(directory, 'the queue', (db) => {
    // A write takes the lock. Messages that were in flight when the last process ended have no receiver.
    db.exec('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
  });

function keep(sqsStore: SqsStore, snsStore: object, persistence: Persistence): void {
  const { db } = persistence;
  const makeReady = db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  // fauxqs 2.4.1 writes NULL into a column that takes none, and loses the message until the next start.
  persistence.updateMessageReady = (messageId) => void makeReady.run(messageId);
  // Loaded before it is written to; otherwise loading would write everything again.
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
