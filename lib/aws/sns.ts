import { SNSClient } from '@aws-sdk/client-sns';

/** One client per function instance. If a mail cannot be sent within seconds, the next sweep sends it. */
export function makeSnsClient(): SNSClient {
  return new SNSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
}
