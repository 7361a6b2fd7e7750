import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * One client per function instance. A write takes milliseconds: it is better to try again soon than to let the sender
 * wait for a connection that broke while the instance was frozen.
 */
export function makeDynamoClient(): DynamoDBClient {
  const client = new DynamoDBClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  // It would copy every item for a log. That is useless, and no item may ever be logged.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
