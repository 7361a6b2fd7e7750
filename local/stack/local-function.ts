/**
 * A Lambda function in this process: what the service around a handler does, as far as one process can. A function that
 * exceeds its timeout cannot be ended here as Lambda would end it; its answer is ignored.
 */
import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { FunctionDeployment } from './deployment.ts';
import { messageOf, StartError } from '../start-error.ts';

/** What Lambda answers for a function that failed. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type Invocation = { ok: true; payload: unknown } | { ok: false; error: FunctionError };

export interface LocalFunction {
  name: string;
  timeoutMs: number;
  invoke(event: unknown): Promise<Invocation>;
  /** From now on every context says that its time is up, so that work that checks it ends early and in order. */
  hurry(): void;
}

type Handler = (event: unknown, context: Context) => unknown;

const REGION_PLACEHOLDER = 'local';
const ACCOUNT_ID = '000000000000';

/** @throws StartError if the module can't be loaded */
export async function loadFunction(deployment: FunctionDeployment): Promise<LocalFunction> {
  let handler: Handler;
  try {
    // The deployed runtime makes the same assumption about the module.
    ({ handler } = (await import(deployment.module.href)) as { handler: Handler });
    if (typeof handler !== 'function') throw new Error('it exports no handler');
  } catch (error) {
    throw new StartError(`the function ${deployment.name} can't be loaded: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return makeFunction(deployment, handler);
}

export function makeFunction(
  deployment: Pick<FunctionDeployment, 'name' | 'timeoutMs' | 'memoryMb'>,
  handler: Handler,
): LocalFunction {
  const { name, timeoutMs } = deployment;
  let hurried = false;
  return {
    name,
    timeoutMs,
    hurry: () => {
      hurried = true;
    },
    invoke: async (event) => {
      const deadline = Date.now() + timeoutMs;
      const context = makeContext(deployment, () => (hurried ? 0 : Math.max(0, deadline - Date.now())));
      // A handler gets and returns JSON, as over the wire.
      const run = async (): Promise<Invocation> => {
        const answer = await handler(JSON.parse(JSON.stringify(event)), context);
        const json = JSON.stringify(answer) as string | undefined;
        return { ok: true, payload: json === undefined ? null : JSON.parse(json) };
      };
      const failed = (error: unknown): Invocation => ({ ok: false, error: describe(error) });
      return withDeadline(run().catch(failed), timeoutMs, () => ({
        ok: false,
        error: {
          errorType: 'Sandbox.Timedout',
          errorMessage: `RequestId: ${context.awsRequestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
        },
      }));
    },
  };
}

async function withDeadline<Result>(work: Promise<Result>, ms: number, late: () => Result): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Result>((resolve) => {
    timer = setTimeout(() => {
      resolve(late());
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}

function makeContext(
  { name, memoryMb }: Pick<FunctionDeployment, 'name' | 'memoryMb'>,
  remainingMs: () => number,
): Context {
  const context: Omit<Context, 'done' | 'fail' | 'succeed'> = {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env.AWS_REGION ?? REGION_PLACEHOLDER}:${ACCOUNT_ID}:function:${name}`,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: REGION_PLACEHOLDER,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: remainingMs,
  };
  // The three that are left out are the callback style's, which Node 24 on Lambda no longer has.
  return context as Context;
}
