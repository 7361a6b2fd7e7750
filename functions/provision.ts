/** Administration, by direct invocation: IAM decides who may. The payload is `{"verb", …}`. */
import middy from '@middy/core';
import { openAdminServices } from '../lib/admin/open-services.ts';
import { runVerb } from '../lib/admin/run-verb.ts';
import { AdminError, UsageError } from '../lib/admin/verb.ts';
import { logger } from '../lib/logger.ts';

const services = await openAdminServices();

export const handler = middy().handler(async (payload, { awsRequestId: requestId }) => {
  try {
    // It does not say who invoked it: CloudTrail knows, by the request id.
    return await runVerb(services, payload, { by: 'direct invocation', requestId });
  } catch (error) {
    if (error instanceof AdminError || error instanceof UsageError) {
      logger.warn('act refused', { cause: error.name, requestId });
      // The answer to whoever invoked it, in the only form there is: Lambda takes it for a crash, and logs what led there.
      error.stack = `${error.name}: ${error.message}`;
    }
    throw error;
  }
});
