/** Failed events by reason: what to do about each, then replay or dismiss. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useKeptFocus } from '../parts/focus.ts';
import { Show, useLoad } from '../parts/load.tsx';
import { DismissButton, ReplayButton } from '../parts/replay.tsx';
import { typeWords } from '../parts/state.tsx';
import { count, When } from '../parts/time.tsx';
import { eventLink, tenantLink } from '../route.ts';
import type { FailedGroup, FailedGroups } from '../shapes.ts';

const REFRESH_EVERY_MS = 5000;

export function Failed({
  domain,
  onChanged,
}: {
  domain: string;
  /** Called when events were replayed or dismissed. */
  onChanged: () => void;
}): JSX.Element {
  const loaded = useLoad<FailedGroups>(`/tenants/${encodeURIComponent(domain)}/failed`, {
    everyMs: () => REFRESH_EVERY_MS,
  });
  // The pressed button disappears with its group.
  const heading = useKeptFocus(loaded.value?.groups.length);
  const [did, setDid] = useState<string>();
  return (
    <>
      <h2 tabIndex={-1} ref={heading}>
        Failed events
      </h2>
      {did === undefined ? null : (
        <p class="notice good">
          <span aria-hidden="true">✓</span> {did}.{' '}
          <a href={tenantLink(domain, 'activity')}>See the outcome</a>
        </p>
      )}
      <Show loaded={loaded} what="the failed events">
        {(failed) =>
          failed.total === 0 ? (
            <div class="empty">
              <h3>Nothing has failed</h3>
              <p>
                Events that Firefish refuses are listed here, with the reason and what to do. While Firefish
                is down or its limits are reached, events wait.
              </p>
            </div>
          ) : (
            <Groups
              domain={domain}
              failed={failed}
              onDone={(what) => {
                setDid(what);
                loaded.reload();
                onChanged();
              }}
            />
          )
        }
      </Show>
    </>
  );
}

const toTheMinute = (iso: string): string => iso.slice(0, 'yyyy-mm-ddThh:mm'.length);

const Groups = ({
  domain,
  failed,
  onDone,
}: {
  domain: string;
  failed: FailedGroups;
  onDone: (did?: string) => void;
}): JSX.Element => (
  <>
    <div class="toolbar">
      <p>
        <strong>
          {failed.isAtLeast === true ? 'At least ' : ''}
          {count(failed.total, 'event')}
        </strong>{' '}
        in {count(failed.groups.length, 'group')}. Each can be replayed for 30 days.
      </p>
      {failed.total === 1 ? null : (
        <div class="actions">
          <ReplayButton
            domain={domain}
            selection={{ all: true }}
            label={`Replay all ${failed.total}`}
            total={failed.total}
            onDone={onDone}
          />
        </div>
      )}
    </div>
    {failed.groups.map((group) => (
      <Group key={group.id} domain={domain} group={group} onDone={onDone} />
    ))}
  </>
);

const Group = ({
  domain,
  group,
  onDone,
}: {
  domain: string;
  group: FailedGroup;
  onDone: (did?: string) => void;
}): JSX.Element => (
  <section class="card" aria-labelledby={`group-${group.id}`}>
    <h3 id={`group-${group.id}`}>
      <span class="tag failed">
        <span aria-hidden="true">✕</span> {count(group.count, 'event')}
      </span>{' '}
      {group.reason}
    </h3>
    <p>
      <strong>What to do: </strong>
      {group.whatToDo}
    </p>
    <p class="hint">
      {group.types.map(typeWords).join(', ')} ·{' '}
      {toTheMinute(group.oldestAt) === toTheMinute(group.newestAt) ? null : (
        <>
          <When at={group.oldestAt} /> to{' '}
        </>
      )}
      <When at={group.newestAt} />
    </p>
    <div class="actions">
      <ReplayButton
        domain={domain}
        selection={{ group: group.id }}
        label={group.count === 1 ? 'Replay' : `Replay these ${group.count}`}
        total={group.count}
        primary
        onDone={onDone}
      />
      <DismissButton
        domain={domain}
        selection={{ group: group.id }}
        what={group.count === 1 ? 'this event' : `these ${group.count} events`}
        label="Dismiss…"
        onDone={onDone}
      />
      {group.count === 1 ? (
        <a href={eventLink(domain, group.example)}>See it</a>
      ) : (
        <a href={tenantLink(domain, 'activity', { group: group.id })}>See them</a>
      )}
    </div>
  </section>
);
