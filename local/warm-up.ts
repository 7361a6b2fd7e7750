/**
 * V8 compiles what is used often: the first large request of a fresh process takes a quarter more time than the
 * next. In the cloud only the first request of an instance does; here it would be the one that is looked at.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../lib/clock.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';

/** As `receive` writes: measured, more of them change nothing. */
const WRITES = 300;
const WRITES_AT_ONCE = 25;
/** A busy machine starts without. */
const AT_MOST_MS = 1000;

/** Writes what has expired before it is written: nobody sees it, and the next start removes it. */
export async function warmUp(tableName: string): Promise<void> {
  const client = new DynamoDBClient({});
  const table = new DynamoTable(client, tableName, systemClock);
  const end = Date.now() + AT_MOST_MS;
  let left = WRITES;
  const write = async (writer: number): Promise<void> => {
    while (left > 0 && Date.now() < end) {
      left -= 1;
      await table.put({ pk: 'warm-up', sk: String(writer), expiresAt: 1 }, 'absent');
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, (_, writer) => write(writer)));
  client.destroy();
}
