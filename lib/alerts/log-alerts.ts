import { logger } from '../logger.ts';
import type { Alert, Alerts } from './alert.ts';

/** Without a topic, on one machine, alerts go to the log, at a level that is never filtered out. */
export const logAlerts: Alerts = {
  tell: (alert) => {
    logAlert(alert);
    return Promise.resolve();
  },
};

export function logAlert({ kind, state, tenantId, domain, since }: Alert): void {
  logger.warn('alert', {
    alert: kind,
    alertState: state,
    tenantId,
    domain,
    since: new Date(since).toISOString(),
  });
}
