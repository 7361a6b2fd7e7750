/**
 * Works on all items, at most `atOnce` at a time; returns results in the order of the items, and fails with the first
 * failure.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const queue = items.entries();
  const workOneAfterAnother = async (): Promise<void> => {
    // All workers share one iterator: each takes what the others have left.
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, workOneAfterAnother));
  return results;
}
