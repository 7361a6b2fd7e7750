/** A list in pages: the first one is given, the others are read on demand. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';
import { useAlive } from './form.tsx';
import { count } from './time.tsx';

export function Pages<Page extends { next?: string }>({
  path,
  first,
  label,
  countOf,
  beside,
  children,
}: {
  /** With `?`. */
  path: string;
  first: Page;
  /** Of the button for the next page. */
  label: string;
  /** How many events are on a page. */
  countOf: (page: Page) => number;
  /** What the last page says beside the button. */
  beside?: (last: Page) => ComponentChildren;
  children: (pages: readonly Page[]) => ComponentChildren;
}): JSX.Element {
  const { call, announce } = useConsole();
  const alive = useAlive();
  const [more, setMore] = useState<Page[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const last = more.at(-1) ?? first;
  const load = async (after: string): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const page = await call<Page>(`${path}&after=${encodeURIComponent(after)}`);
      if (!alive.current) return;
      setMore((before) => [...before, page]);
      setProblem(undefined);
      announce(count(countOf(page), 'more event'));
    } catch (error) {
      setProblem(wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {children([first, ...more])}
      {problem === undefined ? null : (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {last.next === undefined ? null : (
        <div class="actions">
          <button type="button" aria-disabled={busy} onClick={() => void load(last.next ?? '')}>
            {busy ? 'Loading…' : label}
          </button>
          {beside?.(last)}
        </div>
      )}
    </>
  );
}
