/** One AWS call that fails, over the wire: the process continues, and the SDK repeats the call as usual. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** `after`: it takes effect, and its answer is lost. `-always`: for as long as the SDK repeats it. */
export const FAULT_KINDS = ['before', 'after', 'before-always', 'after-always'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  /** Which call from now on, counting from 1. */
  at: number;
  kind: FaultKind;
}

export class FailingCalls {
  #calls: string[] = [];
  #fault: Fault | undefined;

  /** Counts from 1 again. */
  arm(fault: Fault | undefined): void {
    this.#calls = [];
    this.#fault = fault;
  }

  /** Those that were made since then, by their commands. */
  get made(): readonly string[] {
    return this.#calls;
  }

  /** Whether as many calls were made as the fault waits for. */
  get struck(): boolean {
    return this.#fault !== undefined && this.#calls.length >= this.#fault.at;
  }

  watch(client: DynamoDBClient | SQSClient): void {
    const numbers = new WeakMap<object, number>();
    const failed = new Set<number>();
    const { middlewareStack } = client as DynamoDBClient;
    middlewareStack.add(
      (next, context) => (args) => {
        numbers.set(context, this.#calls.push(context.commandName ?? ''));
        failed.clear();
        return next(args);
      },
      { step: 'initialize', name: 'countCalls' },
    );
    middlewareStack.add(
      (next, context) => async (args) => {
        const number = numbers.get(context) ?? 0;
        const fault = this.#fault;
        if (fault?.at !== number) return next(args);
        const again = failed.has(number);
        failed.add(number);
        if (again && !fault.kind.endsWith('-always')) return next(args);
        // Its answer is also lost, and so is the conflict of a second try with the first.
        if (fault.kind.startsWith('after')) await next(args).catch(() => undefined);
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
      },
      // Inside the SDK's retries: each try passes here.
      { step: 'finalizeRequest', name: 'failCall', priority: 'low' },
    );
  }
}
