/** Administration, by direct invocation: IAM decides who may. The payload is `{"verb", …}`. */
import middy from '@middy/core';
import { openAdminServices } from '../lib/admin/open-services.ts';
import { runVerb } from '../lib/admin/run-verb.ts';

const services = await openAdminServices();

export const handler = middy().handler((payload, { awsRequestId }) =>
  // It does not say who invoked it: CloudTrail knows, by the request id.
  runVerb(services, payload, { by: 'direct invocation', requestId: awsRequestId }),
);
