/** Asks the IAM simulator, which is its own process, and keeps what was asked. */
import { fork } from 'node:child_process';
import { ACCOUNT } from './moto.ts';
import type { IamRequest } from './iam-requests.ts';
import type { NamedStatement, PolicyDocument } from './policies.ts';

export interface Principal {
  /** `SyncRole`, `operator` */
  name: string;
  arn: string;
  statements: readonly NamedStatement[];
}

export interface Decision {
  allowed: boolean;
  /** Names of the statements that allow it. */
  statements: string[];
}

export interface Decisions {
  decide(principal: Principal, request: IamRequest, resourcePolicy?: PolicyDocument): Promise<Decision>;
  stop(): void;
}

interface Answer {
  id: number;
  allowed?: boolean;
  policies?: string[];
  error?: string;
}

export function startDecisions(module: string): Decisions {
  const child = fork(module, { execArgv: [], env: { PATH: process.env['PATH'] } });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on('exit', () => {
    for (const [id, answer] of waiting) answer({ id, error: 'the IAM simulator has ended' });
  });
  let count = 0;
  return {
    decide: async ({ arn, statements }, { action, resource, context }, resourcePolicy) => {
      count += 1;
      const id = count;
      const identityPolicies = statements.map(({ name, statement }) => ({
        name,
        policy: { Version: '2012-10-17', Statement: [statement] },
      }));
      const request = {
        principal: arn,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:SecureTransport': 'true', ...context },
      };
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        child.send({ id, request, identityPolicies, ...(resourcePolicy && { resourcePolicy }) });
      });
      if (answer.error !== undefined) throw new Error(`${action} on ${resource}: ${answer.error}`);
      return { allowed: answer.allowed === true, statements: answer.policies ?? [] };
    },
    stop: () => {
      child.kill();
    },
  };
}
