/** Over the wire: state in DynamoDB, alerts through SNS to a queue that is subscribed as a mailbox would be. */
import type { TenantId, EventId } from '../../../lib/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ALERT_KINDS, type Alerts, describeAlert } from '../../../lib/alerts/alert.ts';
import { OVER_AFTER_MS } from '../../../lib/alerts/alert-state.ts';
import { FAILURES_ARE_NEWS_FOR_MS, OUTAGE_TOLD_AFTER_MS } from '../../../lib/alerts/conditions.ts';
import { SnsAlerts } from '../../../lib/alerts/sns-alerts.ts';
import { openAlerts, watch, type WatchDeps } from '../../../lib/alerts/watch.ts';
import { makeSnsClient } from '../../../lib/aws/sns.ts';
import { DynamoTable } from '../../../lib/store/dynamo-table.ts';
import { ALERTS_PARTITION } from '../../../lib/store/keys.ts';
import { endedIndex, eventItemKey, turnKey } from '../../../lib/store/sync-keys.ts';
import { type LocalAws, startAws } from '../../support/aws.ts';
import { TestClock } from '../../support/clock.ts';

interface Mail {
  TopicArn: string;
  Subject: string;
  Message: string;
  MessageAttributes: Record<string, { Value: string }>;
}

const MINUTE = 60_000;
let aws: LocalAws;
let dynamo: DynamoDBClient;
let sns: SNSClient;
let sqs: SQSClient;
let clock: TestClock;
let table: DynamoTable;
let deps: WatchDeps;
let mailbox: string;
let tenantId: TenantId;
let count = 0;
/** When the tenants' Firefish credentials were given. */
let givenAt = 1;
const statuses = new Map<string, 'enabled' | 'disabled'>();

beforeAll(async () => {
  aws = await startAws();
  process.env['AWS_ENDPOINT_URL_SNS'] = process.env['AWS_ENDPOINT_URL_SQS'];
  dynamo = new DynamoDBClient({});
  sns = makeSnsClient();
  sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
});
afterAll(async () => {
  dynamo.destroy();
  sns.destroy();
  sqs.destroy();
  await aws.close();
});

beforeEach(async () => {
  count += 1;
  tenantId = `t_${count}` as TenantId;
  statuses.clear();
  // Expiry in DynamoDB is the real clock's.
  clock = new TestClock(Date.now() + count * 30 * 24 * 60 * MINUTE);
  table = new DynamoTable(dynamo, 'sync', clock);
  for (const { pk, sk } of (await table.query({ pk: ALERTS_PARTITION })).items)
    await table.delete({ pk, sk });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `alarms-${count}` }));
  const queue = await sqs.send(new CreateQueueCommand({ QueueName: `mailbox-${count}` }));
  mailbox = queue.QueueUrl!;
  const Endpoint = `arn:aws:sqs:eu-west-1:000000000000:mailbox-${count}`;
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  deps = {
    table,
    clock,
    alerts: new SnsAlerts(sns, TopicArn!),
    readTenant: (id) =>
      Promise.resolve({
        domain: `${id}.firefishsoftware.com`,
        status: statuses.get(id) ?? 'enabled',
        firefishCheckedAt: givenAt,
      }),
  };
});

/** Reads and removes what is in the mailbox. */
async function mails(): Promise<Mail[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: mailbox, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }),
  );
  return Messages.map(({ Body }) => JSON.parse(Body!) as Mail);
}
const subjects = async (): Promise<string[]> => (await mails()).map(({ Subject }) => Subject);

const openBreaker = (reason: 'credentials' | 'outage', id = tenantId): Promise<unknown> => {
  const trouble = { reason, since: clock.now() };
  return table.put({ ...turnKey(id), trouble, firefishGivenAt: givenAt }, 'anything');
};
const failEvent = (eventId: string): Promise<unknown> =>
  table.put(
    {
      ...eventItemKey(tenantId, eventId as EventId),
      state: 'failed',
      indexPk: endedIndex(tenantId, 'failed'),
      indexSk: new Date(clock.now()).toISOString(),
    },
    'anything',
  );
/** What the sweeper does each minute. */
async function watchFor(milliseconds: number, atWork: TenantId[] = [tenantId]): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += MINUTE) {
    await watch(deps, atWork);
    clock.advance(MINUTE);
  }
}

