import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/**
 * One set of metrics per function instance, written as lines of the log (EMF) that CloudWatch reads: no call, no
 * permission. They have no dimension but the service. A tenant's id would make every number of each tenant a metric of
 * its own, at $0.30 a month each; what is asked of one tenant stands in the log lines, by `tenantId`.
 */
export const metrics = new Metrics({
  logger: {
    ...console,
    // An invocation that has nothing to measure is no news; Powertools would say so each time.
    warn: (...words: unknown[]) => {
      if (!String(words[0]).startsWith('No application metrics')) console.warn(...words);
    },
  },
});

/** Every metric there is. Dashboard and alarms name them; tests/template holds them to this list. */
export const METRICS = {
  /** Events stored for the first time. */
  EventsReceived: MetricUnit.Count,
  /** Events that were known already: SourceWhale sends until it has a 202. */
  EventsRepeated: MetricUnit.Count,
  /** Events that SourceWhale has to change, or to send again. */
  EventsRejected: MetricUnit.Count,
  EventsSynced: MetricUnit.Count,
  EventsSkipped: MetricUnit.Count,
  EventsFailed: MetricUnit.Count,
  /** How often an event was put off for longer than a turn waits. */
  EventsDeferred: MetricUnit.Count,
  /** How often the work on an event, or a whole turn, broke off for a reason of our own; it is tried again. */
  EventsCrashed: MetricUnit.Count,
  /** From the 202 to the end of an event that ends for the first time. */
  SyncLag: MetricUnit.Milliseconds,
  /** What became of the records in Firefish. */
  RecordsCreated: MetricUnit.Count,
  RecordsUpdated: MetricUnit.Count,
  RecordsUnchanged: MetricUnit.Count,
  FirefishCalls: MetricUnit.Count,
  /** Calls that Firefish answered with 429. The limiter is there so that there are none. */
  FirefishRefusals: MetricUnit.Count,
  /** Calls that ended in 5xx, or in no answer. */
  FirefishFailures: MetricUnit.Count,
  FirefishLatency: MetricUnit.Milliseconds,
  /** Tenants at work whose breaker is open, each minute. */
  BreakersOpen: MetricUnit.Count,
  /** Tenants with events that have not ended, each minute. */
  TenantsAtWork: MetricUnit.Count,
} as const;

export type MetricName = keyof typeof METRICS;

/** Nothing is written until the invocation ends (`logMetrics`). */
export function measure(name: MetricName, value: number): void {
  metrics.addMetric(name, METRICS[name], value);
}
