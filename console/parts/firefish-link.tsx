/** A record's page in Firefish. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { RefusedError, wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';
import type { RecordName } from '../shapes.ts';
import { recordWords } from './state.tsx';

type Looked = { url: string } | { words: string };
const NOT_FOUND = 404;

/** Only Firefish knows where the record's page is: it is asked on demand, because each question counts. */
export function FirefishLink({ domain, record }: { domain: string; record: RecordName }): JSX.Element {
  const { call, announce } = useConsole();
  const [busy, setBusy] = useState(false);
  const [looked, setLooked] = useState<Looked>();
  const link = useRef<HTMLAnchorElement>(null);
  const look = async (): Promise<void> => {
    setBusy(true);
    try {
      const { url } = await call<{ url?: string }>(
        `/tenants/${encodeURIComponent(domain)}/records/${record.entity}/${record.ref}`,
      );
      setLooked(
        url === undefined
          ? { words: `Firefish names no page for it: look for ref ${record.ref} there.` }
          : { url },
      );
    } catch (error) {
      const gone = error instanceof RefusedError && error.status === NOT_FOUND;
      setLooked({ words: gone ? 'Firefish has no such record any more.' : wordsOf(error) });
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    if (looked === undefined) return;
    if ('words' in looked) announce(looked.words);
    else link.current?.focus();
  }, [announce, looked]);
  if (looked !== undefined && 'url' in looked) {
    return (
      <a ref={link} href={looked.url} target="_blank" rel="noopener noreferrer">
        {recordWords(record)} in Firefish<span class="sr"> (opens a new tab)</span> ↗
      </a>
    );
  }
  return (
    <>
      <button type="button" class="link" aria-disabled={busy} onClick={() => void look()}>
        {busy ? 'Asking Firefish…' : 'Find it in Firefish'}
        <span class="sr">: {recordWords(record)}</span>
      </button>
      {looked === undefined ? null : <span class="hint">{looked.words}</span>}
    </>
  );
}
