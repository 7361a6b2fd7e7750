import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { makeInvokeHandler, openInvokeServer } from '../../local/http/invoke-server.ts';
import type { RunningServer } from '../../local/http/listen.ts';
import { makeFunction } from '../../local/stack/local-function.ts';

const asked = jest.fn<(event: unknown) => void>();
const onError = jest.fn<(message: string) => void>();
let server: RunningServer;
let lambda: LambdaClient;

beforeAll(async () => {
  const provision = makeFunction({ name: 'provision', timeoutMs: 1000, memoryMb: 128 }, (event, context) => {
    asked(event);
    if ((event as { verb?: string }).verb === 'break') throw new TypeError('no such tenant');
    return { event, remaining: context.getRemainingTimeInMillis(), name: context.functionName };
  });
  server = await openInvokeServer(makeInvokeHandler(new Map([['provision', provision]]), onError));
  lambda = new LambdaClient({
    endpoint: server.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
});
afterAll(async () => {
  lambda.destroy();
  await server.close();
});

const invoke = async (
  payload: unknown,
  more: Partial<ConstructorParameters<typeof InvokeCommand>[0]> = {},
) => {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: 'provision', Payload: JSON.stringify(payload), ...more }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  return { ...answer, json: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>) };
};

describe('the Lambda Invoke server, called by the AWS SDK', () => {
  test('returns the function’s answer', async () => {
    const { StatusCode, FunctionError, json } = await invoke({ verb: 'list' });

    expect(StatusCode).toBe(200);
    expect(FunctionError).toBeUndefined();
    expect(json).toMatchObject({ event: { verb: 'list' }, name: 'provision' });
    expect(json!.remaining).toBeGreaterThan(500);
    expect(json!.remaining).toBeLessThanOrEqual(1000);
  });

  test('returns the error of a function that throws, marked as unhandled', async () => {
    const { FunctionError, json } = await invoke({ verb: 'break' });

    expect(FunctionError).toBe('Unhandled');
    expect(json).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such tenant' });
  });

  test('accepts an ARN with a qualifier as the name of the function', async () => {
    const { json } = await invoke(
      { verb: 'show' },
      { FunctionName: 'arn:aws:lambda:eu-west-2:000000000000:function:provision:live' },
    );

    expect(json).toMatchObject({ event: { verb: 'show' } });
  });

  test('answers not found for an unknown function', async () => {
    await expect(invoke({}, { FunctionName: 'nobody' })).rejects.toThrow(ResourceNotFoundException);
  });

  test('accepts an Event invocation at once, and invokes nothing for a DryRun', async () => {
    asked.mockClear();

    expect((await invoke({ verb: 'dry' }, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
    expect(asked).not.toHaveBeenCalled();
    expect((await invoke({ verb: 'event' }, { InvocationType: 'Event' })).StatusCode).toBe(202);
    expect(asked).toHaveBeenCalledWith({ verb: 'event' });
  });

  test('refuses a payload that is not JSON', async () => {
    await expect(invoke({}, { Payload: '{' })).rejects.toThrow('the payload is not JSON');
  });
});

describe('an invocation is accepted from', () => {
  const status = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      httpRequest(
        `${server.url}/2015-03-31/functions/provision/invocations`,
        { method: 'POST', headers },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      )
        .on('error', reject)
        .end('{}');
    });

  test('a program on this machine, with any of its host names', async () => {
    expect(await status({})).toBe(200);
    expect(await status({ host: 'localhost:4000' })).toBe(200);
    expect(await status({ host: '[::1]:4000' })).toBe(200);
  });

  test('no web page, and nobody with a host name that was made to lead here', async () => {
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ host: 'evil.example:4000' })).toBe(403);
    expect(await status({ host: '127.0.0.1.evil.example' })).toBe(403);
  });
});
