import { makeSnsClient } from '../aws/sns.ts';
import type { Config } from '../config.ts';
import type { Alerts } from './alert.ts';
import { logAlerts } from './log-alerts.ts';
import { SnsAlerts } from './sns-alerts.ts';

/** Alerts go to the topic if the deployment has one, else to the log. */
export const openAlertsChannel = ({ ALARM_TOPIC_ARN }: Pick<Config, 'ALARM_TOPIC_ARN'>): Alerts =>
  ALARM_TOPIC_ARN === undefined ? logAlerts : new SnsAlerts(makeSnsClient(), ALARM_TOPIC_ARN);
