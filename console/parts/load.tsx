/** Reading from the server: loading, slow, failed, and kept up to date where a view is live. */
import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';

export interface Loaded<Value> {
  /** The last that was read; it stays while a newer one is on its way or fails to come. */
  value: Value | undefined;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

/**
 * @param everyMs reads again so long after each answer, while the tab is seen
 * @param queryAfter what to add to the path from the second time on, by the answer before
 */
export function useLoad<Value>(
  path: string,
  everyMs?: number,
  queryAfter?: (value: Value) => string,
): Loaded<Value> {
  const { call } = useConsole();
  const [read, setRead] = useState<{ path: string; value?: Value; error?: unknown; loading: boolean }>({
    path,
    loading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef<{ path: string; value: Value }>(undefined);
  const again = useRef(queryAfter);
  again.current = queryAfter;
  const reload = useCallback(() => {
    setRound((before) => before + 1);
  }, []);

  useEffect(() => {
    const gone = new AbortController();
    let timer: number | undefined;
    const readOnce = async (): Promise<void> => {
      setRead((before) => (before.path === path ? { ...before, loading: true } : { path, loading: true }));
      try {
        const before = latest.current?.path === path ? latest.current : undefined;
        const query = before === undefined ? '' : (again.current?.(before.value) ?? '');
        const value = await call<Value>(path + query, { signal: gone.signal });
        if (gone.signal.aborted) return;
        latest.current = { path, value };
        setRead({ path, value, loading: false });
      } catch (error) {
        if (gone.signal.aborted) return;
        setRead((before) => ({ ...before, error, loading: false }));
      }
      if (everyMs !== undefined) timer = window.setTimeout(next, everyMs);
    };
    const next = (): void => {
      window.clearTimeout(timer);
      if (document.visibilityState === 'visible' && !gone.signal.aborted) void readOnce();
    };
    void readOnce();
    if (everyMs !== undefined) document.addEventListener('visibilitychange', next);
    window.addEventListener('online', next);
    return () => {
      gone.abort();
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', next);
      window.removeEventListener('online', next);
    };
  }, [call, path, everyMs, round]);

  const current = read.path === path ? read : { path, loading: true };
  return { value: current.value, error: current.error, loading: current.loading, reload };
}

const SLOW_AFTER_MS = 2500;

/** Whether something has been under way for long enough to say so. */
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
  const retry = useRef<HTMLButtonElement>(null);
  if (value !== undefined) {
    return (
      <>
        {error === undefined ? null : <Stale error={error} />}
        {children(value)}
      </>
    );
  }
  if (error !== undefined && !loading) {
    return (
      <div class="notice bad" role="alert">
        <p>
          <strong>Could not load {what}.</strong> {wordsOf(error)}
        </p>
        <button ref={retry} type="button" onClick={reload}>
          Try again
        </button>
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
