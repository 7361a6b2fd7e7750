import { SQSClient } from '@aws-sdk/client-sqs';

/**
 * One client per function instance. The endpoint is the SDK's own (AWS_ENDPOINT_URL_SQS if it is set), never
 * the host in the queue's URL, so that an emulator is reached by whatever name it gives its queues.
 */
export function makeSqsClient(): SQSClient {
  return new SQSClient({
    useQueueUrlAsEndpoint: false,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
}
