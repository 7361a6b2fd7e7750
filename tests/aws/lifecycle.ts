/** The stack from its first deployment to its removal, and after. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Aws, switchMappingsOff } from './aws.ts';
import { cloudFormationCalls } from './cloudformation-calls.ts';
import { resourcePolicies } from './policies.ts';
import { asOption, serverless } from './serverless.ts';
import { unpack } from './system.ts';
import { type DeployedTemplate, readDeployedTemplate } from './template.ts';

const STAGE = 'dev';
const STACK = `sourcewhale-firefish-${STAGE}`;
/** The framework's: it goes with the stack. */
const DEPLOYMENT_BUCKET = 'ServerlessDeploymentBucket';
const MARK = 'changed since the last deployment';

interface Code {
  S3Bucket: string;
  S3Key: string;
}

export class Lifecycle {
  readonly #aws: Aws;
  readonly #project: string;
  readonly #parameters: Record<string, string>;

  /** @param project a separate copy of it */
  constructor(aws: Aws, project: string, parameters: Record<string, string>) {
    this.#aws = aws;
    this.#project = project;
    this.#parameters = parameters;
  }

  async #run(
    command: string,
    parameters: Record<string, string> = {},
    more: readonly string[] = [],
  ): Promise<string> {
    const options = Object.entries({ ...this.#parameters, ...parameters }).map(asOption);
    const { proxy, deployer } = this.#aws;
    const printed = await serverless(
      this.#project,
      [...command.split(' '), '--stage', STAGE, ...options, ...more],
      {
        endpoint: proxy.url,
        caller: deployer,
      },
    );
    assert.deepEqual(proxy.refused, [], 'the policy of who deploys');
    return printed;
  }

  /** @returns what is deployed then */
  async deploy(parameters: Record<string, string> = {}): Promise<DeployedTemplate> {
    await this.#run('deploy', parameters);
    const template = await readDeployedTemplate(this.#aws.moto, STACK);
    await switchMappingsOff(this.#aws.moto, template);
    return template;
  }

  async deployUnchanged(): Promise<void> {
    const uploads = (): number =>
      [...(this.#aws.proxy.allowed.get('deployer')?.keys() ?? [])].filter((kind) =>
        kind.startsWith('s3:PutObject'),
      ).length;
    const before = uploads();
    assert.ok(before > 0);
    assert.match(await this.#run('deploy'), /No changes to deploy/);
    assert.equal(uploads(), before);
  }

  async checkDeployer(template: DeployedTemplate): Promise<void> {
    const { decisions, deployer } = this.#aws;
    const refused: string[] = [];
    const keyPolicy = resourcePolicies(template).get(template.arnOf('Key'));
    for (const request of cloudFormationCalls(template.resources)) {
      const ofKey = request.action.startsWith('kms:') ? keyPolicy : undefined;
      const { allowed } = await decisions.decide(deployer.principal, request, ofKey);
      if (!allowed) refused.push(`${request.action} on ${request.resource}`);
    }
    assert.deepEqual(refused, []);
  }

  /** Changes one function, and looks at the zips of all. */
  async deployChanged(template: DeployedTemplate, directory: string): Promise<void> {
    const [first] = template.ofType('AWS::Lambda::Function');
    assert.ok(first);
    const [id, { Properties }] = first;
    const source = String(Properties['Handler']).replace(/\.handler$/, '.ts');
    appendFileSync(join(this.#project, source), `\nexport const mark = '${MARK}';\n`);
    const before = await this.#codes(template);
    const after = await this.deploy();
    const codes = await this.#codes(after);
    assert.deepEqual(
      [...codes].filter(([name, hash]) => before.get(name) !== hash).map(([name]) => name),
      [id],
    );
    await unpack(this.#aws.moto, after.resources.get(id)?.Properties['Code'] as Code, directory);
    assert.ok(readFileSync(join(directory, source.replace(/\.ts$/, '.mjs')), 'utf8').includes(MARK));
  }

  /** To the deployment before the last one: the only other one that there is. */
  async rollBack(to: DeployedTemplate): Promise<void> {
    const listed = await this.#run('deploy list');
    const [timestamp = ''] = listed.match(/\b\d{13}\b/) ?? [];
    await this.#run('rollback', {}, ['--timestamp', timestamp]);
    const template = await readDeployedTemplate(this.#aws.moto, STACK);
    await switchMappingsOff(this.#aws.moto, template);
    assert.deepEqual(await this.#codes(template), await this.#codes(to));
  }

  /** A hash of each function's code, as it lies in S3. */
  async #codes(template: DeployedTemplate): Promise<Map<string, string>> {
    const codes = template.ofType('AWS::Lambda::Function').map(async ([id, { Properties }]) => {
      const { S3Bucket, S3Key } = Properties['Code'] as Code;
      const response = await this.#aws.moto.ask('s3', { method: 'GET', path: `/${S3Bucket}/${S3Key}` });
      assert.ok(response.ok, S3Key);
      return [
        id,
        createHash('sha256')
          .update(Buffer.from(await response.arrayBuffer()))
          .digest('hex'),
      ] as const;
    });
    return new Map(await Promise.all(codes));
  }

  async remove(template: DeployedTemplate): Promise<void> {
    await this.#run('remove');
    await assert.rejects(readDeployedTemplate(this.#aws.moto, STACK), /does not exist/);
    const { TableNames } = (await this.#list('dynamodb', 'DynamoDB_20120810.ListTables')) as {
      TableNames: string[];
    };
    for (const name of tablesOf(template)) assert.ok(TableNames.includes(name), name);
    const { QueueUrls = [] } = (await this.#list('sqs', 'AmazonSQS.ListQueues')) as { QueueUrls?: string[] };
    assert.deepEqual(QueueUrls, []);
    const { Keys } = (await this.#list('kms', 'TrentService.ListKeys')) as { Keys: { KeyArn: string }[] };
    assert.ok(Keys.some(({ KeyArn }) => KeyArn === template.arnOf('Key')));
  }

  async #list(service: string, target: string): Promise<unknown> {
    const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' };
    return (await this.#aws.moto.ask(service, { headers, body: '{}' })).json();
  }

  async deployBeside(before: DeployedTemplate): Promise<DeployedTemplate> {
    const template = await this.deploy();
    const names = new Set(tablesOf(before));
    assert.equal(tablesOf(template).length, names.size);
    assert.deepEqual(
      tablesOf(template).filter((name) => names.has(name)),
      [],
    );
    return template;
  }

  /** As docs/deploy.md says it: the stack with new tables is removed; the kept ones are given by names, the key by its ARN. */
  async takeOver(first: DeployedTemplate, second: DeployedTemplate): Promise<DeployedTemplate> {
    const kept = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket']
      .flatMap((type) => first.ofType(type))
      .filter(([id]) => id !== DEPLOYMENT_BUCKET)
      .map(([id]) => `${id}=${first.physicalIds.get(id) ?? ''}`);
    await this.#run('remove');
    const template = await this.deploy({ kept: [...kept, `Key=${first.arnOf('Key')}`].join(',') });
    assert.deepEqual(tablesOf(template), []);
    const said = JSON.stringify([...template.resources.values()]);
    for (const name of tablesOf(first)) assert.ok(said.includes(name), name);
    for (const name of tablesOf(second)) assert.ok(!said.includes(name), name);
    return template;
  }
}

const tablesOf = (template: DeployedTemplate): string[] =>
  template.ofType('AWS::DynamoDB::Table').map(([id]) => template.physicalIds.get(id) ?? '');
