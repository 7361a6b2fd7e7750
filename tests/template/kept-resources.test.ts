import { describe, expect, test } from '@jest/globals';
import { takeOverKept } from '../../infrastructure/kept-resources.ts';

const TEMPLATE = {
  Resources: {
    Items: { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain' },
    Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain' },
    Files: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
    Queue: { Type: 'AWS::SQS::Queue' },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Names: [{ Ref: 'Items' }, { Ref: 'Key' }, { Ref: 'Files' }, { Ref: 'Queue' }],
        Arns: ['Items', 'Key', 'Files', 'Queue'].map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })),
        Texts: { 'Fn::Sub': '${Items.Arn}/index/index ${Files}/* ${Queue.Arn} ${AWS::Region}' },
      },
    },
  },
  Outputs: { ItemsName: { Value: { Ref: 'Items' } } },
};
const KEY = 'arn:aws:kms:eu-west-2:123456789012:key/old';
const TABLE = 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/old-items';
const BUCKET = 'arn:${AWS::Partition}:s3:::old-files';

describe('a stack that uses the kept resources of an earlier one', () => {
  test('creates none of them, and names the kept ones everywhere', () => {
    const { Resources, Outputs } = takeOverKept(TEMPLATE, `Items=old-items, Key=${KEY},Files=old-files`);
    expect(Object.keys(Resources)).toEqual(['Queue', 'Function']);
    expect(Resources.Function.Properties).toEqual({
      Names: ['old-items', KEY, 'old-files', { Ref: 'Queue' }],
      Arns: [{ 'Fn::Sub': TABLE }, KEY, { 'Fn::Sub': BUCKET }, { 'Fn::GetAtt': ['Queue', 'Arn'] }],
      Texts: { 'Fn::Sub': `${TABLE}/index/index old-files/* \${Queue.Arn} \${AWS::Region}` },
    });
    expect(Outputs).toEqual({ ItemsName: { Value: 'old-items' } });
  });

  test('can use some and create the others', () => {
    const { Resources } = takeOverKept(TEMPLATE, 'Items=old-items');
    expect(Object.keys(Resources)).toEqual(['Key', 'Files', 'Queue', 'Function']);
  });

  test('is the same stack if nothing is kept', () => {
    expect(takeOverKept(TEMPLATE, '')).toEqual(TEMPLATE);
  });

  test.each([
    ['what the stack does not have', 'Table=old-items'],
    ['what ends with its stack', 'Queue=old-queue'],
    ['no name', 'Items='],
    ['a name alone', 'old-items'],
  ])('is refused with %s, and the error says what is allowed', (_what, kept) => {
    expect(() => takeOverKept(TEMPLATE, kept)).toThrow(
      `kept: write Items=…,Key=…,Files=… or some of them, not "${kept}"`,
    );
  });

  test('is refused with a key that is not named by its ARN', () => {
    expect(() => takeOverKept(TEMPLATE, 'Key=old')).toThrow(
      'kept: write Key= and the key\'s ARN, not "Key=old"',
    );
  });
});
