/** What the sync says of its work: log lines with ids and outcomes, by tenant, and numbers over all tenants. */
import { errorFacts } from '../error-facts.ts';
import { logger } from '../logger.ts';
import { measure, type MetricName } from '../metrics.ts';
import type { Ended } from './finish.ts';
import type { WorkReport } from './worker.ts';

/** Of what did not end: why, until when; of an error its name and where it came from. */
export function reportWork({ tenantId, eventIds, deferral, error }: WorkReport): void {
  const facts = { tenantId, eventIds };
  if (error !== undefined) {
    measure('EventsCrashed', eventIds.length);
    logger.error('work broke off', { ...facts, ...errorFacts(error) });
  } else if (deferral !== undefined) {
    measure('EventsDeferred', eventIds.length);
    const until = new Date(deferral.at).toISOString();
    logger.info('events wait', { ...facts, reason: deferral.reason, until });
  }
}

const STATE_METRIC = { synced: 'EventsSynced', skipped: 'EventsSkipped', failed: 'EventsFailed' } as const;
const OPERATION_METRIC: Partial<Record<string, MetricName>> = {
  created: 'RecordsCreated',
  updated: 'RecordsUpdated',
  unchanged: 'RecordsUnchanged',
};

/** One line per event that ended: what became of it, and how long it took. */
export function reportEnded({ tenantId, event, outcome, endedBefore, at }: Ended): void {
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
    ...{ tenantId, eventId: event.sk, type: event.type, state, operations, lagMs },
    attempts: event.attempts + 1,
    batchId: event.batchId,
    ...reasonFor(outcome),
  });
}

/** Why it was skipped, in our own words; of a failure what comes before Firefish's own, which may name a person. */
function reasonFor({ state, reason }: Ended['outcome']): { reason?: string } {
  if (reason === undefined) return {};
  return { reason: state === 'failed' ? reason.replace(/:.*/s, '') : reason };
}
