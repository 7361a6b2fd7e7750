/** Time is an argument, so that tests control it. Instants are milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Ends early, and without an error, when `signal` aborts: nobody waits for a time limit that no longer matters. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      if (signal?.aborted === true) end();
      else signal?.addEventListener('abort', end);
    }),
};
