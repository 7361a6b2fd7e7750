/** Replays failed events, or dismisses them with a reason: in pages, with the progress. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Call, wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';
import type { ParkedSelection } from '../shapes.ts';
import { Dialog } from './dialog.tsx';
import { InputError, TextArea, textOf, useAlive } from './form.tsx';
import { count } from './time.tsx';

interface Page {
  replayed?: number;
  dismissed?: number;
  next?: string;
}

/** Repeats the request until nothing is left, and reports the number so far. Returns the total. */
async function inPages(
  call: Call,
  path: string,
  body: object,
  onProgress: (done: number) => void,
): Promise<number> {
  let done = 0;
  let cursor: string | undefined;
  do {
    const page: Page = await call<Page>(path, {
      method: 'POST',
      body: { ...body, ...(cursor === undefined ? {} : { cursor }) },
    });
    done += page.replayed ?? page.dismissed ?? 0;
    cursor = page.next;
    onProgress(done);
  } while (cursor !== undefined);
  return done;
}

interface ParkedProps {
  domain: string;
  selection: ParkedSelection;
  label: string;
  /** Called when everything is done, with the result, or when it has stopped half way, without one. */
  onDone: (did?: string) => void;
}

export function ReplayButton({
  domain,
  selection,
  label,
  total,
  primary,
  onDone,
}: ParkedProps & { total?: number; primary?: boolean }): JSX.Element {
  const { call, announce } = useConsole();
  const alive = useAlive();
  const [done, setDone] = useState<number>();
  const [problem, setProblem] = useState<string>();
  const replay = async (): Promise<void> => {
    if (done !== undefined) return;
    setDone(0);
    setProblem(undefined);
    try {
      const path = `/tenants/${encodeURIComponent(domain)}/replay`;
      const replayed = await inPages(call, path, selection, (sofar) => {
        if (alive.current) setDone(sofar);
      });
      announce(`${count(replayed, 'event')} replayed: they are worked on now`);
      onDone(`${count(replayed, 'event')} ${replayed === 1 ? 'is' : 'are'} replayed and worked on now`);
    } catch (error) {
      if (alive.current) setProblem(wordsOf(error));
      onDone();
    } finally {
      if (alive.current) setDone(undefined);
    }
  };
  return (
    <>
      <button
        type="button"
        class={primary === true ? 'primary' : undefined}
        aria-disabled={done !== undefined}
        onClick={() => void replay()}
      >
        {done === undefined ? label : 'Replaying…'}
      </button>
      {done === undefined || total === undefined ? null : (
        <span class="replaying">
          <progress max={total} value={done} aria-label="Replayed" /> {done} of {count(total, 'event')}
        </span>
      )}
      {problem === undefined ? null : (
        <span class="error" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}

export function DismissButton({
  domain,
  selection,
  what,
  label,
  onDone,
}: ParkedProps & { what: string }): JSX.Element {
  const { call, announce } = useConsole();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setAsking(true);
        }}
      >
        {label}
      </button>
      {asking ? (
        <Dialog
          title={`Dismiss ${what}?`}
          label="Dismiss"
          busyLabel="Dismissing…"
          danger
          onClose={() => {
            setAsking(false);
          }}
          onSend={async (data) => {
            const reason = textOf(data, 'reason');
            if (reason === '') throw new InputError([{ path: 'reason', message: 'Fill in: Reason' }]);
            const path = `/tenants/${encodeURIComponent(domain)}/dismiss`;
            const dismissed = await inPages(call, path, { ...selection, reason }, () => undefined);
            announce(`${count(dismissed, 'event')} dismissed`);
            setAsking(false);
            onDone(`${count(dismissed, 'event')} ${dismissed === 1 ? 'is' : 'are'} dismissed`);
          }}
        >
          <p>
            Dismissed events do not reach Firefish. They stay in the activity as failed, and can be replayed
            there. The reason is kept with it.
          </p>
          <TextArea
            name="reason"
            label="Reason"
            hint="For people who ask later, at most 200 characters."
            maxLength={200}
          />
        </Dialog>
      ) : null}
    </>
  );
}
