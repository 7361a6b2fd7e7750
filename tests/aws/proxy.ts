/** In front of moto, as IAM is in front of AWS: it refuses what the caller's policies do not allow. */
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as ask,
  type ServerResponse,
} from 'node:http';
import { listen } from '../../local/http/listen.ts';
import type { Invocation } from '../../local/stack/local-function.ts';
import type { Decisions, Principal } from './decisions.ts';
import { type AwsRequest, type IamRequest, iamRequests, INVOCATION, type World } from './iam-requests.ts';
import type { PolicyDocument } from './policies.ts';

export interface ProxyOptions {
  motoUrl: string;
  decisions: Decisions;
  /** Lambda: moto would need Docker. */
  invoke: (functionName: string, payload: unknown) => Promise<Invocation>;
  /** Called with each accepted request. */
  onRequest: (principal: Principal, request: AwsRequest) => void;
}

export interface Proxy {
  url: string;
  /** Requests that are signed with this key are that principal's. */
  admit(accessKeyId: string, principal: Principal): void;
  /** What requests are about, from the deployed template. */
  know(world: World, resourcePolicies: ReadonlyMap<string, PolicyDocument>): void;
  /** Each kind of request that was allowed, once, by the name of its principal. */
  readonly allowed: ReadonlyMap<string, ReadonlyMap<string, IamRequest>>;
  /** What was refused, and what was not understood; a run empties it if it has asked for that. */
  readonly refused: string[];
  close(): Promise<void>;
}

export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const principals = new Map<string, Principal>();
  let world: World = { partitionKeys: new Map(), encryptedUnder: new Map() };
  let policies: ReadonlyMap<string, PolicyDocument> = new Map();
  const allowed = new Map<string, Map<string, IamRequest>>();
  const refused: string[] = [];

  /** A table's policy holds for its indexes, a bucket's for its objects. */
  const policyOf = (resource: string): PolicyDocument | undefined =>
    policies.get(resource) ??
    policies.get(resource.replace(/\/index\/.*$/, '')) ??
    policies.get(resource.replace(/\/.*$/, ''));

  /** Why the request is refused; nothing if it is allowed. */
  const judge = async (principal: Principal, request: AwsRequest): Promise<string | undefined> => {
    for (const asked of iamRequests(request, world)) {
      const { allowed: isAllowed } = await options.decisions.decide(
        principal,
        asked,
        policyOf(asked.resource),
      );
      const text = `${asked.action} on ${asked.resource} ${JSON.stringify(asked.context)}`;
      if (!isAllowed) return `${principal.name}: ${text}`;
      const known = allowed.get(principal.name) ?? new Map<string, IamRequest>();
      allowed.set(principal.name, known.set(text, asked));
    }
    return undefined;
  };

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readAll(message);
    const { accessKeyId, service } = signerOf(message);
    const principal = principals.get(accessKeyId);
    const request: AwsRequest = {
      ...{ service, method: message.method ?? '', headers: message.headers },
      url: new URL(message.url ?? '/', 'http://aws'),
      body: bytes.toString('utf8'),
    };
    const against =
      principal === undefined
        ? `nobody has the access key ${accessKeyId}`
        : await judge(principal, request).catch((error: unknown) => `${principal.name}: ${String(error)}`);
    if (principal === undefined || against !== undefined) {
      refused.push(against ?? '');
      refuse(response, service, against ?? '');
      return;
    }
    options.onRequest(principal, request);
    const invoked = service === 'lambda' ? INVOCATION.exec(request.url.pathname)?.[1] : undefined;
    if (invoked === undefined) forward(options.motoUrl, message, bytes, response);
    else
      answerInvocation(response, await options.invoke(decodeURIComponent(invoked), JSON.parse(request.body)));
  };

  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      refused.push(`the proxy failed: ${String(error)}`);
      response.destroy();
    });
  });
  const running = await listen(server, 0);
  return {
    url: running.url,
    admit: (accessKeyId, principal) => {
      principals.set(accessKeyId, principal);
    },
    know: (facts, resourcePolicies) => {
      // What an earlier stack left keeps its policy.
      world = {
        partitionKeys: new Map([...world.partitionKeys, ...facts.partitionKeys]),
        encryptedUnder: new Map([...world.encryptedUnder, ...facts.encryptedUnder]),
      };
      policies = new Map([...policies, ...resourcePolicies]);
    },
    allowed,
    refused,
    close: () => running.close(),
  };
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Who signed, and for which service: in the header, or in the query of a presigned request. */
function signerOf({ headers, url }: IncomingMessage): { accessKeyId: string; service: string } {
  const presigned = new URL(url ?? '/', 'http://aws').searchParams.get('X-Amz-Credential');
  const credential = presigned ?? /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  const [accessKeyId = '', , , service = ''] = credential.split('/');
  return { accessKeyId, service };
}

function forward(motoUrl: string, message: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const headers: OutgoingHttpHeaders = { ...message.headers, 'content-length': body.length };
  delete headers['transfer-encoding'];
  const onward = ask(new URL(message.url ?? '/', motoUrl), { method: message.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  // A caller that has gone waits for no message.
  response.on('close', () => onward.destroy());
  onward.end(body);
}

/** As each protocol says it. */
function refuse(response: ServerResponse, service: string, why: string): void {
  const text = `User is not authorized to perform: ${why}`.replaceAll('&', 'and').replaceAll('<', '(');
  if (['s3', 'sns', 'sts', 'cloudformation', 'iam'].includes(service)) {
    const error = `<Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`;
    response.writeHead(403, { 'content-type': 'text/xml' });
    response.end(service === 's3' ? error : `<ErrorResponse>${error}</ErrorResponse>`);
    return;
  }
  response.writeHead(service === 'lambda' ? 403 : 400, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-errortype': 'AccessDeniedException',
  });
  response.end(JSON.stringify({ __type: 'AccessDeniedException', message: text }));
}

function answerInvocation(response: ServerResponse, result: Invocation): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(result.ok ? {} : { 'x-amz-function-error': 'Unhandled' }),
  });
  response.end(JSON.stringify(result.ok ? result.payload : result.error));
}
