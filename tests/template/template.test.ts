/**
 * What serverless.yml promises, read from the CloudFormation templates that are deployed. The subjects have their own
 * files: packaging takes a while, and is done once for all.
 */
import { describe, expect, it } from '@jest/globals';
import type { Template } from './package-service.ts';
import { dev, lambdaOf, prod, properties } from './packaged.ts';
import './endpoints.ts';
import './functions.ts';
import './roles.ts';
import './storage.ts';
import './watching.ts';

describe('the template as a whole', () => {
  it('refers only to its own resources', () => {
    const referred = [...JSON.stringify(dev).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(
      ([, name]) => name,
    );
    const known = new Set([...Object.keys(dev.Resources), 'AWS::AccountId', 'AWS::Region', 'AWS::Partition']);
    known.add('AWS::URLSuffix');
    expect(referred.length).toBeGreaterThan(50);
    expect(referred.filter((name) => !known.has(name!))).toEqual([]);
  });

  it('names no account, no secret and no region in what is deployed', () => {
    expect(JSON.stringify(dev).match(/\b\d{12}\b|AKIA\w+|eu-west-2/g)).toBeNull();
  });
});

describe('stages', () => {
  const environment = (template: Template) =>
    (properties('SyncLambdaFunction', template).Environment as { Variables: Record<string, unknown> })
      .Variables;

  it('differ in log level, concurrency and reserved concurrency', () => {
    expect(environment(dev).POWERTOOLS_LOG_LEVEL).toBe('DEBUG');
    expect(environment(prod).POWERTOOLS_LOG_LEVEL).toBe('INFO');
    expect(properties('SyncEventSourceMappingSQSEventsQueue', prod).ScalingConfig).toEqual({
      MaximumConcurrency: 50,
    });
    for (const name of ['receive', 'api']) {
      expect(properties(lambdaOf(name)).ReservedConcurrentExecutions).toBeUndefined();
      expect(properties(lambdaOf(name), prod).ReservedConcurrentExecutions).toBe(20);
    }
  });
});
