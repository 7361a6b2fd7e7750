/** What came in and what happened to it, newest first. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useConsole } from '../context.ts';
import { EventTable } from '../parts/event-table.tsx';
import { Form, InputError, SelectField, TextField, textOf } from '../parts/form.tsx';
import { Show, useLoad } from '../parts/load.tsx';
import { Pages } from '../parts/pages.tsx';
import { EVENT_TYPES, STATE_WORDS } from '../parts/state.tsx';
import { count, When } from '../parts/time.tsx';
import { tenantLink } from '../route.ts';
import type { EventList, EventSummary, SearchResult } from '../shapes.ts';

/** While something is in progress, or before the first event; otherwise little changes. */
const LIVE_MS = 2000;
const QUIET_MS = 10_000;
const isOpen = ({ state }: EventSummary): boolean => state === 'queued' || state === 'deferred';
const HOUR_MS = 3_600_000;

export function Activity({ domain, query }: { domain: string; query: URLSearchParams }): JSX.Element {
  const [found, setFound] = useState<Found>();
  return (
    <>
      <h2>Activity</h2>
      <Search domain={domain} onFound={setFound} />
      {found === undefined ? (
        <Listed domain={domain} query={query} />
      ) : (
        <FoundEvents
          domain={domain}
          found={found}
          onClear={() => {
            setFound(undefined);
          }}
        />
      )}
    </>
  );
}

interface Found {
  result: SearchResult;
  words: string;
  isCompany: boolean;
}

const SEARCHES = [
  { value: 'email', label: 'E-mail address' },
  { value: 'candidateId', label: 'SourceWhale id' },
  { value: 'candidate', label: 'Firefish candidate ref' },
  { value: 'contact', label: 'Firefish contact ref' },
  { value: 'company', label: 'Firefish company ref' },
  { value: 'eventId', label: 'Event id' },
];

/** An e-mail address in a search is not in the page's address, so it is not in the browser's history. */
function Search({ domain, onFound }: { domain: string; onFound: (found: Found) => void }): JSX.Element {
  const { call, announce } = useConsole();
  const send = async (data: FormData): Promise<void> => {
    const by = textOf(data, 'by');
    const text = textOf(data, 'text');
    const result = await call<SearchResult>(`/tenants/${encodeURIComponent(domain)}/events/search`, {
      method: 'POST',
      body: searchBody(by, text),
    });
    const label = SEARCHES.find(({ value }) => value === by)?.label ?? by;
    onFound({ result, words: `${label}: ${text}`, isCompany: by === 'company' });
    announce(`${count(result.events.length, 'event')} found`);
  };
  return (
    <section class="card search" aria-label="Find">
      <Form label="Find" busyLabel="Looking…" onSend={send}>
        <div class="pair">
          <SelectField name="by" label="Find by" choices={SEARCHES} />
          <TextField name="text" label="Look for" />
        </div>
      </Form>
      <p class="hint">
        “Did it sync?” Find the person’s e-mail address. It is not kept here: only its keyed hash is, so write
        it in full.
      </p>
    </section>
  );
}

/** @throws InputError */
function searchBody(by: string, text: string): unknown {
  if (text === '') throw new InputError([{ path: 'text', message: 'Fill in: Look for' }]);
  if (by !== 'candidate' && by !== 'contact' && by !== 'company') return { [by]: text };
  const ref = Number(text);
  if (!Number.isSafeInteger(ref) || ref < 1) {
    throw new InputError([{ path: 'text', message: 'A Firefish ref is a number, such as 1234' }]);
  }
  return { record: { entity: by, ref } };
}

const FoundEvents = ({
  domain,
  found: { result, words, isCompany },
  onClear,
}: {
  domain: string;
  found: Found;
  onClear: () => void;
}): JSX.Element => (
  <section class="stack" aria-label="Found">
    <div class="toolbar">
      <p>
        <strong>{count(result.events.length, 'event')}</strong> for {words}
      </p>
      <button type="button" onClick={onClear}>
        Show all events
      </button>
    </div>
    {result.events.length === 0 ? (
      <div class="empty">
        <h3>Nothing found</h3>
        <p>{noneWords(result, isCompany)}</p>
      </div>
    ) : (
      <EventTable domain={domain} events={result.events} caption={`Events for ${words}`} />
    )}
    {result.openComplete ? null : (
      <p class="hint">
        There are older events that were not searched: a search reads the newest 5,000 events and shows at
        most 100.
      </p>
    )}
  </section>
);

