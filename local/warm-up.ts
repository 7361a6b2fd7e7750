/**
 * The first large request of a fresh process takes twice as long as the next: V8 has compiled nothing of the way to
 * the tables yet. A function in the cloud is warm after its first minute; this machine is, before it says `ready`.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../lib/clock.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';

const WRITES = 500;
const WRITES_AT_ONCE = 25;
/** A slow machine waits no longer than this. */
const AT_MOST_MS = 1500;

export async function warmUp(tableName: string): Promise<void> {
  const client = new DynamoDBClient({});
  const table = new DynamoTable(client, tableName, systemClock);
  const end = Date.now() + AT_MOST_MS;
  let left = WRITES;
  const write = async (writer: number): Promise<void> => {
    while (left > 0 && Date.now() < end) {
      left -= 1;
      // Expired from the start: nobody sees it.
      await table.put({ pk: 'warm-up', sk: String(writer), expiresAt: 1 }, 'absent');
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, (_, writer) => write(writer)));
  client.destroy();
}
