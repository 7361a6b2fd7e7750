import { type Finding, ok, unknown, wrong } from './finding.ts';
import type { Stage } from './stage.ts';

export function examineStack(stage: Stage): Finding[] {
  return [examineStatus(stage), examineDrift(stage)];
}

function examineStatus({ stackName, status, statusReason }: Stage): Finding {
  const found = `${stackName}: ${status}${statusReason === undefined ? '' : ` (${statusReason})`}`;
  if (status.endsWith('_IN_PROGRESS'))
    return unknown('stack', found, 'wait until the deployment has ended, then ask again');
  if (/^(CREATE|UPDATE)_COMPLETE$/.test(status)) return ok('stack', found);
  return wrong(
    'stack',
    found,
    status === 'UPDATE_ROLLBACK_COMPLETE'
      ? 'the last deployment was taken back and the one before it runs: see the events of the stack for why, then deploy again'
      : 'see the events of the stack in CloudFormation for why, then deploy again',
  );
}

function examineDrift({ stackName, drift, driftCheckedAt }: Stage): Finding {
  const found = `${drift}${driftCheckedAt === undefined ? '' : `, looked at ${driftCheckedAt.toISOString()}`}`;
  const again = `aws cloudformation detect-stack-drift --stack-name ${stackName}, then ask again`;
  if (drift === 'IN_SYNC') return ok('drift', found);
  if (drift !== 'DRIFTED') return unknown('drift', found, again);
  return wrong(
    'drift',
    `${found}: someone has changed by hand what the template made`,
    `aws cloudformation describe-stack-resource-drifts --stack-name ${stackName} says what; put it into serverless.yml, or deploy again`,
  );
}
