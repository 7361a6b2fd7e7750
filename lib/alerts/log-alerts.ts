import { logger } from '../logger.ts';
import type { Alert, Alerts } from './alert.ts';

/** Where there is no topic, on one machine, the log is all there is: at a level that is never filtered away. */
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
