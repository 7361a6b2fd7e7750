import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import type { Route } from '../../local/stack/deployment.ts';
import { openHttpServer } from '../../local/http/http-server.ts';
import { makeInvokeHandler } from '../../local/http/invoke-server.ts';
import type { RunningServer } from '../../local/http/listen.ts';
import { makeFunction } from '../../local/stack/local-function.ts';
import { StartError } from '../../local/start-error.ts';

const routes: Route[] = [
  { functionName: 'f', method: 'POST', path: '/v1/events' },
  { functionName: 'f', method: 'GET', path: '/v1/events/{eventId}' },
  { functionName: 'f', method: 'GET', path: '/' },
];

let server: RunningServer | undefined;
const onError = jest.fn<(message: string) => void>();
afterEach(async () => {
  await server?.close();
  server = undefined;
  onError.mockClear();
});

type Handler = (event: APIGatewayProxyEventV2) => unknown;

async function open(
  handler: Handler,
  more: { timeoutMs?: number; requestTimeoutMs?: number } = {},
): Promise<string> {
  const f = makeFunction({ name: 'f', timeoutMs: more.timeoutMs ?? 5000, memoryMb: 128 }, (event) =>
    // The server makes no other events.
    handler(event as APIGatewayProxyEventV2),
  );
  const functions = new Map([['f', f]]);
  server = await openHttpServer({
    port: 0,
    routes,
    functions,
    onError,
    invokeHandler: makeInvokeHandler(functions, onError),
    ...(more.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: more.requestTimeoutMs }),
  });
  return server.url;
}

/** A server whose function answers the event it was given, and the event of one request. */
async function eventOf(path: string, init?: RequestInit): Promise<APIGatewayProxyEventV2> {
  const url = await open((event) => event);
  const response = await fetch(url + path, init);
  expect(response.status).toBe(200);
  return (await response.json()) as APIGatewayProxyEventV2;
}

describe('the HTTP API event (format 2.0) of a request', () => {
  test('has route, decoded parameters, raw query, and request data', async () => {
    const event = await eventOf('/v1/events/a%20b~c?x=1&y=%26&x=2', { headers: { 'User-Agent': 'whale' } });

    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /v1/events/{eventId}',
      rawPath: '/v1/events/a b~c',
      rawQueryString: 'x=1&y=%26&x=2',
      pathParameters: { eventId: 'a b~c' },
      queryStringParameters: { x: '1,2', y: '&' },
      isBase64Encoded: false,
      requestContext: {
        http: {
          method: 'GET',
          path: '/v1/events/a b~c',
          sourceIp: '127.0.0.1',
          userAgent: 'whale',
          protocol: 'HTTP/1.1',
        },
        stage: '$default',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        timeEpoch: expect.any(Number),
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
    });
    expect(event.body).toBeUndefined();
  });

  test('has lower-case header names, several values joined by commas, and separate cookies', async () => {
    const url = await open((event) => event);
    const event = await new Promise<APIGatewayProxyEventV2>((resolve, reject) => {
      httpRequest(
        `${url}/v1/events/1`,
        { headers: { 'X-Two': ['a', 'b'], Cookie: 'one=1; two=2', 'X-Forwarded-For': '10.0.0.1' } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            resolve(JSON.parse(text) as APIGatewayProxyEventV2);
          });
        },
      )
        .on('error', reject)
        .end();
    });

    expect(event.headers['x-two']).toBe('a, b');
    expect(event.cookies).toEqual(['one=1', 'two=2']);
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.headers['x-forwarded-for']).toBe('10.0.0.1, 127.0.0.1');
  });

  test.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['application/problem+json', true],
  ])('has a body of %s as base64: %s', async (type, base64) => {
    const event = await eventOf('/v1/events', {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'Zoë',
    });

    expect(event.isBase64Encoded).toBe(base64);
    expect(base64 ? Buffer.from(event.body!, 'base64').toString() : event.body).toBe('Zoë');
  });

  test('has text that is not UTF-8 as base64, with no byte changed', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const event = await eventOf('/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bytes,
    });

    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body!, 'base64')).toEqual(bytes);
  });

  test('keeps a byte order mark', async () => {
    const event = await eventOf('/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '\ufeff{}',
    });

    expect(event.body).toBe('\ufeff{}');
  });
});