describe('a mail is sent', () => {
  test('once when Firefish refuses the credentials, with the agency and what to do, and once when it is over', async () => {
    await openBreaker('credentials');
    // Longer than an outage must last to be reported; this problem is not reported as an outage, too.
    await watchFor(OUTAGE_TOLD_AFTER_MS + 5 * MINUTE);
    const [mail, ...more] = await mails();
    expect(more).toEqual([]);
    const domain = `${tenantId}.firefishsoftware.com`;
    expect(mail!.Subject).toBe(`${domain}: Firefish refuses the credentials`);
    expect(mail!.Message).toContain(`npm run admin -- firefish-credentials --domain ${domain}`);
    expect(mail!.MessageAttributes).toMatchObject({
      alert: { Value: 'credentials-refused' },
      state: { Value: 'raised' },
      domain: { Value: domain },
    });
    givenAt += 1;
    await watchFor(OVER_AFTER_MS + 5 * MINUTE);
    expect(await subjects()).toEqual([`Over: ${domain}: Firefish refuses the credentials`]);
  });

  test('about an outage only after it has lasted, because most outages end soon', async () => {
    await openBreaker('outage');
    await watchFor(OUTAGE_TOLD_AFTER_MS);
    expect(await mails()).toEqual([]);
    await watchFor(2 * MINUTE);
    expect(await subjects()).toEqual([`${tenantId}.firefishsoftware.com: Firefish does not answer`]);
  });

  test('about failed events once for all of them, and once when they are replayed', async () => {
    for (const id of ['a', 'b', 'c']) await failEvent(id);
    await watchFor(3 * MINUTE);
    await failEvent('d');
    await watchFor(3 * MINUTE);
    expect(await subjects()).toEqual([`${tenantId}.firefishsoftware.com: events have failed`]);
    for (const id of ['a', 'b', 'c', 'd']) await table.delete(eventItemKey(tenantId, id as EventId));
    await watchFor(OVER_AFTER_MS + 2 * MINUTE);
    expect(await subjects()).toEqual([`Over: ${tenantId}.firefishsoftware.com: events have failed`]);
  });

  test('again about events that fail a day after the last ones, although nobody has replayed those', async () => {
    await failEvent('monday');
    await watchFor(MINUTE);
    clock.advance(FAILURES_ARE_NEWS_FOR_MS);
    await watchFor(OVER_AFTER_MS + 2 * MINUTE, []);
    await failEvent('wednesday');
    await watchFor(2 * MINUTE);
    expect((await subjects()).map((subject) => subject.startsWith('Over: '))).toEqual([false, true, false]);
  });

  test('about the end also if the agency has no more work, or was disabled', async () => {
    await openBreaker('credentials');
    await watchFor(MINUTE);
    statuses.set(tenantId, 'disabled');
    await watchFor(OVER_AFTER_MS + 2 * MINUTE, []);
    expect((await subjects()).at(-1)).toMatch(/^Over: /);
    expect(await openAlerts(table, tenantId)).toEqual([]);
  });

  test('once if ten sweeps see it at the same moment', async () => {
    await openBreaker('credentials');
    await Promise.all(Array.from({ length: 10 }, () => watch(deps, [tenantId])));
    expect(await subjects()).toHaveLength(1);
    expect(await openAlerts(table, tenantId)).toMatchObject([{ kind: 'credentials-refused', told: true }]);
  });

  test('by the next sweep if the topic did not answer, without delay for other mails', async () => {
    const other = `${tenantId}_other` as TenantId;
    await openBreaker('credentials');
    await openBreaker('credentials', other);
    const { alerts } = deps;
    const broken: Alerts = {
      tell: (alert) =>
        alert.tenantId === other ? alerts.tell(alert) : Promise.reject(new Error('no answer')),
    };
    await expect(watch({ ...deps, alerts: broken }, [tenantId, other])).rejects.toThrow(
      'some tenants could not be watched',
    );
    expect(await subjects()).toEqual([`${other}.firefishsoftware.com: Firefish refuses the credentials`]);
    expect(await openAlerts(table, tenantId)).toMatchObject([{ told: false }]);
    clock.advance(MINUTE);
    await watch(deps, [tenantId, other]);
    expect(await subjects()).toEqual([`${tenantId}.firefishsoftware.com: Firefish refuses the credentials`]);
  });

  test('about nobody if there is no problem, and then nothing is written', async () => {
    await watchFor(5 * MINUTE);
    expect(await mails()).toEqual([]);
    expect(await watch(deps, [tenantId])).toEqual({ tenants: 1, breakersOpen: 0 });
    expect((await table.query({ pk: ALERTS_PARTITION })).items).toEqual([]);
  });
});

describe('the text of a mail', () => {
  const alert = {
    state: 'raised' as const,
    tenantId: 't_1' as TenantId,
    domain: `${'long-'.repeat(40)}.firefishsoftware.com`,
    since: 0,
    at: MINUTE,
  };

  test.each(ALERT_KINDS)('about %s is short enough for SNS, and names the agency in full', (kind) => {
    const { subject, text } = describeAlert({ ...alert, kind });
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    expect(text).toContain(alert.domain);
    expect(text).toContain(`docs/operations.md, "${kind}"`);
  });
});
