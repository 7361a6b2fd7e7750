import { type Locks, TurnOverError } from './turn-context.ts';

interface Waiter {
  names: readonly string[];
  start: () => void;
}

/** First come, first served: nobody overtakes one who waits for a name of theirs, so no wait is endless. */
export function createLocks(signal: AbortSignal): Locks {
  const held = new Set<string>();
  let waiters: Waiter[] = [];

  const serve = (): void => {
    const wanted = new Set<string>();
    waiters = waiters.filter(({ names, start }) => {
      const isFree = !names.some((name) => held.has(name) || wanted.has(name));
      if (isFree) {
        for (const name of names) held.add(name);
        start();
      } else {
        for (const name of names) wanted.add(name);
      }
      return !isFree;
    });
  };
  const take = (names: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiters = waiters.filter((one) => one !== waiter);
        reject(new TurnOverError());
      };
      const waiter: Waiter = {
        names,
        start: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      if (signal.aborted) {
        reject(new TurnOverError());
        return;
      }
      signal.addEventListener('abort', giveUp);
      waiters.push(waiter);
      serve();
    });

  return {
    async hold(names, work) {
      const unique = [...new Set(names)];
      await take(unique);
      try {
        return await work();
      } finally {
        for (const name of unique) held.delete(name);
        serve();
      }
    },
  };
}
