/** Reading from the server: loading, slow, failed, and kept up to date if a view is live. */
import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { RefusedError, wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';

export interface Loaded<Value> {
  /** The last value; it stays while a newer one is being read or cannot be read. */
  value: Value | undefined;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

export interface Reading<Value> {
  /** How long after each answer to read again, while the tab is visible; it can depend on the last answer. */
  everyMs?: (value: Value | undefined) => number | undefined;
  /** What to add to the path from the second time on, from the previous answer. */
  queryAfter?: (value: Value) => string;
  /** It is read again when this changes. */
  of?: string;
}

interface Read<Value> {
  path: string;
  value?: Value;
  error?: unknown;
  loading: boolean;
}

export function useLoad<Value>(path: string, reading: Reading<Value> = {}): Loaded<Value> {
  const { call } = useConsole();
  const [read, setRead] = useState<Read<Value>>({ path, loading: true });
  const [round, setRound] = useState(0);
  /** The state for the next read, whatever has been rendered by then. */
  const latest = useRef({ read, reading });
  latest.current.reading = reading;
  const reload = useCallback(() => {
    setRound((before) => before + 1);
  }, []);

  useEffect(() => {
    const gone = new AbortController();
    let timer: number | undefined;
    const keep = (next: Read<Value>): void => {
      if (gone.signal.aborted) return;
      latest.current.read = next;
      setRead(next);
    };
    const readOnce = async (): Promise<void> => {
      window.clearTimeout(timer);
      const before: Read<Value> =
        latest.current.read.path === path ? latest.current.read : { path, loading: true };
      const query =
        before.value === undefined ? undefined : latest.current.reading.queryAfter?.(before.value);
      keep({ ...before, loading: true });
      try {
        const value = await call<Value>(`${path}${query ?? ''}`, { signal: gone.signal });
        keep({ path, value, loading: false });
      } catch (error) {
        keep({ ...before, error, loading: false });
      }
      const { value, error } = latest.current.read;
      const wait = latest.current.reading.everyMs?.(value);
      if (wait !== undefined && !isFinal(error) && !gone.signal.aborted)
        timer = window.setTimeout(ifSeen, wait);
    };
    const ifSeen = (): void => {
      if (document.visibilityState === 'visible') void readOnce();
    };
    /** Visible again: only live data can be old. */
    const onSeen = (): void => {
      if (latest.current.reading.everyMs !== undefined) ifSeen();
    };
    void readOnce();
    document.addEventListener('visibilitychange', onSeen);
    window.addEventListener('online', ifSeen);
    return () => {
      gone.abort();
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSeen);
      window.removeEventListener('online', ifSeen);
    };
  }, [call, path, round, reading.of]);

  const { value, error, loading } =
    read.path === path ? read : { value: undefined, error: undefined, loading: true };
  return { value, error, loading, reload };
}

/** A request that the server has refused would be refused again. */
const SERVER_ERROR = 500;
const isFinal = (error: unknown): boolean => error instanceof RefusedError && error.status < SERVER_ERROR;

const SLOW_AFTER_MS = 2500;

/** Whether something has been in progress for long enough to say so. */
export function useSlow(underWay: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!underWay) return;
    const timer = window.setTimeout(() => {
      setSlow(true);
    }, SLOW_AFTER_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [underWay]);
  return slow;
}

/** Shows what was loaded; until then, or if it can't be, says so. */
export function Show<Value>({
  loaded,
  what,
  children,
}: {
  loaded: Loaded<Value>;
  /** What is being loaded, as in "Loading the settings". */
  what: string;
  children: (value: Value) => ComponentChildren;
}): JSX.Element {
  const { value, error, loading, reload } = loaded;
  const slow = useSlow(loading && value === undefined);
  if (value !== undefined) {
    return (
      <>
        {error === undefined ? null : <Stale error={error} />}
        {children(value)}
      </>
    );
  }
  if (error !== undefined) {
    return (
      <div class="notice bad">
        <p role="alert">
          <strong>Could not load {what}.</strong> {wordsOf(error)}
        </p>
        <div class="actions">
          <button type="button" aria-disabled={loading} onClick={reload}>
            {loading ? 'Trying…' : 'Try again'}
          </button>
        </div>
      </div>
    );
  }
  return (
    <p class="loading" role="status">
      {slow ? `Still loading ${what}: the connection is slow.` : `Loading ${what}…`}
    </p>
  );
}

const Stale = ({ error }: { error: unknown }): JSX.Element => (
  <p class="notice warn" role="status">
    <strong>Not up to date.</strong> {wordsOf(error)} This page tries again by itself.
  </p>
);
