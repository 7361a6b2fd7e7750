/** Moto, IAM in front of it, and the two users of the account that docs/deploy.md gives policies for. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Decisions, type Principal, startDecisions } from './decisions.ts';
import { ACCOUNT, type Moto, startMoto } from './moto.ts';
import { PERSONAL } from './people.ts';
import { named, type PolicyDocument } from './policies.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { Readable } from './readable.ts';
import type { Caller } from './serverless.ts';
import type { System } from './system.ts';
import type { DeployedTemplate } from './template.ts';
import { ROOT, type Tools } from './tools.ts';

export type User = Caller & { principal: Principal };

export interface Aws {
  moto: Moto;
  decisions: Decisions;
  proxy: Proxy;
  deployer: User;
  operator: User;
  readable: Readable;
  /** Set once the system runs: Lambda's Invoke goes there. */
  running: { system?: System };
  stop(): Promise<void>;
}

export async function startAws({ python, decide }: Tools, directory: string): Promise<Aws> {
  const moto = await startMoto(python, join(directory, 'moto.log'));
  const decisions = startDecisions(decide);
  const readable = new Readable();
  for (const text of PERSONAL) readable.watch(text);
  const running: Aws['running'] = {};
  const proxy = await startProxy({
    motoUrl: moto.url,
    decisions,
    invoke: async (functionName, payload) => {
      const target = running.system?.functions.get(functionName);
      if (target === undefined) throw new Error(`${functionName} is not deployed`);
      return target.invoke(payload);
    },
    onRequest: ({ name }, { service, body, headers }) => {
      if (name.endsWith('Role'))
        readable.look(`${name} to ${service} ${String(headers['x-amz-target'] ?? '')}`, body);
    },
  });
  const [deployer, operator] = await Promise.all(
    ['deployer', 'operator'].map(async (name) => {
      const user = await makeUser(moto, name);
      proxy.admit(user.accessKeyId, user.principal);
      return user;
    }),
  );
  assert.ok(deployer && operator);
  return {
    ...{ moto, decisions, proxy, deployer, operator, readable, running },
    stop: async () => {
      await proxy.close();
      decisions.stop();
      moto.stop();
    },
  };
}

/** A user of the account with one of the policies that docs/deploy.md gives. */
async function makeUser(moto: Moto, name: string): Promise<User> {
  const text = readFileSync(join(ROOT, `infrastructure/policies/${name}.json`), 'utf8');
  const policy = JSON.parse(text.replaceAll('API_ID', 'HttpApi')) as PolicyDocument;
  const Version = '2010-05-08';
  await moto.query('iam', { Action: 'CreateUser', Version, UserName: name }, 'UserName');
  const [accessKeyId = '', secretAccessKey = ''] = await moto.query(
    'iam',
    { Action: 'CreateAccessKey', Version, UserName: name },
    ...['AccessKeyId', 'SecretAccessKey'],
  );
  const principal = { name, arn: `arn:aws:iam::${ACCOUNT}:user/${name}`, statements: named(name, policy) };
  return { accessKeyId, secretAccessKey, principal };
}

/** Moto would invoke a mapped function in Docker at each message, and count that as a receipt. */
export async function switchMappingsOff(moto: Moto, template: DeployedTemplate): Promise<void> {
  for (const [id] of template.ofType('AWS::Lambda::EventSourceMapping')) {
    const path = `/2015-03-31/event-source-mappings/${template.physicalIds.get(id) ?? ''}`;
    const response = await moto.ask('lambda', { method: 'PUT', path, body: '{"Enabled":false}' });
    assert.ok(response.ok, `${path}: ${response.status}`);
  }
}
