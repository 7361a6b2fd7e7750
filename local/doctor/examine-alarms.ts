import { CloudWatchClient, paginateDescribeAlarms, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { examine, type Finding, ok, unknown, wrong } from './finding.ts';
import type { Stage } from './stage.ts';

export async function examineAlarms(stage: Stage): Promise<Finding[]> {
  const cloudWatch = new CloudWatchClient({});
  const sns = new SNSClient({});
  try {
    const findings = await Promise.all([
      examine('alarms', () => examineStates(cloudWatch, stage)),
      examine('mails', () => examineTopic(sns, stage)),
    ]);
    return findings.flat();
  } finally {
    cloudWatch.destroy();
    sns.destroy();
  }
}

async function examineStates(client: CloudWatchClient, { stackName }: Stage): Promise<Finding[]> {
  const alarms: MetricAlarm[] = [];
  for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: `${stackName}-` })) {
    alarms.push(...(page.MetricAlarms ?? []));
  }
  if (alarms.length === 0) return [wrong('alarms', 'there are none', 'deploy again')];
  const ringing = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  if (ringing.length === 0) return [ok('alarms', `none of ${alarms.length} rings`)];
  return ringing.map(({ AlarmName = '', AlarmDescription = '', StateUpdatedTimestamp }) =>
    wrong(
      'alarms',
      // CloudFormation's name: the stack's, the logical id, and what makes it unique.
      `${AlarmName.slice(stackName.length + 1).replace(/-\w+$/, '')} has rung since ${StateUpdatedTimestamp?.toISOString() ?? '?'}`,
      AlarmDescription,
    ),
  );
}

async function examineTopic(client: SNSClient, { physicalIds }: Stage): Promise<Finding[]> {
  const TopicArn = physicalIds.get('AlarmTopic');
  if (TopicArn === undefined) return [wrong('mails', 'there is no topic', 'deploy again')];
  let confirmed = 0;
  let pending = 0;
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
    for (const { SubscriptionArn } of page.Subscriptions ?? []) {
      if (SubscriptionArn?.startsWith('arn:') === true) confirmed += 1;
      else pending += 1;
    }
  }
  if (confirmed > 0 && pending === 0) return [ok('mails', `${confirmed} subscribed`)];
  const ask = 'open the mail of AWS Notifications to that address, and confirm';
  if (confirmed > 0) return [unknown('mails', `${confirmed} subscribed, ${pending} not confirmed`, ask)];
  if (pending > 0)
    return [wrong('mails', 'nobody is told of alarms: the subscription is not confirmed', ask)];
  return [
    wrong('mails', 'nobody is told of alarms', 'deploy with --param=alarmEmail=you@your-company.example'),
  ];
}
