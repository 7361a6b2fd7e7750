import { errorFacts } from '../error-facts.ts';
import { logger } from '../logger.ts';
import type { WorkReport } from './worker.ts';

/** One line per person worked on: ids and outcomes, and of an error its name and where it came from. */
export function logWork({ tenantId, eventIds, deferral, error }: WorkReport): void {
  const facts = { tenantId, eventIds };
  if (error !== undefined) {
    logger.error('events will be delivered again', { ...facts, ...errorFacts(error) });
  } else if (deferral !== undefined) {
    logger.info('events wait', {
      ...facts,
      reason: deferral.reason,
      until: new Date(deferral.at).toISOString(),
    });
  } else {
    logger.info('events ended', facts);
  }
}
