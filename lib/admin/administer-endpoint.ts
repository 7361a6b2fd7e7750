/** `POST /administration`: one act by the caller that the route's IAM authorizer has accepted. */
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithIAMAuthorizer } from 'aws-lambda';
import * as z from 'zod';
import { Problem } from '../http/problem.ts';
import { readJson } from '../http/read-json.ts';
import { type HttpResponse, json } from '../http/response.ts';
import { runVerb } from './run-verb.ts';
import { AdminError, type AdminServices, UsageError } from './verb.ts';

const MAX_BODY_BYTES = 100_000;

const identitySchema = z.object({ iam: z.object({ userArn: z.string().min(1) }) });

/** @throws Problem if the route does not name the caller: nothing is done without a name */
function callerOf({ requestContext }: APIGatewayProxyEventV2): string {
  const { authorizer } = requestContext as Partial<APIGatewayProxyEventV2WithIAMAuthorizer['requestContext']>;
  const identity = identitySchema.safeParse(authorizer);
  if (!identity.success) throw new Problem('unauthorized', 'Sign the request with AWS Signature Version 4.');
  return identity.data.iam.userArn;
}

export const administerEndpoint =
  (services: AdminServices) =>
  async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const by = callerOf(event);
    const payload = readJson(event, MAX_BODY_BYTES);
    try {
      const { requestId } = event.requestContext;
      const result = await runVerb(services, payload, { by, requestId, role: 'operator' });
      return json(200, result ?? null);
    } catch (error) {
      if (error instanceof AdminError) throw new Problem('act-refused', error.message);
      if (error instanceof UsageError) throw new Problem('invalid-request', error.message);
      throw error;
    }
  };
