/**
 * A deployed function: its zip unpacked, run by AWS's own runtime client under a Runtime API. One invocation at a time in
 * each instance, frozen in between, ended at its time limit, with the environment that Lambda has for it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listen } from '../../local/http/listen.ts';
import type { Invocation, LocalFunction } from '../../local/stack/local-function.ts';
import { REGION } from './moto.ts';

export interface LambdaOptions {
  name: string;
  functionName: string;
  arn: string;
  /** `functions/sync.handler` */
  handler: string;
  /** The directory in which the zip is unpacked. */
  directory: string;
  timeoutMs: number;
  memoryMb: number;
  environment: Record<string, string>;
  /** The module that is the runtime's process. */
  runtimeClient: string;
  /** Told how long an instance took from its start until it asked for work. */
  onColdStart: (milliseconds: number) => void;
  /** Told what the function wrote: of each instance in order. */
  onLog: (logStream: string, lines: string[]) => Promise<void>;
}

export interface DeployedFunction extends LocalFunction {
  /** Ends all instances. */
  end(): void;
}

const RUNTIME = '/2018-06-01/runtime';

export function deployFunction(options: LambdaOptions): DeployedFunction {
  const idle: Instance[] = [];
  const all = new Set<Instance>();
  return {
    name: options.name,
    timeoutMs: options.timeoutMs,
    hurry: () => undefined,
    invoke: async (event) => {
      let instance = idle.pop();
      if (instance === undefined) {
        instance = new Instance(options);
        all.add(instance);
      }
      const result = await instance.invoke(event);
      if (instance.isGone) all.delete(instance);
      else idle.push(instance);
      return result;
    },
    end: () => {
      for (const instance of all) instance.end();
    },
  };
}

/** What a runtime printed last says why it ended. */
const LINES_OF_AN_END = 10;

class Instance {
  readonly #options: LambdaOptions;
  readonly #logStream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  #server: Server | undefined;
  #child: ChildProcess | undefined;
  #lines: string[] = [];
  /** The runtime's request for work, while it waits for one. */
  #asking: ServerResponse | undefined;
  #onAsking: (() => void) | undefined;
  #onResult: ((result: Invocation) => void) | undefined;
  isGone = false;

  constructor(options: LambdaOptions) {
    this.#options = options;
  }

  async invoke(event: unknown): Promise<Invocation> {
    if (this.#child === undefined) {
      const failed = await this.#start();
      if (failed !== undefined) return failed;
    }
    const { timeoutMs, arn } = this.#options;
    const result = new Promise<Invocation>((resolve) => {
      this.#onResult = resolve;
    });
    this.#child?.kill('SIGCONT');
    const asking = this.#asking;
    this.#asking = undefined;
    const asked = new Promise<void>((resolve) => {
      this.#onAsking = resolve;
    });
    asking?.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': randomUUID(),
      'lambda-runtime-deadline-ms': String(Date.now() + timeoutMs),
      'lambda-runtime-invoked-function-arn': arn,
      'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    });
    asking?.end(JSON.stringify(event));
    const timer = setTimeout(() => {
      this.#fail('Sandbox.Timedout', `Task timed out after ${timeoutMs / 1000} seconds`);
    }, timeoutMs);
    const answer = await result;
    clearTimeout(timer);
    // The runtime asks for the next event before it can be frozen.
    if (!this.isGone) await asked;
    if (!this.isGone) this.#child?.kill('SIGSTOP');
    await this.#writeLog();
    return answer;
  }

  end(): void {
    this.isGone = true;
    this.#child?.kill('SIGKILL');
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #start(): Promise<Invocation | undefined> {
    const { directory, handler, functionName, memoryMb, environment, runtimeClient, onColdStart } =
      this.#options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    const { url } = await listen(this.#server, 0);
    const asked = new Promise<undefined>((resolve) => {
      this.#onAsking = () => {
        resolve(undefined);
      };
    });
    const failed = new Promise<Invocation>((resolve) => {
      this.#onResult = resolve;
    });
    const since = performance.now();
    this.#child = spawn(process.execPath, [runtimeClient, handler], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH: process.env['PATH'], LANG: 'en_US.UTF-8', TZ: ':UTC' },
        AWS_LAMBDA_RUNTIME_API: new URL(url).host,
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: directory,
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
        AWS_LAMBDA_LOG_STREAM_NAME: this.#logStream,
        ...environment,
      },
    });
    const keep = (chunk: string): void => {
      this.#lines.push(...chunk.split('\n').filter((line) => line.trim() !== ''));
    };
    this.#child.stdout?.setEncoding('utf8').on('data', keep);
    this.#child.stderr?.setEncoding('utf8').on('data', keep);
    this.#child.on('exit', (code, signal) => {
      const last = this.#lines.slice(-LINES_OF_AN_END).join('\n');
      this.#fail('Runtime.ExitError', `the runtime ended: ${String(code ?? signal)}\n${last}`);
    });
    const outcome = await Promise.race([asked, failed]);
    if (outcome === undefined) onColdStart(performance.now() - since);
    else await this.#writeLog();
    return outcome;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${RUNTIME}/invocation/next`) {
      this.#asking = response;
      this.#onAsking?.();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end('{"status":"OK"}');
    const payload: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (url.endsWith('/response')) this.#onResult?.({ ok: true, payload });
    // The runtime client's form of an error is Lambda's.
    else if (url === `${RUNTIME}/init/error`) this.#fail('Runtime.InitError', JSON.stringify(payload));
    else this.#onResult?.({ ok: false, error: payload as { errorType: string; errorMessage: string } });
  }

  #fail(errorType: string, errorMessage: string): void {
    if (this.isGone) return;
    this.end();
    this.#onResult?.({ ok: false, error: { errorType, errorMessage } });
    this.#onAsking?.();
  }

  async #writeLog(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length > 0) await this.#options.onLog(this.#logStream, lines);
  }
}
