import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import type { Deployment } from '../stack/deployment.ts';
import { examine, type Finding, ok, unknown, wrong } from './finding.ts';
import type { Stage } from './stage.ts';

const RUNTIME = 'nodejs24.x';
/** Where `npm run build` and each deployment leave the zips. */
const PACKAGE = new URL('../../.serverless/', import.meta.url);

export async function examineFunctions(
  stage: Stage,
  { functions, queueSources }: Deployment,
): Promise<{ findings: Finding[]; egressId: string | undefined }> {
  const client = new LambdaClient({});
  const differing: string[] = [];
  let egressId: string | undefined;
  const one = async (name: string): Promise<Finding[]> => {
    const FunctionName = `${stage.stackName}-${name}`;
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    egressId ??= found.Environment?.Variables?.['EGRESS_ID'];
    if (isBuilt(name, found) === false) differing.push(name);
    return [examineFunction(name, found)];
  };
  try {
    const findings = await Promise.all([
      ...functions.map(({ name }) => examine(`function ${name}`, () => one(name))),
      ...queueSources.map(({ functionName }) =>
        examine(`trigger of ${functionName}`, () => examineTrigger(client, stage, functionName)),
      ),
    ]);
    return { findings: [...findings.flat(), examineCode(differing)], egressId };
  } finally {
    client.destroy();
  }
}

function examineFunction(name: string, found: FunctionConfiguration): Finding {
  const { State, LastUpdateStatus, LastUpdateStatusReason, Runtime, LastModified } = found;
  const part = `function ${name}`;
  const facts = `${State ?? '?'}, last update ${LastUpdateStatus ?? '?'} at ${LastModified ?? '?'}, ${Runtime ?? '?'}`;
  if (LastUpdateStatus === 'InProgress' || State === 'Pending')
    return unknown(part, facts, 'wait a moment, then ask again');
  // Inactive: not called for long, and woken by the next call.
  const isUp = (State === 'Active' || State === 'Inactive') && LastUpdateStatus === 'Successful';
  if (!isUp)
    return wrong(
      part,
      `${facts} ${LastUpdateStatusReason ?? ''}`.trim(),
      'deploy again; see its log group if that does not help',
    );
  if (Runtime !== RUNTIME) return wrong(part, facts, `it should run on ${RUNTIME}: deploy again`);
  return ok(part, facts);
}

/** Without its trigger nothing is received from the queue: messages wait, and nobody notices for ten minutes. */
async function examineTrigger(client: LambdaClient, stage: Stage, name: string): Promise<Finding[]> {
  const part = `trigger of ${name}`;
  const FunctionName = `${stage.stackName}-${name}`;
  const { EventSourceMappings = [] } = await client.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  const [mapping] = EventSourceMappings;
  if (mapping === undefined) return [wrong(part, 'the queue has no trigger', 'deploy again')];
  const { State = '?', UUID = '' } = mapping;
  if (State === 'Enabled') return [ok(part, State)];
  if (State.endsWith('ing')) return [unknown(part, State, 'wait a moment, then ask again')];
  return [
    wrong(
      part,
      State,
      `aws lambda update-event-source-mapping --uuid ${UUID} --enabled: until then events only wait`,
    ),
  ];
}

/** Whether it is the code that was packaged last; undefined if nothing was. The same code makes the same zip. */
function isBuilt(name: string, { CodeSha256 }: FunctionConfiguration): boolean | undefined {
  try {
    const zip = readFileSync(new URL(`${name}.zip`, PACKAGE));
    return createHash('sha256').update(zip).digest('base64') === CodeSha256;
  } catch {
    return undefined;
  }
}

const examineCode = (differing: readonly string[]): Finding =>
  differing.length === 0
    ? ok('code', 'none other than in .serverless/, as far as that was built')
    : unknown(
        'code',
        `${differing.join(', ')}: other code than in .serverless/`,
        'npm run build packages this checkout there; if it still differs, deploy, or check out what is deployed',
      );
