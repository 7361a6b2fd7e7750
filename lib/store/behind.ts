import type { Item, Key } from './table.ts';

/** The position of an item in a query's order: its key and, in the index, the index's. */
type Position = Key & Pick<Item, 'indexPk' | 'indexSk'>;

/**
 * For `Query.after` of a DynamoDB table: the query continues after this item, whether it still exists or not. For lists
 * in pages: the next page only needs the last item of the previous one.
 */
export const behind = ({ pk, sk, indexPk, indexSk }: Position): string =>
  JSON.stringify({
    ...{ pk, sk },
    ...(indexPk === undefined ? {} : { indexPk }),
    ...(indexSk === undefined ? {} : { indexSk }),
  });