describe('a function’s answer', () => {
  test('keeps status, headers, cookies and bytes', async () => {
    const url = await open(() => ({
      statusCode: 201,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': 7 },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from([1, 2, 255]).toString('base64'),
      isBase64Encoded: true,
    }));
    const response = await fetch(`${url}/v1/events/1`);

    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([1, 2, 255]));
  });

  test('without a status code is the JSON body of a 200', async () => {
    const url = await open(() => ({ ok: true }));
    const response = await fetch(`${url}/v1/events/1`);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ ok: true });
  });

  test.each([
    ['a status code that is none', { statusCode: 'fine' }],
    ['a body that is no text', { statusCode: 200, body: { not: 'text' } }],
  ])('with %s is a 500', async (_what, answer) => {
    const url = await open(() => answer);

    expect((await fetch(`${url}/v1/events/1`)).status).toBe(500);
  });
});

describe('API Gateway’s own answers', () => {
  const message = async (response: Response): Promise<unknown> => [response.status, await response.json()];

  test('unknown paths and methods are 404', async () => {
    const url = await open(() => ({}));

    expect(await message(await fetch(`${url}/nowhere`))).toEqual([404, { message: 'Not Found' }]);
    expect((await fetch(`${url}/v1/events`)).status).toBe(404);
    expect((await fetch(`${url}/v1/events/`)).status).toBe(404);
    expect((await fetch(`${url}/v1/events/1/2`)).status).toBe(404);
    expect((await fetch(`${url}/v1/events/1`, { method: 'HEAD' })).status).toBe(404);
  });

  test('a path that is not UTF-8 is 400', async () => {
    const url = await open(() => ({}));

    expect((await fetch(`${url}/v1/events/%ff`)).status).toBe(400);
  });

  test('a function that throws is 500, and only the log says why', async () => {
    const url = await open(() => {
      throw new RangeError('the secret reason');
    });

    expect(await message(await fetch(`${url}/v1/events/1`))).toEqual([
      500,
      { message: 'Internal Server Error' },
    ]);
    expect(onError).toHaveBeenCalledWith(expect.stringContaining('the secret reason'));
  });

  test('a function that exceeds its timeout is 500', async () => {
    const url = await open(() => new Promise(() => undefined), { timeoutMs: 50 });

    expect((await fetch(`${url}/v1/events/1`)).status).toBe(500);
    expect(onError).toHaveBeenCalledWith(expect.stringContaining('timed out after 0.05 seconds'));
  });

  test('a body over 10 MB is 413, whether its length was announced or not, and the server continues', async () => {
    const url = await open(() => ({ statusCode: 202 }));
    const large = Buffer.alloc(10 * 1024 * 1024 + 1);
    const post = (body: Buffer | ReadableStream): Promise<Response> =>
      fetch(`${url}/v1/events`, { method: 'POST', body, duplex: 'half' });

    expect(await message(await post(large))).toEqual([413, { message: 'Request Entity Too Large' }]);
    expect((await post(new Blob([large]).stream())).status).toBe(413);
    expect((await post(large.subarray(0, -1))).status).toBe(202);
  });

  test('headers over 10 kB are 431', async () => {
    const url = await open(() => ({}));

    expect((await fetch(`${url}/v1/events/1`, { headers: { 'x-long': 'x'.repeat(11_000) } })).status).toBe(
      431,
    );
  });

  test('a sender who takes too long is 408', async () => {
    const url = await open(() => ({}), { requestTimeoutMs: 200 });
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
      });
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => {
        resolve(text);
      });
      socket.on('error', reject);
    });

    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });

  test.each([
    ['its headers', 'POST /v1/events HTTP/1.1\r\nhost: x\r\nx-long: '],
    ['its body', 'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n'],
  ])('a sender who never pauses and never ends %s is 408, too', async (_, beginning) => {
    const taken = jest.fn(() => ({}));
    const url = await open(taken, { requestTimeoutMs: 300 });
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(beginning));
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('data', (chunk) => (text += chunk.toString()));
      // What is written after the answer meets a closed server.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(drip);
        resolve(text);
      });
    });

    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(taken).not.toHaveBeenCalled();
  });

  test('a sender who hangs up does not disturb others', async () => {
    const url = await open(() => ({ statusCode: 202 }));
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', () => {
          socket.resetAndDestroy();
          resolve();
        });
      });
    });

    expect((await fetch(`${url}/v1/events`, { method: 'POST' })).status).toBe(202);
  });
});

test('a port that is in use is reported in one line', async () => {
  const url = await open(() => ({}));
  const port = Number(new URL(url).port);

  const second = openHttpServer({ port, routes, functions: new Map(), onError });

  await expect(second).rejects.toThrow(StartError);
  await expect(second).rejects.toThrow(
    `port ${port} is in use; stop the program that uses it, or set PORT to another port`,
  );
});
