/** Administration, as an administrator's tool would use it. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Kind } from './samples.ts';
import type { Credentials } from './sourcewhale.ts';

/** An event that waits for a person to decide, and the records whose names contradict the person's. */
export interface Conflict {
  event: string;
  records: { entity: Kind; ref: number }[];
}

/** Whether the record in Firefish is the person or not. */
export type Decision = 'same-person' | 'someone-else';

export class Administration {
  readonly #domain: string;

  constructor(domain: string) {
    this.#domain = domain;
  }

  async enable(firefish: { firefishClientId: string; firefishClientSecret: string }): Promise<Credentials> {
    const answer = (await this.#ask('enable', firefish)) as Partial<Credentials>;
    const { clientId, clientSecret } = answer;
    if (clientId === undefined || clientSecret === undefined) {
      throw new Error(`the tenant could not be enabled: ${JSON.stringify(answer)}`);
    }
    return { clientId, clientSecret };
  }

  /** Newest first. */
  async decisions(): Promise<Conflict[]> {
    return (await this.#ask('decisions')) as Conflict[];
  }

  async decide(event: string, as: Decision): Promise<void> {
    await this.#ask('decide', { event, as });
  }

  /** @throws Error with the function's own words */
  async #ask(verb: string, options: object = {}): Promise<unknown> {
    const lambda = new LambdaClient({});
    try {
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({
          FunctionName: 'provision',
          Payload: JSON.stringify({ verb, domain: this.#domain, ...options }),
        }),
      );
      const answer = Buffer.from(Payload ?? []).toString('utf8');
      if (FunctionError !== undefined) throw new Error(`${verb} failed: ${answer}`);
      return JSON.parse(answer);
    } finally {
      lambda.destroy();
    }
  }
}
