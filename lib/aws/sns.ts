import { SNSClient } from '@aws-sdk/client-sns';

/** One client per function instance. What can't be told within seconds is told by the next sweep. */
export function makeSnsClient(): SNSClient {
  return new SNSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
}
