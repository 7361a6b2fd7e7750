/** The progress, pace and time left of a large push, and the last hours. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Chart } from '../parts/chart.tsx';
import { Show, useLoad } from '../parts/load.tsx';
import { waitingWords } from '../parts/state.tsx';
import { clockTime, count, number, When } from '../parts/time.tsx';
import { sentence } from '../words.ts';
import { useConsole } from '../context.ts';
import { tenantLink } from '../route.ts';
import type { Bucket, History, Progress } from '../shapes.ts';

const BUSY_MS = 3000;
const QUIET_MS = 10_000;
const HISTORY_MS = 30_000;

export function ProgressView({ domain }: { domain: string }): JSX.Element {
  const base = `/tenants/${encodeURIComponent(domain)}`;
  const progress = useLoad<Progress>(`${base}/progress`, {
    everyMs: (value) => (value?.open.count === 0 ? QUIET_MS : BUSY_MS),
    queryAfter: ({ since }) => `?since=${encodeURIComponent(since)}`,
  });
  const [hours, setHours] = useState('6');
  const history = useLoad<History>(`${base}/history?hours=${hours}`, { everyMs: () => HISTORY_MS });
  return (
    <>
      <h2>Progress</h2>
      <Show loaded={progress} what="the progress">
        {(value) => (
          <>
            <Push domain={domain} progress={value} />
            <Calls progress={value} />
          </>
        )}
      </Show>
      <section class="card charts" aria-labelledby="last-hours">
        <div class="toolbar">
          <h3 id="last-hours">The last hours</h3>
          <Spans hours={hours} onChoose={setHours} />
        </div>
        <Show loaded={history} what="the last hours">
          {(value) => <LastHours history={value} />}
        </Show>
      </section>
    </>
  );
}

const endedIn = ({ ended }: Progress): number => ended.synced + ended.skipped + ended.failed;

function Push({ domain, progress }: { domain: string; progress: Progress }): JSX.Element {
  const { open, ended, since } = progress;
  const done = endedIn(progress);
  const total = done + open.count;
  useAnnouncedProgress(done, total);
  if (open.count === 0) {
    return (
      <section class="card" aria-labelledby="push">
        <h3 id="push">Nothing is waiting</h3>
        <p>
          {done === 0
            ? 'All that SourceWhale sent has been dealt with.'
            : `All ${count(done, 'event')} that came since ${clockTime(since)} have been dealt with: ${endedWords(ended)}.`}
        </p>
        {ended.failed === 0 ? null : (
          <p>
            <a href={tenantLink(domain, 'failed')}>See what failed</a>
          </p>
        )}
      </section>
    );
  }
  return (
    <section class="card" aria-labelledby="push">
      <h3 id="push">
        {number(done)} of {open.isAtLeast === true ? 'at least ' : ''}
        {count(total, 'event')} done
      </h3>
      <progress class="wide" max={total} value={done} aria-labelledby="push" />
      <dl class="numbers">
        <Figure label="Synced" value={number(ended.synced)} />
        <Figure label="Skipped" value={number(ended.skipped)} />
        <Figure label="Failed" value={number(ended.failed)} />
        <Figure label="Still to go" value={number(open.count)} />
        <Figure label="Events a minute" value={number(Math.round(progress.ratePerMinute))} />
      </dl>
      <TimeLeft progress={progress} />
    </section>
  );
}

const endedWords = ({ synced, skipped, failed }: Progress['ended']): string =>
  `${number(synced)} synced, ${number(skipped)} skipped, ${number(failed)} failed`;

const Figure = ({ label, value }: { label: string; value: string }): JSX.Element => (
  <div>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
);

/** A shorter time is not useful. */
const WORTH_A_CLOCK_SECONDS = 120;

function TimeLeft({ progress: { now, open, timeLeft } }: { progress: Progress }): JSX.Element {
  return (
    <>
      {timeLeft === undefined ? (
        <p>
          <strong>The remaining time is not known now.</strong>
        </p>
      ) : (
        <p>
          <strong>{sentence(timeLeft.text)}</strong>
          {timeLeft.seconds < WORTH_A_CLOCK_SECONDS ? null : (
            <>
              {' '}
              Done at about {clockTime(new Date(Date.parse(now) + timeLeft.seconds * 1000).toISOString())}.
            </>
          )}
        </p>
      )}
      {open.waiting === undefined ? null : (
        <p class="notice plain">
          Waiting until <When at={open.waiting.until} seconds />: {waitingWords(open.waiting.for)}. It
          continues by itself.
        </p>
      )}
    </>
  );
}

