import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';

/** A deployed stage as CloudFormation knows it. */
export interface Stage {
  name: string;
  stackName: string;
  status: string;
  statusReason: string | undefined;
  /** `IN_SYNC`, `DRIFTED` or `NOT_CHECKED`; from the last check. */
  drift: string;
  driftCheckedAt: Date | undefined;
  outputs: ReadonlyMap<string, string>;
  /** By logical id. */
  physicalIds: ReadonlyMap<string, string>;
}

/** `undefined` if there is no such stack. @throws what the SDK throws */
export async function findStage(service: string, name: string): Promise<Stage | undefined> {
  const client = new CloudFormationClient({});
  const stackName = `${service}-${name}`;
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const stack = Stacks?.[0];
    if (stack === undefined) return undefined;
    const physicalIds = new Map<string, string>();
    for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
      for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        if (LogicalResourceId !== undefined && PhysicalResourceId !== undefined)
          physicalIds.set(LogicalResourceId, PhysicalResourceId);
      }
    }
    return {
      name,
      stackName,
      status: stack.StackStatus ?? 'UNKNOWN',
      statusReason: stack.StackStatusReason,
      drift: stack.DriftInformation?.StackDriftStatus ?? 'NOT_CHECKED',
      driftCheckedAt: stack.DriftInformation?.LastCheckTimestamp,
      outputs: new Map(
        (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
      ),
      physicalIds,
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message))
      return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
