/** One event: what happened, by which match, what changed or why not, and what to do. */
import type { JSX } from 'preact';
import { DecideForm, DECISIONS, PersonWords } from '../parts/decide.tsx';
import { FirefishLink } from '../parts/firefish-link.tsx';
import { useKeptFocus } from '../parts/focus.ts';
import { Show, useLoad } from '../parts/load.tsx';
import { DismissButton, ReplayButton } from '../parts/replay.tsx';
import { actionWords, noteWords, reasonWords, StateTag, typeWords } from '../parts/state.tsx';
import { StepList } from '../parts/step-list.tsx';
import { When } from '../parts/time.tsx';
import { sentence } from '../words.ts';
import { tenantLink } from '../route.ts';
import type { EventAction, EventStory } from '../shapes.ts';

const REFRESH_EVERY_MS = 2000;
const hasEnded = ({ state }: EventStory): boolean => state !== 'queued' && state !== 'deferred';

export function EventView({
  domain,
  eventId,
  onChanged,
}: {
  domain: string;
  eventId: string;
  /** Called when the event was replayed, dismissed or decided. */
  onChanged: () => void;
}): JSX.Element {
  const loaded = useLoad<EventStory>(
    `/tenants/${encodeURIComponent(domain)}/events/${encodeURIComponent(eventId)}`,
    { everyMs: (story) => (story !== undefined && hasEnded(story) ? undefined : REFRESH_EVERY_MS) },
  );
  return (
    <>
      <p>
        <a href={tenantLink(domain, 'activity')}>← All activity</a>
      </p>
      <Show loaded={loaded} what="the event">
        {(story) => (
          <Story
            domain={domain}
            story={story}
            reload={() => {
              loaded.reload();
              onChanged();
            }}
          />
        )}
      </Show>
    </>
  );
}

function Story({
  domain,
  story,
  reload,
}: {
  domain: string;
  story: EventStory;
  reload: () => void;
}): JSX.Element {
  // What was pressed disappears when it is done.
  const heading = useKeptFocus(story.state);
  return (
    <>
      <h2 tabIndex={-1} ref={heading}>
        {typeWords(story.type)} <StateTag state={story.state} />
      </h2>
      <p class="id">{story.id}</p>
      {story.reason === undefined && story.whatToDo === undefined ? null : (
        <Why domain={domain} story={story} reload={reload} />
      )}
      <section class="card" aria-labelledby="story">
        <h3 id="story">What happened</h3>
        <StepList steps={story.steps} />
      </section>
      {story.actions.length === 0 ? null : (
        <section class="card" aria-labelledby="changed">
          <h3 id="changed">In Firefish</h3>
          <ul class="records">
            {story.actions.map((action) => (
              <ChangedRecord
                key={`${action.entity}-${action.ref}-${action.operation}`}
                domain={domain}
                action={action}
              />
            ))}
          </ul>
        </section>
      )}
      <Notes notes={story.notes.filter((note) => !note.startsWith('matched: '))} />
      <section class="card" aria-labelledby="facts">
        <h3 id="facts">Facts</h3>
        <dl class="facts">
          <dt>Happened in SourceWhale</dt>
          <dd>
            <When at={story.occurredAt} seconds />
          </dd>
          <dt>Received</dt>
          <dd>
            <When at={story.receivedAt} seconds />
          </dd>
          {story.finishedAt === undefined ? null : (
            <>
              <dt>Ended</dt>
              <dd>
                <When at={story.finishedAt} seconds />
              </dd>
            </>
          )}
          <dt>Attempts</dt>
          <dd>{story.attempts}</dd>
          <dt>Type</dt>
          <dd>
            <code>{story.type}</code>
          </dd>
          <dt>Batch</dt>
          <dd>
            <code>{story.batchId}</code>
          </dd>
          <dt>Kept until</dt>
          <dd>
            <When at={story.keptUntil} />
          </dd>
        </dl>
      </section>
    </>
  );
}

/** What the steps do not show. */
const Notes = ({ notes }: { notes: readonly string[] }): JSX.Element | null =>
  notes.length === 0 ? null : (
    <section class="card" aria-labelledby="notes">
      <h3 id="notes">Notes</h3>
      <ul class="points">
        {notes.map((note) => (
          <li key={note}>{sentence(noteWords(note))}</li>
        ))}
      </ul>
    </section>
  );

function Why({
  domain,
  story,
  reload,
}: {
  domain: string;
  story: EventStory;
  reload: () => void;
}): JSX.Element {
  const heading: Record<EventStory['state'], string> = {
    queued: 'Why it waits',
    deferred: 'Why it waits',
    skipped: 'Why it was skipped',
    failed: 'Why it failed',
    synced: 'Worth knowing',
  };
  return (
    <div class={`notice ${story.state === 'failed' ? 'bad' : 'plain'}`}>
      <h3>{heading[story.state]}</h3>
      {story.reason === undefined ? null : <p>{sentence(reasonWords(story.state, story.reason))}</p>}
      {story.waitsUntil === undefined ? null : (
        <p>
          It continues at <When at={story.waitsUntil} seconds />, by itself.
        </p>
      )}
      {story.decision === undefined ? (
        story.whatToDo === undefined ? null : (
          <p>
            <strong>What to do: </strong>
            {story.whatToDo}
          </p>
        )
      ) : (
        <>
          <PersonWords decision={story.decision} />
          <p>
            <strong>What to do: </strong>
            {DECISIONS}
          </p>
          <DecideForm domain={domain} eventId={story.id} decision={story.decision} onDone={reload} />
        </>
      )}
      {story.state === 'failed' ? (
        <div class="actions">
          <ReplayButton
            domain={domain}
            selection={{ event: story.id }}
            label="Replay"
            primary
            onDone={reload}
          />
          <DismissButton
            domain={domain}
            selection={{ event: story.id }}
            what="this event"
            label="Dismiss"
            onDone={reload}
          />
        </div>
      ) : null}
    </div>
  );
}

const ChangedRecord = ({ domain, action }: { domain: string; action: EventAction }): JSX.Element => (
  <li>
    <span>
      {actionWords(action)}
      {action.fields === undefined || action.fields.length === 0 ? null : (
        <>
          {': '}
          <span class="fields">{action.fields.join(', ')}</span>
        </>
      )}
    </span>
    <FirefishLink domain={domain} record={action} />
  </li>
);
