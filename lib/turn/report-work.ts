/** What the sync says of its work: log lines with ids and outcomes, by tenant, and numbers over all tenants. */
import type { TenantId, EventId } from '../ids.ts';
import { errorFacts } from '../error-facts.ts';
import { logger } from '../logger.ts';
import { type MetricName, measure } from '../metrics.ts';
import type { Ended } from './finish-event.ts';

export interface WorkReport {
  tenantId: TenantId;
  /** Empty where it concerns the whole turn. */
  eventIds: EventId[];
  /** Why and until when (epoch milliseconds) the events wait. */
  wait?: { reason: string; until: number };
  error?: unknown;
}

/** Of events that did not end: why, until when; of an error its name and where it came from. */
export function reportWork({ tenantId, eventIds, wait, error }: WorkReport): void {
  const facts = { tenantId, eventIds };
  if (error !== undefined) {
    measure('EventsCrashed', Math.max(1, eventIds.length));
    logger.error('work failed', { ...facts, ...errorFacts(error) });
  } else if (wait !== undefined) {
    measure('EventsDeferred', Math.max(1, eventIds.length));
    logger.info('events wait', {
      ...facts,
      reason: wait.reason,
      until: new Date(wait.until).toISOString(),
    });
  }
}

const STATE_METRIC = { synced: 'EventsSynced', skipped: 'EventsSkipped', failed: 'EventsFailed' } as const;
const OPERATION_METRIC: Partial<Record<string, MetricName>> = {
  created: 'RecordsCreated',
  updated: 'RecordsUpdated',
  unchanged: 'RecordsUnchanged',
};

/** One line for each event that ended: its outcome, and how long it took. */
export function reportEnded({ tenantId, eventId, event, outcome, endedBefore, at }: Ended): void {
  const { state, actions } = outcome;
  const operations = actions.map(({ entity, operation }) => `${entity} ${operation}`);
  const lagMs = at - event.receivedAt;
  measure(STATE_METRIC[state], 1);
  // An event that is replayed, or planned again when its person appears, is late for another reason.
  if (!endedBefore) measure('SyncLag', lagMs);
  for (const { operation } of actions) {
    const name = OPERATION_METRIC[operation];
    if (name !== undefined) measure(name, 1);
  }
  logger.info('event ended', {
    ...{ tenantId, eventId, type: event.type, state, operations, lagMs },
    attempts: event.attempts + 1,
    batchId: event.batchId,
    // Firefish's own words are in `outcome.words`, never here.
    ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
  });
}
