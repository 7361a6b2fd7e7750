/**
 * What a stage has only where its parameters ask for it. serverless.yml names these by
 * `${file(infrastructure/optional.js):name}`; the framework's variables know no condition, and CloudFormation's conditions
 * are for what is not known before the deployment.
 */
const isGiven = (value) => value !== '';
const isActive = (value) => value === 'Active';

/** The resources in `file`, where the stage parameter is as it must be. */
const where =
  (parameter, isWanted, file) =>
  async ({ resolveVariable }) =>
    isWanted(await resolveVariable(`param:${parameter}`))
      ? resolveVariable(`file(infrastructure/${file})`)
      : {};

export const alarmEmail = where('alarmEmail', isGiven, 'alarm-email.yml');
export const domain = where('domainName', isGiven, 'domain.yml');
/** API Gateway's own address is off where the API has another. */
export const hasDomain = async ({ resolveVariable }) => isGiven(await resolveVariable('param:domainName'));
export const tracing = where('tracing', isActive, 'tracing.yml');
export const otherKeys = where('encryptionKeyArns', isGiven, 'other-keys.yml');

/** API Gateway asks the issuer for its keys when an authorizer is made: without an issuer there is none. */
export const authorizers = where('oidcIssuer', isGiven, 'authorizers.yml');

const keyArns = async ({ resolveVariable }) =>
  (await resolveVariable('param:encryptionKeyArns')).split(',').filter(isGiven);

/** Other keys than the stack's own, for what the functions encrypt. */
export const otherKeyArns = keyArns;

/** The key that the functions encrypt under. */
export const encryptionKeyArn = async (source) => {
  const [first] = await keyArns(source);
  return first ?? { 'Fn::GetAtt': ['Key', 'Arn'] };
};
