/** A table whose queries can be counted: for charts and progress. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '../clock.ts';
import { DynamoTable, queryInput } from './dynamo-table.ts';
import type { Query } from './table.ts';

export interface Count {
  count: number;
  /** There are more than were counted. */
  isAtLeast?: true;
}

export class CountingTable extends DynamoTable {
  readonly #query: (query: Query) => QueryCommand;
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient, name: string, clock: Clock) {
    super(client, name, clock);
    this.#client = client;
    this.#query = (query) => new QueryCommand({ ...queryInput(name, query), Select: 'COUNT' });
  }

  /**
   * How many items a query finds: DynamoDB reads them and sends none. An item that has expired may count.
   * @param maxPages stops after so many megabytes
   */
  async count(query: Query, maxPages = Infinity): Promise<Count> {
    let count = 0;
    let { after } = query;
    for (let page = 0; page < maxPages; page += 1) {
      const found = await this.#client.send(
        this.#query({ ...query, ...(after === undefined ? {} : { after }) }),
      );
      count += found.Count ?? 0;
      if (found.LastEvaluatedKey === undefined) return { count };
      after = JSON.stringify(unmarshall(found.LastEvaluatedKey));
    }
    return { count, isAtLeast: true };
  }
}
