/**
 * Calls a deployed stage through its route for administration. Each request is signed with the caller's own AWS
 * credentials, so that the audit trail names the caller.
 */
import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { messageOf } from '../start-error.ts';
import { InvocationError } from './invoke.ts';

const SERVICE = 'sourcewhale-firefish';
const PATH = '/administration';
/** A little more than the 30 seconds within which an HTTP API answers. */
const TIMEOUT_MS = 35_000;

export const WHO_ASKS = 'AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_REGION say who asks, and where';

interface Stage {
  /** Of its HTTP API. */
  url: URL;
  region: string;
}

/** @throws InvocationError with what to do */
export async function invokeStage(stage: string, payload: unknown): Promise<unknown> {
  const { url, region } = await findStage(stage);
  const body = JSON.stringify(payload);
  const headers = await sign(url, region, body);
  let response: Response;
  try {
    // No retries: an act whose answer was lost may have been done.
    response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new InvocationError(
      `${url.host} did not answer (${messageOf(error)}). The act may have been done: check with show`,
      false,
      { cause: error },
    );
  }
  return readAnswer(response, url.host);
}

/** The stack's output says where its HTTP API is. @throws InvocationError */
async function findStage(stage: string): Promise<Stage> {
  // Loaded here, because the local stack does not need it.
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({});
  const StackName = `${SERVICE}-${stage}`;
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    const url = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'HttpApiUrl')?.OutputValue;
    if (url === undefined) throw new Error('it has no output HttpApiUrl');
    return { url: new URL(PATH, url), region: await client.config.region() };
  } catch (error) {
    throw new InvocationError(
      `the stack ${StackName} can't be looked up: ${messageOf(error)}; ${WHO_ASKS}`,
      false,
      {
        cause: error,
      },
    );
  } finally {
    client.destroy();
  }
}

async function sign(url: URL, region: string, body: string): Promise<Record<string, string>> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const signer = new SignatureV4({
    credentials: defaultProvider(),
    region,
    service: 'execute-api',
    sha256: Sha256Node,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/json' },
    body,
  });
  return headers;
}

/** The route's answer to a request that it does not accept, to one that is refused, and to one that failed. */
async function readAnswer(response: Response, host: string): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    throw new InvocationError(`${host} answered ${response.status} without JSON: is it this system?`);
  }
  if (response.ok) return answer;
  const { type, detail, message, requestId } = answer as Partial<Record<string, string>>;
  if (type === '/problems/act-refused') throw new InvocationError(detail ?? '');
  if (type === '/problems/invalid-request') throw new InvocationError(detail ?? '', true);
  if (response.status === 403) {
    throw new InvocationError(
      `${host} does not let these AWS credentials in (${message ?? ''}): they need execute-api:Invoke on POST ${PATH}`,
    );
  }
  throw new InvocationError(
    `${host} answered ${response.status} (${detail ?? message ?? ''}). The act may have been done: check with show. The log has more under ${requestId ?? response.headers.get('apigw-requestid') ?? 'its time'}`,
  );
}
