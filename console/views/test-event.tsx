/** A test event that reaches Firefish, with each step as it happens. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';
import { useAlive } from '../parts/form.tsx';
import { useLoad } from '../parts/load.tsx';
import { reasonWords } from '../parts/state.tsx';
import { StepList } from '../parts/step-list.tsx';
import { sentence } from '../words.ts';
import type { EventStory } from '../shapes.ts';
import { eventLink } from '../route.ts';

const POLL_EVERY_MS = 1000;
const hasEnded = ({ state }: EventStory): boolean => state !== 'queued' && state !== 'deferred';

export function TestEvent({ domain }: { domain: string }): JSX.Element {
  const { call } = useConsole();
  const alive = useAlive();
  const [eventId, setEventId] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const send = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const sent = await call<{ eventId: string }>(`/tenants/${encodeURIComponent(domain)}/test-event`, {
        method: 'POST',
        body: {},
      });
      if (alive.current) setEventId(sent.eventId);
    } catch (error) {
      if (alive.current) setProblem(wordsOf(error));
    } finally {
      if (alive.current) setBusy(false);
    }
  };
  return (
    <section class="card" aria-labelledby="test-event">
      <h2 id="test-event">Test event</h2>
      <p>
        Sends an event about a test person through the whole system, as SourceWhale does: received, queued,
        matched, written to Firefish.
      </p>
      {problem === undefined ? null : (
        <div class="notice bad" role="alert">
          <p>{problem}</p>
        </div>
      )}
      {eventId === undefined ? null : <Journey key={eventId} domain={domain} eventId={eventId} />}
      <div class="actions">
        <button type="button" aria-disabled={busy} onClick={() => void send()}>
          {busy ? 'Sending…' : eventId === undefined ? 'Send a test event' : 'Send another'}
        </button>
      </div>
    </section>
  );
}

function Journey({ domain, eventId }: { domain: string; eventId: string }): JSX.Element {
  const { announce } = useConsole();
  const { value, error } = useLoad<EventStory>(
    `/tenants/${encodeURIComponent(domain)}/events/${encodeURIComponent(eventId)}`,
    { everyMs: (story) => (story !== undefined && hasEnded(story) ? undefined : POLL_EVERY_MS) },
  );
  const ended = value !== undefined && hasEnded(value);
  const last = value?.steps.findLast(
    ({ state }) => state === 'done' || state === 'failed' || state === 'now',
  )?.text;
  useEffect(() => {
    if (last !== undefined) announce(last);
  }, [announce, last]);
  return (
    <div class="journey">
      {error === undefined ? null : (
        <p class="notice warn" role="status">
          {wordsOf(error)}
        </p>
      )}
      {value === undefined ? <p class="loading">On its way…</p> : <StepList steps={value.steps} />}
      {value?.state !== 'skipped' || value.reason === undefined ? null : (
        <p>{sentence(reasonWords(value.state, value.reason))}</p>
      )}
      {value?.whatToDo === undefined ? null : <p>{value.whatToDo}</p>}
      {ended ? (
        <p>
          <a href={eventLink(domain, eventId)}>All steps of this event</a>
        </p>
      ) : null}
    </div>
  );
}
