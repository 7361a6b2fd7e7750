import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type KeysAndAttributes,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import {
  ConflictError,
  type Expected,
  type Item,
  type Key,
  type NewItem,
  type Page,
  PageError,
  type Query,
  type Scan,
  type ScannableTable,
  type Table,
} from './table.ts';

/** The name of each table's sparse index on `indexPk` and `indexSk`. */
const INDEX_NAME = 'index';
/** DynamoDB's limit of one BatchGetItem. */
const KEYS_PER_READ = 100;

type Condition = Pick<
  ConstructorParameters<typeof PutItemCommand>[0],
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/** Identifies this process among all writers: with a counter it gives an id for each write. */
const WRITER = randomBytes(6).toString('base64url');
let writes = 0;

export class DynamoTable implements Table, ScannableTable {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, name: string, clock: Clock) {
    this.#client = client;
    this.#name = name;
    this.#clock = clock;
  }

  async get({ pk, sk }: Key): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, Key: marshall({ pk, sk }), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : this.#live(unmarshall(Item) as Item);
  }

  async getMany(keys: readonly Key[]): Promise<Item[]> {
    const unique = [...new Map(keys.map(({ pk, sk }) => [`${pk}\n${sk}`, { pk, sk }])).values()];
    const pages = [];
    for (let start = 0; start < unique.length; start += KEYS_PER_READ) {
      pages.push(this.#getPage(unique.slice(start, start + KEYS_PER_READ)));
    }
    return (await Promise.all(pages)).flat();
  }

  async #getPage(keys: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    let missing: Record<string, KeysAndAttributes> = {
      [this.#name]: { Keys: keys.map((key) => marshall(key)), ConsistentRead: true },
    };
    for (let round = 0; Object.keys(missing).length > 0; round += 1) {
      // DynamoDB answers what it can and names the rest: read that again, with growing pauses.
      if (round > 0) await this.#clock.sleep(Math.min(25 * 2 ** round, 1000));
      const answer: BatchGetItemCommandOutput = await this.#client.send(
        new BatchGetItemCommand({ RequestItems: missing }),
      );
      for (const raw of answer.Responses?.[this.#name] ?? []) {
        const item = this.#live(unmarshall(raw) as Item);
        if (item !== undefined) items.push(item);
      }
      missing = answer.UnprocessedKeys ?? {};
    }
    return items;
  }

  async put(item: NewItem, expected: Expected): Promise<Item> {
    // A version only grows, even if no version is expected.
    const version =
      typeof expected === 'number' ? expected + 1 : expected === 'absent' ? 1 : this.#clock.now();
    writes += 1;
    const written: Item = { ...item, version, writeId: `${WRITER}${writes.toString(36)}` };
    try {
      await this.#guard(item, () =>
        this.#client.send(
          new PutItemCommand({
            TableName: this.#name,
            Item: marshall(written, { removeUndefinedValues: true }),
            ...this.#condition(expected),
          }),
        ),
      );
    } catch (error) {
      // The SDK repeats a write whose answer was lost. The repeat then finds the write itself.
      if (!(error instanceof ConflictError) || !(await this.#isThere(written))) throw error;
    }
    return written;
  }

  async #isThere({ pk, sk, writeId }: Item): Promise<boolean> {
    return (await this.get({ pk, sk }))?.writeId === writeId;
  }

  async delete({ pk, sk }: Key, expected: Expected = 'anything'): Promise<void> {
    await this.#guard({ pk, sk }, () =>
      this.#client.send(
        new DeleteItemCommand({
          TableName: this.#name,
          Key: marshall({ pk, sk }),
          ...this.#condition(expected),
        }),
      ),
    );
  }

  async query(query: Query): Promise<Page> {
    const { Items, LastEvaluatedKey } = await this.#client
      .send(new QueryCommand(queryInput(this.#name, query)))
      .catch((error: unknown) => {
        const isPlace = error instanceof Error && error.name === 'ValidationException';
        throw isPlace && query.after !== undefined ? new PageError('no such place', { cause: error }) : error;
      });
    const items = (Items ?? [])
      .map((raw) => this.#live(unmarshall(raw) as Item))
      .filter((item) => item !== undefined);
    return LastEvaluatedKey === undefined
      ? { items }
      : { items, next: JSON.stringify(unmarshall(LastEvaluatedKey)) };
  }

  async scan({ prefix, partitions, tenantId, limit, after }: Scan): Promise<Page> {
    const names = Object.fromEntries(partitions.map((pk, index) => [`:pk${index}`, pk]));
    const { Items, LastEvaluatedKey } = await this.#client.send(
      new ScanCommand({
        TableName: this.#name,
        ConsistentRead: true,
        ProjectionExpression: 'pk, sk, tenantId',
        FilterExpression: `begins_with(pk, :prefix) OR tenantId = :tenantId OR pk IN (${Object.keys(names).join(', ')})`,
        ExpressionAttributeValues: marshall({ ':prefix': prefix, ':tenantId': tenantId, ...names }),
        ...(limit === undefined ? {} : { Limit: limit }),
        ...(after === undefined ? {} : { ExclusiveStartKey: marshall(JSON.parse(after) as Key) }),
      }),
    );
    const items = (Items ?? []).map((raw) => unmarshall(raw) as Item);
    return LastEvaluatedKey === undefined
      ? { items }
      : { items, next: JSON.stringify(unmarshall(LastEvaluatedKey)) };
  }

  #live(item: Item): Item | undefined {
    return item.expiresAt !== undefined && item.expiresAt * 1000 <= this.#clock.now() ? undefined : item;
  }

  /** An expired item that DynamoDB has not removed yet counts as absent for writers as it does for readers. */
  #condition(expected: Expected): Condition {
    if (expected === 'anything') return {};
    const now = Math.floor(this.#clock.now() / 1000);
    if (expected === 'absent') {
      return {
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: marshall({ ':now': now }),
      };
    }
    return {
      ConditionExpression: '#version = :version AND (attribute_not_exists(expiresAt) OR expiresAt > :now)',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: marshall({ ':version': expected, ':now': now }),
    };
  }

  async #guard(key: Key, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException)
        throw new ConflictError({ pk: key.pk, sk: key.sk });
      throw error;
    }
  }
}

