import type { Item, Key } from './table.ts';

/** The position of an item in a query's order: its key and, in the index, the index's. */
type Position = Key & Pick<Item, 'indexPk' | 'indexSk'>;

/**
 * For `Query.after` of a DynamoDB table: goes on behind this item, whether it is still there or not. For lists that
 * people leaf through: what a page ended with is all that the next one must know.
 */
export const behind = ({ pk, sk, indexPk, indexSk }: Position): string =>
  JSON.stringify({
    ...{ pk, sk },
    ...(indexPk === undefined ? {} : { indexPk }),
    ...(indexSk === undefined ? {} : { indexSk }),
  });
