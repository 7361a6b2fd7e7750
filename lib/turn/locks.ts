import { TurnOverError } from '../turn-over-error.ts';
import type { Locks } from './turn-context.ts';

/** First come, first served: nobody overtakes one who waits for a name of theirs, so no wait is endless. */
export function createLocks(signal: AbortSignal): Locks {
  /** By name, resolved once everyone who has asked for it so far has freed it. */
  const lasts = new Map<string, Promise<unknown>>();
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new TurnOverError());
    });
  });
  over.catch(() => undefined);
  return {
    async hold(names, work) {
      const unique = [...new Set(names)];
      const earlier = Promise.all(unique.map((name) => lasts.get(name) ?? Promise.resolve()));
      const { promise: freed, resolve: free } = Promise.withResolvers<undefined>();
      const mine = earlier.then(() => freed);
      for (const name of unique) lasts.set(name, mine);
      try {
        await Promise.race([over, earlier]);
        return await work();
      } finally {
        free(undefined);
        for (const name of unique) if (lasts.get(name) === mine) lasts.delete(name);
      }
    },
  };
}