/** A query in DynamoDB's form. */
export function queryInput(tableName: string, query: Query): QueryCommandInput {
  const [pkName, skName] = query.index === true ? ['indexPk', 'indexSk'] : ['pk', 'sk'];
  const values: Record<string, string> = { ':pk': query.pk };
  const conditions = ['#pk = :pk'];
  if (query.prefix !== undefined) {
    conditions.push('begins_with(#sk, :prefix)');
    values[':prefix'] = query.prefix;
  } else if (query.from !== undefined && query.to !== undefined) {
    conditions.push('#sk BETWEEN :from AND :to');
    values[':from'] = query.from;
    values[':to'] = query.to;
  } else if (query.from !== undefined) {
    conditions.push('#sk >= :from');
    values[':from'] = query.from;
  } else if (query.to !== undefined) {
    conditions.push('#sk <= :to');
    values[':to'] = query.to;
  }
  return {
    TableName: tableName,
    ...(query.index === true ? { IndexName: INDEX_NAME } : { ConsistentRead: true }),
    KeyConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: { '#pk': pkName, ...(conditions.length > 1 ? { '#sk': skName } : {}) },
    ExpressionAttributeValues: marshall(values),
    ScanIndexForward: query.descending !== true,
    ...(query.limit === undefined ? {} : { Limit: query.limit }),
    ...(query.after === undefined ? {} : { ExclusiveStartKey: marshall(JSON.parse(query.after) as Key) }),
  };
}
