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

describe('a stack that takes over what an earlier one left', () => {
  test('makes none of it, and names it wherever it would have named its own', () => {
    const { Resources, Outputs } = takeOverKept(TEMPLATE, `Items=old-items, Key=${KEY},Files=old-files`);
    expect(Object.keys(Resources)).toEqual(['Queue', 'Function']);
    expect(Resources.Function.Properties).toEqual({
      Names: ['old-items', KEY, 'old-files', { Ref: 'Queue' }],
      Arns: [{ 'Fn::Sub': TABLE }, KEY, { 'Fn::Sub': BUCKET }, { 'Fn::GetAtt': ['Queue', 'Arn'] }],
      Texts: { 'Fn::Sub': `${TABLE}/index/index old-files/* \${Queue.Arn} \${AWS::Region}` },
    });
    expect(Outputs).toEqual({ ItemsName: { Value: 'old-items' } });
  });

  test('may take over some and make the others', () => {
    const { Resources } = takeOverKept(TEMPLATE, 'Items=old-items');
    expect(Object.keys(Resources)).toEqual(['Key', 'Files', 'Queue', 'Function']);
  });

  test('is the same stack where nothing was kept', () => {
    expect(takeOverKept(TEMPLATE, '')).toEqual(TEMPLATE);
  });

  test.each([
    ['what the stack does not have', 'Table=old-items'],
    ['what ends with its stack', 'Queue=old-queue'],
    ['no name', 'Items='],
    ['a name alone', 'old-items'],
  ])('is refused with %s, and says what can be written', (_what, kept) => {
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
