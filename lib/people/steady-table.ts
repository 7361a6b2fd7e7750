/** A table whose calls are made once more where they fail: one failed call costs nothing. */
import { isDeepStrictEqual } from 'node:util';
import { ConflictError, type Item, type NewItem, PageError, type Table } from '../store/table.ts';
import { type TurnContext, TurnOverError } from '../turn/turn-context.ts';

/** What says something about the item or the turn, not about the connection. */
const isAnswer = (error: unknown): boolean =>
  error instanceof ConflictError || error instanceof PageError || error instanceof TurnOverError;

async function twice<T>(call: () => Promise<T>, again: () => Promise<T> = call): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isAnswer(error)) throw error;
    return again();
  }
}

/** A write that failed may have taken effect: it is looked for before it is made again. */
function steadyTable(table: Table): Table {
  return {
    get: (key) => twice(() => table.get(key)),
    getMany: (keys) => twice(() => table.getMany(keys)),
    query: (query) => twice(() => table.query(query)),
    put: (item, expected) =>
      twice(
        () => table.put(item, expected),
        async () => {
          const there = await table.get(item);
          return there !== undefined && holds(there, item) ? there : table.put(item, expected);
        },
      ),
    delete: (key, expected) =>
      twice(
        () => table.delete(key, expected),
        async () => {
          if ((await table.get(key)) !== undefined) await table.delete(key, expected);
        },
      ),
  };
}

/** The same context with such a table. */
export const steadyContext = (context: TurnContext): TurnContext => ({
  ...{ tenant: context.tenant, table: steadyTable(context.table), cipher: context.cipher },
  documents: context.documents,
  ...{ clock: context.clock, random: context.random, newId: context.newId, locks: context.locks },
  ...{ callTimeoutMs: context.callTimeoutMs, deadline: context.deadline },
  check: () => {
    context.check();
  },
  firefish: (work) => context.firefish(work),
  finish: (item, outcome) => context.finish(item, outcome),
  finishAgain: (item, outcome) => context.finishAgain(item, outcome),
  contentOf: (item) => context.contentOf(item),
});

const holds = (there: Item, item: NewItem): boolean =>
  Object.entries(item).every(
    ([name, value]) => value === undefined || name === 'version' || isDeepStrictEqual(there[name], value),
  );
