/** The lines as CloudWatch gets them: what a function writes to standard output and standard error. */
import type { EventId, TenantId } from '../../../lib/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { StoredEvent } from '../../../lib/events/event-item.ts';
import type { Ended } from '../../../lib/turn/finish-event.ts';

type Line = Record<string, unknown>;
let written: string[];
let report: typeof import('../../../lib/turn/report-work.ts');
let measuredFetch: (send: typeof fetch) => typeof fetch;
let publish: () => void;

beforeAll(async () => {
  Object.assign(process.env, {
    POWERTOOLS_LOG_LEVEL: 'INFO',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_METRICS_NAMESPACE: 'sourcewhale-firefish-test',
    POWERTOOLS_SERVICE_NAME: 'sourcewhale-firefish',
  });
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
  }
  report = await import('../../../lib/turn/report-work.ts');
  ({ measuredFetch } = await import('../../../lib/measured-fetch.ts'));
  const { metrics } = await import('../../../lib/metrics.ts');
  publish = () => {
    metrics.publishStoredMetrics();
  };
});
afterAll(() => {
  jest.restoreAllMocks();
});
beforeEach(() => {
  written = [];
});

const lines = (): Line[] => written.map((line) => JSON.parse(line) as Line);
/** The metrics of one line, as CloudWatch reads them. */
function measured(): Line {
  written = [];
  publish();
  const [line] = lines();
  const { CloudWatchMetrics } = line!['_aws'] as { CloudWatchMetrics: Line[] };
  expect(CloudWatchMetrics).toMatchObject([
    { Namespace: 'sourcewhale-firefish-test', Dimensions: [['service']] },
  ]);
  const names = (CloudWatchMetrics[0]!['Metrics'] as { Name: string }[]).map(({ Name }) => Name);
  return Object.fromEntries(names.map((name) => [name, line![name]]));
}

const ended = (outcome: Partial<Ended['outcome']>, more: Partial<Ended> = {}): Ended => ({
  tenantId: 't_1' as TenantId,
  eventId: 'e_1' as EventId,
  // What the report reads of an event.
  event: { type: 'record.created', batchId: 'b_1', attempts: 0, receivedAt: 1_000 } as StoredEvent,
  outcome: { state: 'synced', actions: [], notes: ['ann@person.example'], ...outcome },
  endedBefore: false,
  at: 3_500,
  ...more,
});

describe('the sync reports', () => {
  test('an event that ended: one log line with what happened to it, and metrics over all tenants', () => {
    report.reportEnded(
      ended({ actions: [{ entity: 'candidate', ref: 7, operation: 'created', fields: ['FirstName'] }] }),
    );
    expect(lines()).toMatchObject([
      {
        message: 'event ended',
        ...{ tenantId: 't_1', eventId: 'e_1', batchId: 'b_1', type: 'record.created', state: 'synced' },
        ...{ operations: ['candidate created'], lagMs: 2_500, attempts: 1 },
      },
    ]);
    expect(measured()).toEqual({ EventsSynced: 1, SyncLag: 2_500, RecordsCreated: 1 });
  });

  test('a failure: our label, never the text of Firefish’s refusal, which may name a person', () => {
    const reason = 'refused POST /candidates 400';
    report.reportEnded(ended({ state: 'failed', reason, words: 'ann@person.example is taken' }));
    expect(lines()).toMatchObject([{ reason }]);
    expect(written.join()).not.toContain('@');
    expect(measured()).toMatchObject({ EventsFailed: 1 });
  });

  test('a skip: the reason', () => {
    report.reportEnded(ended({ state: 'skipped', reason: 'no-email' }));
    expect(lines()).toMatchObject([{ state: 'skipped', reason: 'no-email' }]);
    expect(measured()).toMatchObject({ EventsSkipped: 1 });
  });

  test('no lag for an event that was replayed, because a person caused the wait', () => {
    report.reportEnded(ended({}, { endedBefore: true }));
    expect(measured()).toEqual({ EventsSynced: 1 });
  });

  test('the lag of each of two events in one invocation, so that percentiles count events', () => {
    report.reportEnded(ended({}));
    report.reportEnded(ended({}, { at: 11_000 }));
    expect(measured()).toEqual({ EventsSynced: [1, 1], SyncLag: [2_500, 10_000] });
  });

  test('a wait and a crash: ids, reason and place, never a message', () => {
    report.reportWork({
      tenantId: 't_1' as TenantId,
      eventIds: ['a' as EventId, 'b' as EventId],
      wait: { until: 0, reason: 'limit' },
    });
    report.reportWork({
      tenantId: 't_1' as TenantId,
      eventIds: ['c' as EventId],
      error: new TypeError('ann@person.example'),
    });
    expect(lines()).toMatchObject([
      { message: 'events wait', eventIds: ['a', 'b'], reason: 'limit', until: '1970-01-01T00:00:00.000Z' },
      { message: 'work failed', eventIds: ['c'], cause: 'TypeError' },
    ]);
    expect(written.join()).not.toContain('@');
    expect(measured()).toEqual({ EventsDeferred: 2, EventsCrashed: 1 });
  });
});

describe('a call to Firefish', () => {
  const answering = (status: number): typeof fetch =>
    measuredFetch(() => Promise.resolve(new Response('', { status })));

  test('is counted and timed, and so is its refusal or failure', async () => {
    for (const status of [200, 404, 429, 503])
      expect((await answering(status)('http://firefish.test')).status).toBe(status);
    const broken = measuredFetch(() => Promise.reject(new TypeError('fetch failed')));
    await expect(broken('http://firefish.test')).rejects.toThrow('fetch failed');
    expect(measured()).toEqual({
      FirefishCalls: [1, 1, 1, 1, 1],
      FirefishLatency: expect.arrayContaining([expect.any(Number)]),
      FirefishRefusals: 1,
      FirefishFailures: [1, 1],
    });
  });
});
