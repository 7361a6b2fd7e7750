/** Who may do what, as the deployed template says it. */
import type { DeployedTemplate } from './template.ts';

export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyDocument {
  Version: string;
  Statement: Statement[];
}

/** One statement of a principal: what the simulator names when it allows something. */
export interface NamedStatement {
  /** `SyncRole/KeepState` */
  name: string;
  statement: Statement;
}

export function named(principal: string, { Statement: statements }: PolicyDocument): NamedStatement[] {
  return statements.map((statement, index) => ({
    name: `${principal}/${statement.Sid ?? String(index)}`,
    statement,
  }));
}

/** The statements of each role, by its logical id: its own policies, and those that are attached to it. */
export function roleStatements(template: DeployedTemplate): Map<string, NamedStatement[]> {
  const roles = new Map<string, NamedStatement[]>();
  for (const [id, { Properties }] of template.ofType('AWS::IAM::Role')) {
    const { Policies = [] } = Properties as { Policies?: { PolicyDocument: PolicyDocument }[] };
    roles.set(
      id,
      Policies.flatMap(({ PolicyDocument }) => named(id, PolicyDocument)),
    );
  }
  for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']) {
    for (const [, { Properties }] of template.ofType(type)) {
      const { Roles, PolicyDocument } = Properties as { Roles: string[]; PolicyDocument: PolicyDocument };
      for (const id of roles.keys()) {
        if (Roles.includes(template.physicalIds.get(id) ?? ''))
          roles.get(id)?.push(...named(id, PolicyDocument));
      }
    }
  }
  return roles;
}

/** The policies that resources themselves have, by ARN; those of a queue and a topic together with others of it. */
export function resourcePolicies(template: DeployedTemplate): Map<string, PolicyDocument> {
  const policies = new Map<string, PolicyDocument>();
  const add = (arn: string, document: unknown): void => {
    if (document !== undefined) policies.set(arn, document as PolicyDocument);
  };
  for (const [id, { Properties }] of template.ofType('AWS::DynamoDB::Table'))
    add(
      template.arnOf(id),
      (Properties['ResourcePolicy'] as { PolicyDocument?: unknown } | undefined)?.PolicyDocument,
    );
  for (const [id, { Properties }] of template.ofType('AWS::KMS::Key'))
    add(template.arnOf(id), Properties['KeyPolicy']);
  for (const [type, listed] of [
    ['AWS::SQS::QueuePolicy', 'Queues'],
    ['AWS::SNS::TopicPolicy', 'Topics'],
    ['AWS::S3::BucketPolicy', 'Bucket'],
  ] as const) {
    for (const [, { Properties }] of template.ofType(type)) {
      for (const physical of [Properties[listed]].flat()) {
        const id = [...template.physicalIds].find(([, name]) => name === physical)?.[0];
        if (id !== undefined) add(template.arnOf(id), Properties['PolicyDocument']);
      }
    }
  }
  return policies;
}
