/** The templates of two stages, packaged once for the tests of this directory. */
import { beforeAll } from '@jest/globals';
import { functionNames } from '../../build.ts';
import { packageService, type Resource, type Template } from './package-service.ts';

export const FUNCTIONS = functionNames();
/** What the template calls a function, and its role. */
export const lambdaOf = (name: string): string =>
  `${name.charAt(0).toUpperCase()}${name.slice(1).replace('-', 'Dash')}LambdaFunction`;
export const roleOf = (name: string): string => `${pascal(name)}Role`;
const pascal = (name: string): string =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Bytes of each zip, by the function's name. */
export let sizes: Map<string, number>;
export let dev: Template;
/** With all parameters. */
export let prod: Template;
beforeAll(async () => {
  // One after the other: osls has one directory for what it works on.
  ({ template: dev, sizes } = await packageService('dev'));
  ({ template: prod } = await packageService('prod', [
    'alarmEmail=ops@agency.example',
    'tracing=Active',
    'domainName=sync.agency.example',
    'certificateArn=certificate-1',
    'encryptionKeyArns=arn:next,arn:before',
    'oidcIssuer=https://id.agency.example',
    'oidcAudience=console-api',
  ]));
}, 180_000);

export const resource = (name: string, template = dev): Resource => {
  const found = template.Resources[name];
  if (found === undefined) throw new Error(`the template has no ${name}`);
  return found;
};
export const properties = (name: string, template = dev): Record<string, unknown> =>
  resource(name, template).Properties;
export const ofType = (type: string, template = dev): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
export const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
