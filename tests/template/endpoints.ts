/** The routes, and the domain. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { arnOf, dev, lambdaOf, ofType, prod, properties, resource } from './packaged.ts';

describe('the endpoints', () => {
  it('are the routes of the contract, each to its function', () => {
    const integrations = Object.fromEntries(
      ofType('AWS::ApiGatewayV2::Integration', prod).map(([name, { Properties }]) => [
        name,
        Properties.IntegrationUri,
      ]),
    );
    const routes = ofType('AWS::ApiGatewayV2::Route', prod).map(([, { Properties }]) => {
      const target = Properties.Target as { 'Fn::Join': [string, [string, { Ref: string }]] };
      return [Properties.RouteKey, integrations[target['Fn::Join'][1][1].Ref]];
    });
    expect(Object.fromEntries(routes)).toEqual({
      'POST /v1/events': arnOf('ReceiveLambdaFunction'),
      'POST /v1/preview': arnOf('PreviewLambdaFunction'),
      'POST /v1/documents': arnOf('DocumentsLambdaFunction'),
      'POST /administration': arnOf('ProvisionLambdaFunction'),
      'POST /oauth/token': arnOf('ApiLambdaFunction'),
      'GET /v1/connection': arnOf('ApiLambdaFunction'),
      'POST /v1/connection': arnOf('ApiLambdaFunction'),
      'GET /v1/batches/{batchId}': arnOf('ApiLambdaFunction'),
      'GET /v1/events/{eventId}': arnOf('ApiLambdaFunction'),
      'GET /healthz': arnOf('ApiLambdaFunction'),
      'GET /problems/{type}': arnOf('ApiLambdaFunction'),
      'GET /openapi.json': arnOf('ApiLambdaFunction'),
      'ANY /admin/v1/{path+}': arnOf(lambdaOf('console-api')),
      'GET /console': arnOf(lambdaOf('console-page')),
      'GET /console/{file}': arnOf(lambdaOf('console-page')),
    });
  });

  it('let only callers administer that IAM accepts, and the authorizer says who it was', () => {
    const byIam = ofType('AWS::ApiGatewayV2::Route')
      .filter(([, { Properties }]) => Properties.AuthorizationType === 'AWS_IAM')
      .map(([, { Properties }]) => Properties.RouteKey);
    expect(byIam).toEqual(['POST /administration']);
  });

  it('of the console accept only tokens of the stage’s provider, and do not exist without a provider', () => {
    const template = prod;
    const authorizer = resource('HttpApiAuthorizerConsole', template);
    expect(authorizer).toMatchObject({
      Properties: {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: {
          Issuer: 'https://id.agency.example',
          Audience: ['console-api'],
        },
      },
    });
    expect(resource('HttpApiRouteAnyAdminV1PathVar', template)).toMatchObject({
      Properties: {
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: 'HttpApiAuthorizerConsole' },
        // No ID token has it.
        AuthorizationScopes: ['openid'],
      },
    });
    for (const name of ['HttpApiAuthorizerConsole', 'HttpApiRouteAnyAdminV1PathVar'])
      expect(dev.Resources).not.toHaveProperty(name);
  });

  it('use HTTP API format 2.0', () => {
    for (const [, { Properties }] of ofType('AWS::ApiGatewayV2::Integration')) {
      expect(Properties.PayloadFormatVersion).toBe('2.0');
    }
  });

  it('are throttled one by one if a flood of one would block the others', () => {
    const { RouteSettings } = properties('HttpApiStage', prod) as {
      RouteSettings: Record<string, Record<string, unknown>>;
    };
    const file = readFileSync(new URL('../../infrastructure/route-throttles.yml', import.meta.url), 'utf8');
    const throttles = parse(file) as Record<string, { rate: number; burst: number }>;
    // Each names a route that there is. Those of SourceWhale's everyday work have what the stage has.
    expect(Object.keys(RouteSettings).sort()).toEqual(Object.keys(throttles).sort());
    for (const key of ['POST /v1/preview', 'POST /oauth/token', 'POST /administration'])
      expect(throttles).toHaveProperty([key]);
    for (const [key, { rate, burst }] of Object.entries(throttles)) {
      expect(RouteSettings[key]).toEqual({
        DetailedMetricsEnabled: true,
        ThrottlingRateLimit: rate,
        ThrottlingBurstLimit: burst,
      });
      expect(rate).toBeLessThan(50);
    }
  });

  it('are created before the stage that throttles them, and only if there is such a route', () => {
    for (const template of [dev, prod]) {
      const { DependsOn, Properties } = resource('HttpApiStage', template);
      const keys = [DependsOn ?? []].flat().flatMap((id) => {
        const { Type, Properties: route } = resource(id, template);
        return Type === 'AWS::ApiGatewayV2::Route' ? [route.RouteKey] : [];
      });
      expect(keys.sort()).toEqual(Object.keys(Properties.RouteSettings as object).sort());
    }
  });

  it('are throttled as a whole, measured, and logged without addresses or paths', () => {
    expect(properties('HttpApiStage')).toMatchObject({
      DefaultRouteSettings: {
        ThrottlingRateLimit: 50,
        ThrottlingBurstLimit: 100,
        DetailedMetricsEnabled: true,
      },
      AccessLogSettings: { DestinationArn: arnOf('HttpApiLogGroup') },
    });
    expect(JSON.stringify(properties('HttpApiStage').AccessLogSettings)).not.toMatch(
      /sourceIp|\.path|identity/,
    );
  });
});

describe('the domain', () => {
  it('is created if the stage names one, with TLS 1.2, and leads to the same API', () => {
    for (const name of ['Domain', 'DomainMapping']) expect(dev.Resources).not.toHaveProperty(name);
    expect(properties('Domain', prod)).toEqual({
      DomainName: 'sync.agency.example',
      DomainNameConfigurations: [
        { CertificateArn: 'certificate-1', EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    expect(properties('DomainMapping', prod)).toEqual({
      ApiId: { Ref: 'HttpApi' },
      DomainName: { Ref: 'Domain' },
      Stage: { Ref: 'HttpApiStage' },
    });
  });

  it('is then the only address, also for administration', () => {
    expect(properties('HttpApi', prod).DisableExecuteApiEndpoint).toBe(true);
    expect(properties('HttpApi').DisableExecuteApiEndpoint).toBe(false);
    expect(prod.Outputs.HttpApiUrl?.Value).toBe('https://sync.agency.example');
    expect(JSON.stringify(dev.Outputs.HttpApiUrl?.Value)).toContain('.execute-api.');
  });
});
