/** The administration's door, as an administrator's tool would use it. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Credentials } from './sourcewhale.ts';

/** Enables the tenant of this domain. @throws Error with the function's own words */
export async function enableTenant(
  domain: string,
  firefish: { firefishClientId: string; firefishClientSecret: string },
): Promise<Credentials> {
  const lambda = new LambdaClient({});
  try {
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({
        FunctionName: 'provision',
        Payload: JSON.stringify({ verb: 'enable', domain, ...firefish }),
      }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) as Partial<Credentials>;
    const { clientId, clientSecret } = answer;
    if (FunctionError !== undefined || clientId === undefined || clientSecret === undefined) {
      throw new Error(`the tenant could not be enabled: ${JSON.stringify(answer)}`);
    }
    return { clientId, clientSecret };
  } finally {
    lambda.destroy();
  }
}
