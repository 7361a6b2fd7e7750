/** Roles. That each has what its function needs, and nothing else, is proved by `npm run test:aws`. */
import { describe, expect, it } from '@jest/globals';
import { arnOf, FUNCTIONS, lambdaOf, ofType, properties, roleOf } from './packaged.ts';

describe('roles', () => {
  interface Statement {
    Sid: string;
    Effect: string;
    Action: string | string[];
    Resource: unknown;
    Condition?: {
      'ForAllValues:StringLike'?: { 'dynamodb:LeadingKeys': string[] };
      StringEquals?: Record<string, unknown>;
    };
  }
  const statements = (name: string): Statement[] =>
    (properties(roleOf(name)).Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );

  it('exist for each function, and only for Lambda', () => {
    expect(
      ofType('AWS::IAM::Role')
        .map(([name]) => name)
        .sort(),
    ).toEqual(FUNCTIONS.map(roleOf));
    for (const [, { Properties }] of ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined();
      expect(Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      });
    }
  });

  it.each(FUNCTIONS)('%s has no wildcard in an action, and only its own resources', (name) => {
    for (const { Action, Resource, Effect } of statements(name)) {
      expect(Effect).toBe('Allow');
      expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
      expect([Resource].flat()).not.toContain('*');
    }
  });

  it.each(FUNCTIONS)('%s logs to its own group', (name) => {
    expect(statements(name)[0]).toMatchObject({
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: {
        'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/sourcewhale-firefish-dev-${name}:*`,
      },
    });
  });

  it('allow only queries of an index', () => {
    const onIndexes = FUNCTIONS.flatMap(statements).filter(({ Resource }) =>
      JSON.stringify(Resource).includes('/index/'),
    );
    expect(onIndexes.length).toBeGreaterThan(0);
    expect(new Set(onIndexes.flatMap(({ Action }) => Action))).toEqual(new Set(['dynamodb:Query']));
  });

  it.each([
    ['console-api', ['firefish-clients']],
    ['provision', ['tenants', 'domains', 'clients', 'connections', 'firefish-clients']],
  ])('%s deletes only what its acts end from the credentials table', (name, partitions) => {
    const deletes = statements(name).filter(
      ({ Action, Resource }) =>
        [Action].flat().includes('dynamodb:DeleteItem') &&
        JSON.stringify(Resource) === JSON.stringify(arnOf('CredentialsTable')),
    );
    const keys = deletes.map(
      ({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'],
    );
    expect(keys).toEqual([partitions]);
  });

  it('cannot allow changes or deletions of audit entries, because the table itself refuses', () => {
    expect(properties('AuditTable').ResourcePolicy).toMatchObject({
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: expect.arrayContaining([
              'dynamodb:UpdateItem',
              'dynamodb:BatchWriteItem',
              'dynamodb:PartiQLDelete',
            ]),
            Resource: '*',
          },
          // One key at a time; each other action would hide which.
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'dynamodb:DeleteItem',
            Resource: '*',
            Condition: { 'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ['erased#*'] } },
          },
        ],
      },
    });
  });

  it('let the sweep use the key only for mails', () => {
    const onKey = statements('sweep').filter(({ Resource }) => JSON.stringify(Resource).includes('"Key"'));
    expect(onKey.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'sns.${AWS::Region}.amazonaws.com' } } },
    ]);
  });

  it('give only the sweep the address of the topic', () => {
    const told = FUNCTIONS.filter((name) => {
      const { Variables } = properties(lambdaOf(name)).Environment as { Variables: object };
      return 'ALARM_TOPIC_ARN' in Variables;
    });
    expect(told).toEqual(['sweep']);
    expect(properties('SweepLambdaFunction')).toMatchObject({
      Environment: { Variables: { ALARM_TOPIC_ARN: { Ref: 'AlarmTopic' } } },
    });
  });

  it('let nobody change an audit entry, or delete or read one, except for erasures', () => {
    const onAudit = FUNCTIONS.flatMap((name) =>
      statements(name)
        .filter(({ Resource }) => JSON.stringify(Resource).includes('AuditTable'))
        .map(({ Action }) => `${name} ${String(Action)}`),
    );
    expect(onAudit).toEqual([
      'console-api dynamodb:PutItem',
      'provision dynamodb:PutItem',
      'provision dynamodb:Query,dynamodb:DeleteItem',
    ]);
    const kept = statements('provision').find(({ Sid }) => Sid === 'KeepErasures');
    expect(kept?.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['erased#*'] },
    });
  });
});