function noneWords({ known, openComplete }: SearchResult, isCompany: boolean): string {
  if (known) return 'The person is known, but has no event in the last 30 days. Older events are deleted.';
  const span = openComplete ? 'in the last 30 days' : 'among the newest 5,000 events';
  return isCompany
    ? `No event of a company itself ${span} made or changed this one. People are found by their own refs.`
    : `SourceWhale has sent nothing about them ${span}. Check the spelling, or push the record again from Actions in SourceWhale.`;
}

const SPANS = [
  { value: '', label: 'Any time' },
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last 24 hours' },
  { value: '168', label: 'Last 7 days' },
];
const ANY = { value: '', label: 'Any' };
const STATES = [ANY, ...Object.entries(STATE_WORDS).map(([value, label]) => ({ value, label }))];
const TYPES = [ANY, ...Object.entries(EVENT_TYPES).map(([value, label]) => ({ value, label }))];

function Listed({ domain, query }: { domain: string; query: URLSearchParams }): JSX.Element {
  const get = (name: string): string => query.get(name) ?? '';
  // Fixed when the filter is chosen, so that reading again asks the same.
  const [begun] = useState(() => Date.now());
  const hours = Number(get('hours'));
  const asked = new URLSearchParams({
    ...(get('state') === '' ? {} : { state: get('state') }),
    ...(get('type') === '' ? {} : { type: get('type') }),
    ...(get('group') === '' ? {} : { group: get('group') }),
    ...(hours > 0 ? { from: new Date(begun - hours * HOUR_MS).toISOString() } : {}),
  }).toString();
  const path = `/tenants/${encodeURIComponent(domain)}/events`;
  const loaded = useLoad<EventList>(`${path}?${asked}`, {
    everyMs: (list) => (list?.events.length === 0 || list?.events.some(isOpen) === true ? LIVE_MS : QUIET_MS),
  });
  const filter = (name: string, value: string): void => {
    const chosen = Object.fromEntries(query);
    chosen[name] = value;
    location.hash = tenantLink(
      domain,
      'activity',
      Object.fromEntries(Object.entries(chosen).filter(([, each]) => each !== '')),
    );
  };
  return (
    <section aria-label="Events">
      <div class="filters" role="group" aria-label="Filter">
        <Filter
          label="State"
          choices={STATES}
          value={get('state')}
          onChoose={(value) => {
            filter('state', value);
          }}
        />
        <Filter
          label="What"
          choices={TYPES}
          value={get('type')}
          onChoose={(value) => {
            filter('type', value);
          }}
        />
        <Filter
          label="Time"
          choices={SPANS}
          value={get('hours')}
          onChoose={(value) => {
            filter('hours', value);
          }}
        />
        {asked === '' ? null : <a href={tenantLink(domain, 'activity')}>Clear</a>}
      </div>
      <Show loaded={loaded} what="the events">
        {(list) =>
          list.events.length === 0 && list.next === undefined ? (
            <NoEvents filtered={asked !== ''} />
          ) : (
            <Pages
              key={asked}
              path={`${path}?${asked}`}
              first={list}
              label="Older events"
              countOf={({ events }) => events.length}
              beside={({ lookedBackTo }) =>
                lookedBackTo === undefined ? null : (
                  <span class="hint">
                    Looked back to <When at={lookedBackTo} />
                  </span>
                )
              }
            >
              {(pages) => (
                <EventTable domain={domain} events={distinct(pages)} caption="Events, newest first" />
              )}
            </Pages>
          )
        }
      </Show>
    </section>
  );
}

function Filter({
  label,
  choices,
  value,
  onChoose,
}: {
  label: string;
  choices: readonly { value: string; label: string }[];
  value: string;
  onChoose: (value: string) => void;
}): JSX.Element {
  const id = `filter-${label.toLowerCase()}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  );
}

const NoEvents = ({ filtered }: { filtered: boolean }): JSX.Element => (
  <div class="empty">
    {filtered ? (
      <>
        <h3>No event like that</h3>
        <p>There was none in the last 30 days. Older events are deleted. Clear the filter to see all.</p>
      </>
    ) : (
      <>
        <h3>Nothing has come in yet</h3>
        <p>
          Push a record from Actions in SourceWhale, or send a test event from the overview. It shows here at
          once.
        </p>
      </>
    )}
  </div>
);

/** An event can change its position between two pages: the first position counts. */
function distinct(pages: readonly EventList[]): EventSummary[] {
  const seen = new Set<string>();
  return pages.flatMap(({ events }) => events).filter(({ id }) => !seen.has(id) && seen.add(id));
}
