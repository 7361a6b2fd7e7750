/** Calls the local stack through its Invoke server, which is for programs on this machine. */

/** A little more than the function's timeout. */
const TIMEOUT_MS = 70_000;

/** The act failed; `usage` if it was asked for in the wrong way. */
export class InvocationError extends Error {
  override name = 'InvocationError';
  readonly usage: boolean;
  constructor(message: string, usage = false, options?: ErrorOptions) {
    super(message, options);
    this.usage = usage;
  }
}

/** @throws InvocationError with what to do */
export async function invokeLocally(port: number, payload: unknown): Promise<unknown> {
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/provision/invocations`;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const problem =
      error instanceof Error && error.name === 'TimeoutError' ? 'does not answer' : 'is not running';
    throw new InvocationError(
      `the local stack ${problem} on port ${port}: start it with npm start (PORT sets the port), or name a deployed stage with --stage`,
      false,
      { cause: error },
    );
  }
  const text = await response.text();
  if (response.status !== 200) {
    throw new InvocationError(
      `port ${port} answered ${response.status}: does another program use this port?`,
    );
  }
  return readResult(text, response.headers.get('x-amz-function-error'));
}

function readResult(text: string, functionError: string | null): unknown {
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch {
    throw new InvocationError('the answer is not JSON: does another program use this port?');
  }
  if (functionError === null) return result;
  const { errorType, errorMessage } = result as { errorType?: string; errorMessage?: string };
  if (errorType === 'AdminError') throw new InvocationError(errorMessage ?? '');
  if (errorType === 'UsageError') throw new InvocationError(errorMessage ?? '', true);
  throw new InvocationError(`the function failed: ${errorType ?? ''}: ${errorMessage ?? ''}; see its log`);
}