const SAID_EACH = 0.1;

/** A screen reader announces each tenth, not each number, and the end. */
function useAnnouncedProgress(done: number, total: number): void {
  const { announce } = useConsole();
  const tenths = total === 0 ? 0 : Math.floor(done / total / SAID_EACH);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && total === done) announce(`All ${count(total, 'event')} done`);
    wasOpen.current = total > done;
    if (total > done && done > 0) announce(`${number(done)} of ${count(total, 'event')} done`);
    // Only a new tenth is announced.
  }, [announce, tenths, total === done]);
}

function Calls({ progress: { calls } }: { progress: Progress }): JSX.Element | null {
  if (calls.length === 0) return null;
  return (
    <section class="card" aria-labelledby="calls">
      <h3 id="calls">Calls to Firefish, against its limits</h3>
      <table class="cards">
        <caption class="sr">Calls in the last minute and hour by endpoint</caption>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">Last minute</th>
            <th scope="col">Last hour</th>
          </tr>
        </thead>
        <tbody>
          {calls.map(({ endpoint, lastMinute, perMinute, lastHour, perHour }) => (
            <tr key={endpoint}>
              <th scope="row">
                <code>{endpoint}</code>
              </th>
              <td data-label="Last minute">
                <Used value={lastMinute} max={perMinute} label={`${endpoint}, last minute`} />
              </td>
              <td data-label="Last hour">
                <Used value={lastHour} max={perHour} label={`${endpoint}, last hour`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const Used = ({ value, max, label }: { value: number; max: number; label: string }): JSX.Element => (
  <span class="used">
    <progress max={max} value={Math.min(value, max)} aria-label={label} />
    <span>
      {number(value)} of {number(max)}
    </span>
  </span>
);

const SPANS = [
  { value: '1', label: 'Last hour' },
  { value: '6', label: 'Last 6 hours' },
  { value: '24', label: 'Last 24 hours' },
];

const Spans = ({ hours, onChoose }: { hours: string; onChoose: (hours: string) => void }): JSX.Element => (
  <div class="field inline">
    <label for="span">Show</label>
    <select
      id="span"
      onChange={(event) => {
        onChoose(event.currentTarget.value);
      }}
    >
      {SPANS.map(({ value, label }) => (
        <option key={value} value={value} selected={value === hours}>
          {label}
        </option>
      ))}
    </select>
  </div>
);

const sumOf = (buckets: readonly Bucket[], of: (bucket: Bucket) => number): number =>
  buckets.reduce((sum, bucket) => sum + of(bucket), 0);

function LastHours({ history }: { history: History }): JSX.Element {
  const { buckets, bucketMinutes, limits } = history;
  const times = buckets.map(({ at }) => at);
  const each = `Each bar is ${count(bucketMinutes, 'minute')}.`;
  const synced = sumOf(buckets, (bucket) => bucket.synced);
  const skipped = sumOf(buckets, (bucket) => bucket.skipped);
  const failed = sumOf(buckets, (bucket) => bucket.failed);
  const busiest = buckets.reduce((most, { busiest: one }) => Math.max(most, one?.calls ?? 0), 0);
  const span = `from ${clockTime(history.from)} to ${clockTime(history.to)}`;
  return (
    <>
      <Chart
        title="Events"
        summary={`${endedWords({ synced, skipped, failed })} ${span}. ${each}`}
        times={times}
        series={[
          { label: 'Synced', kind: 'synced', values: buckets.map((bucket) => bucket.synced) },
          { label: 'Skipped', kind: 'skipped', values: buckets.map((bucket) => bucket.skipped) },
          { label: 'Failed', kind: 'failed', values: buckets.map((bucket) => bucket.failed) },
        ]}
      />
      <Chart
        title="Calls to the busiest Firefish endpoint"
        summary={`At most ${count(busiest, 'call')} in ${count(bucketMinutes, 'minute')}. Calls are counted for the last hour only; older bars are empty. ${each} The line is the pace that Firefish allows for an hour (${number(limits.perHour)} calls).`}
        times={times}
        series={[
          { label: 'Calls', kind: 'calls', values: buckets.map((bucket) => bucket.busiest?.calls ?? 0) },
        ]}
        limit={{ label: 'Limit', value: Math.round((limits.perHour * bucketMinutes) / 60) }}
      />
    </>
  );
}
