/**
 * V8 compiles what is used often: the first large request of a new process takes a quarter longer than the next one. In
 * the cloud this affects only the first request of an instance; here it would be the one that people see.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lib/clock.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';

/** As `receive` writes. Measurements show that more of them change nothing. */
const WRITES = 300;
const WRITES_AT_ONCE = 25;
/** A busy machine starts without. */
const AT_MOST_MS = 1000;

/** Writes items that have already expired: nobody reads them, and the next start removes them. */
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
