/**
 * A caller who invokes a function directly does not use the route that names callers. Only CloudTrail knows them, and
 * only if it records Lambda invocations.
 */
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  type GetEventSelectorsCommandOutput,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { examine, type Finding, ok, wrong } from './finding.ts';

const PART = 'CloudTrail';
const LAMBDA = 'AWS::Lambda::Function';
const ALL_FUNCTIONS = /^arn:aws[\w-]*:lambda$/;

const advice = (trail: string): string =>
  `aws cloudtrail put-event-selectors --trail-name ${trail} --advanced-event-selectors '[{"Name":"Lambda invocations","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["${LAMBDA}"]}]},{"Name":"Management","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]'; it costs by the event`;

export async function examineTrail(): Promise<Finding[]> {
  const client = new CloudTrailClient({});
  try {
    return await examine(PART, () => findTrail(client));
  } finally {
    client.destroy();
  }
}

async function findTrail(client: CloudTrailClient): Promise<Finding[]> {
  const { trailList = [] } = await client.send(new DescribeTrailsCommand({}));
  if (trailList.length === 0) {
    return [
      wrong(
        PART,
        'there is no trail in this region: nobody can tell who has invoked a function directly',
        `aws cloudtrail create-trail, start-logging, then ${advice('<its name>')}`,
      ),
    ];
  }
  const recording: string[] = [];
  for (const trail of trailList)
    if (await recordsInvocations(client, trail)) recording.push(trail.Name ?? '?');
  if (recording.length > 0) return [ok(PART, `${recording.join(', ')}: records Lambda invocations`)];
  const [name = '?'] = trailList.map(({ Name }) => Name);
  return [
    wrong(
      PART,
      'no trail records Lambda invocations: nobody can tell who has invoked a function',
      advice(name),
    ),
  ];
}

async function recordsInvocations(client: CloudTrailClient, { TrailARN, Name }: Trail): Promise<boolean> {
  const trail = TrailARN ?? Name;
  const [status, selectors] = await Promise.all([
    client.send(new GetTrailStatusCommand({ Name: trail })),
    client.send(new GetEventSelectorsCommand({ TrailName: trail })),
  ]);
  return status.IsLogging === true && selects(selectors);
}

/** All functions: a list of single functions may miss ours after the next deployment. */
function selects({
  AdvancedEventSelectors = [],
  EventSelectors = [],
}: GetEventSelectorsCommandOutput): boolean {
  const isLambda = AdvancedEventSelectors.some(({ FieldSelectors = [] }) => {
    const fields = new Map(FieldSelectors.map((selector) => [selector.Field, selector]));
    return (
      fields.get('eventCategory')?.Equals?.includes('Data') === true &&
      fields.get('resources.type')?.Equals?.includes(LAMBDA) === true &&
      !fields.has('resources.ARN')
    );
  });
  return (
    isLambda ||
    EventSelectors.some(({ DataResources = [] }) =>
      DataResources.some(
        ({ Type, Values = [] }) => Type === LAMBDA && Values.some((value) => ALL_FUNCTIONS.test(value)),
      ),
    )
  );
}
