/** What a person decides: who is meant if names contradict. Below, what fixed rules have decided. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { explain } from '../../lib/events/reasons.ts';
import { DecideForm, DECISIONS, PersonWords } from '../parts/decide.tsx';
import { useKeptFocus } from '../parts/focus.ts';
import { Show, useLoad } from '../parts/load.tsx';
import { Pages } from '../parts/pages.tsx';
import { recordWords, typeWords } from '../parts/state.tsx';
import { When } from '../parts/time.tsx';
import { sentence } from '../words.ts';
import { eventLink } from '../route.ts';
import type { AmbiguousList, DecisionList } from '../shapes.ts';

const REFRESH_EVERY_MS = 5000;

export function Decisions({
  domain,
  onChanged,
}: {
  domain: string;
  /** Called when one was decided. */
  onChanged: () => void;
}): JSX.Element {
  const path = `/tenants/${encodeURIComponent(domain)}/decisions`;
  const loaded = useLoad<DecisionList>(path, { everyMs: () => REFRESH_EVERY_MS });
  const [done, setDone] = useState<{ did: string; event: string }>();
  const first = loaded.value?.decisions.map(({ event }) => event);
  // What was pressed disappears with its event.
  const heading = useKeptFocus(first && [done?.event, ...first].join(' '));
  return (
    <>
      <h2 tabIndex={-1} ref={heading}>
        Decisions
      </h2>
      {done === undefined ? null : (
        <p class="notice good">
          <span aria-hidden="true">✓</span> {done.did}.{' '}
          <a href={eventLink(domain, done.event)}>See the outcome</a>
        </p>
      )}
      <Show loaded={loaded} what="the decisions">
        {(list) =>
          list.decisions.length === 0 ? (
            <div class="empty">
              <h3>Nothing waits for a decision</h3>
              <p>
                If a record has a person’s e-mail address and another name, the person’s events wait here for
                30 days.
              </p>
            </div>
          ) : (
            <>
              <p>
                {sentence(explain('skipped', 'name-conflict')?.words ?? '')} {DECISIONS}
              </p>
              <Pages
                key={done?.event}
                path={`${path}?`}
                first={list}
                label="Show more"
                countOf={({ decisions }) => decisions.length}
              >
                {(pages) => (
                  <Waiting
                    domain={domain}
                    decisions={distinct(pages.flatMap(({ decisions }) => decisions))}
                    onDone={(did, event) => {
                      setDone({ did, event });
                      loaded.reload();
                      onChanged();
                    }}
                  />
                )}
              </Pages>
            </>
          )
        }
      </Show>
      <section class="card" aria-labelledby="ambiguous">
        <h3 id="ambiguous">Ambiguous in the last 30 days</h3>
        <AmbiguousEvents domain={domain} />
      </section>
    </>
  );
}

/** A list that is read again can have moved between two of its pages. */
const distinct = <Entry extends { event: string }>(entries: readonly Entry[]): Entry[] => [
  ...new Map(entries.map((entry) => [entry.event, entry])).values(),
];

const Waiting = ({
  domain,
  decisions,
  onDone,
}: {
  domain: string;
  decisions: DecisionList['decisions'];
  onDone: (did: string, event: string) => void;
}): JSX.Element => (
  <>
    {decisions.map(({ event, type, at, ...decision }) => (
      <section key={event} class="card" aria-labelledby={`event-${event}`}>
        <h3 id={`event-${event}`}>
          <a href={eventLink(domain, event)}>{typeWords(type)}</a> <span class="id">{event}</span>
        </h3>
        <p class="hint">
          Waits since <When at={at} />
        </p>
        <PersonWords decision={decision} />
        <DecideForm
          domain={domain}
          eventId={event}
          decision={decision}
          onDone={(did) => {
            onDone(did, event);
          }}
        />
      </section>
    ))}
  </>
);

/** They are searched for in all events that have ended, so only on demand. */
function AmbiguousEvents({ domain }: { domain: string }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <p>{sentence(explain('synced', 'ambiguous')?.words ?? '')} Merge the others in Firefish.</p>
      <details
        onToggle={(event) => {
          setIsOpen(event.currentTarget.open);
        }}
      >
        <summary>Show them</summary>
        {isOpen ? <ListedAmbiguous domain={domain} /> : null}
      </details>
    </>
  );
}

function ListedAmbiguous({ domain }: { domain: string }): JSX.Element {
  const path = `/tenants/${encodeURIComponent(domain)}/ambiguous`;
  const loaded = useLoad<AmbiguousList>(path);
  return (
    <Show loaded={loaded} what="what was ambiguous">
      {(list) =>
        list.ambiguous.length === 0 ? (
          <p>Nothing was ambiguous.</p>
        ) : (
          <Pages
            path={`${path}?`}
            first={list}
            label="Show more"
            countOf={({ ambiguous }) => ambiguous.length}
          >
            {(pages) => (
              <AmbiguousTable domain={domain} ambiguous={pages.flatMap(({ ambiguous }) => ambiguous)} />
            )}
          </Pages>
        )
      }
    </Show>
  );
}

const AmbiguousTable = ({
  domain,
  ambiguous,
}: {
  domain: string;
  ambiguous: AmbiguousList['ambiguous'];
}): JSX.Element => (
  <table class="cards">
    <caption class="sr">Ambiguous events, newest first</caption>
    <thead>
      <tr>
        <th scope="col">Event</th>
        <th scope="col">Records</th>
        <th scope="col">Used</th>
      </tr>
    </thead>
    <tbody>
      {ambiguous.map(({ event, type, records, used }) => {
        const named = records.map(recordWords).join(', ');
        return (
          <tr key={`${event} ${named}`}>
            <th scope="row">
              <a href={eventLink(domain, event)}>{typeWords(type)}</a>
              <span class="id">{event}</span>
            </th>
            <td data-label="Records">{named}</td>
            <td data-label="Used">{used === undefined ? '–' : recordWords(used)}</td>
          </tr>
        );
      })}
    </tbody>
  </table>
);
