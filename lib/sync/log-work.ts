import { logger } from '../logger.ts';
import type { WorkReport } from './worker.ts';

/** One line per person worked on: ids and outcomes, and of an error its name and where it came from. */
export function logWork({ tenantId, eventIds, deferral, error }: WorkReport): void {
  const facts = { tenantId, eventIds };
  if (error !== undefined) {
    logger.error('events will be delivered again', { ...facts, cause: nameOf(error), stack: stackOf(error) });
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

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** Where it happened, without the message: that may hold what somebody sent. */
const stackOf = (error: unknown): string[] =>
  error instanceof Error
    ? (error.stack ?? '')
        .split('\n')
        .filter((line) => /^\s+at /.test(line))
        .slice(0, 8)
    : [];
