import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type Alert, type Alerts, describeAlert } from './alert.ts';
import { logAlert } from './log-alerts.ts';

/** To the topic of the stage, whose subscribers get a mail. Its attributes let a subscription filter. */
export class SnsAlerts implements Alerts {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async tell(alert: Alert): Promise<void> {
    const { subject, text } = describeAlert(alert);
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#topicArn,
        Subject: subject,
        Message: text,
        MessageAttributes: {
          alert: { DataType: 'String', StringValue: alert.kind },
          state: { DataType: 'String', StringValue: alert.state },
          domain: { DataType: 'String', StringValue: alert.domain },
        },
      }),
    );
    logAlert(alert);
  }
}
