import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/**
 * One set of metrics per function instance, written as lines of the log (EMF) that CloudWatch reads: they need no call
 * and no permission. Their only dimension is the service. With the tenant's id as a dimension, every number of each
 * tenant would be a separate metric, at $0.30 a month each. For one tenant, the log lines have `tenantId`.
 */
export const metrics = new Metrics({
  logger: {
    ...console,
    // An invocation without metrics is normal; Powertools would warn each time.
    warn: (...words: unknown[]) => {
      if (!String(words[0]).startsWith('No application metrics')) console.warn(...words);
    },
  },
});

/** Every metric. The comments are the text of docs/metrics.md; tests/template compares dashboard and alarms with this list. */
export const METRICS = {
  /** Events stored for the first time. */
  EventsReceived: MetricUnit.Count,
  /** Repeats of events that are stored already: SourceWhale sends again until it gets a 202. */
  EventsRepeated: MetricUnit.Count,
  /** Events that SourceWhale has to change, or to send again. */
  EventsRejected: MetricUnit.Count,
  /** Events that ended synced. */
  EventsSynced: MetricUnit.Count,
  /** Events that ended skipped, by a rule or a setting. */
  EventsSkipped: MetricUnit.Count,
  /** Events that ended failed. */
  EventsFailed: MetricUnit.Count,
  /** How often an event was deferred for more than ten seconds. */
  EventsDeferred: MetricUnit.Count,
  /** How often the work on an event, or a whole turn, failed because of our own error; it is tried again. */
  EventsCrashed: MetricUnit.Count,
  /** The time from the 202 to the end of an event that ends for the first time. */
  SyncLag: MetricUnit.Milliseconds,
  /** Records that were created in Firefish. */
  RecordsCreated: MetricUnit.Count,
  /** Records that were updated in Firefish. */
  RecordsUpdated: MetricUnit.Count,
  /** Records that needed no change for an event. */
  RecordsUnchanged: MetricUnit.Count,
  /** Calls to Firefish. */
  FirefishCalls: MetricUnit.Count,
  /** Calls that Firefish answered with 429. The limiter exists to prevent them. */
  FirefishRefusals: MetricUnit.Count,
  /** Calls that ended in 5xx or without an answer. */
  FirefishFailures: MetricUnit.Count,
  /** The time from a call to Firefish to its answer. */
  FirefishLatency: MetricUnit.Milliseconds,
  /** Tenants with open events whose circuit breaker is open, counted each minute. */
  BreakersOpen: MetricUnit.Count,
  /** Tenants with open events, counted each minute. */
  TenantsAtWork: MetricUnit.Count,
} as const;

export type MetricName = keyof typeof METRICS;

/** Nothing is written until the invocation ends (`logMetrics`). */
export function measure(name: MetricName, value: number): void {
  metrics.addMetric(name, METRICS[name], value);
}
