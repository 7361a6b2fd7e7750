/** The environment variables of the functions on one machine, as a deployment sets them. */
import { fileURLToPath } from 'node:url';
import type { Environment, Settings } from './settings.ts';

/** Firefish's customers are in the United Kingdom and Ireland. */
const DEFAULT_REGION = 'eu-west-2';
/** The embedded services accept any credentials, except S3 for an upload; real ones must never be sent to them. */
const FAKE_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

/** The same, as the embedded S3 checks uploads if all services are embedded. */
export const LOCAL_SIGNING_KEY = {
  accessKeyId: FAKE_CREDENTIALS.AWS_ACCESS_KEY_ID,
  secretAccessKey: FAKE_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
};

/** Of the documents, if `DOCUMENTS_BUCKET` names no other. */
export const LOCAL_BUCKET = 'sourcewhale-firefish-local-documents';

export interface FunctionEnvironmentOptions {
  /** The environment of `npm start`. */
  given: Environment;
  settings: Settings;
  keyFile: string;
  /** Of the embedded services; undefined if another one was given. */
  endpoints: Record<'sqs' | 'dynamoDb' | 's3', string | undefined>;
  firefishUrl: string;
}

/** The file that has the encryption key; undefined if KMS has it. @param ours if no other is given */
export const keyFileOf = ({ KMS_KEY_ARN = '', KEY_FILE }: Environment, ours: string): string | undefined =>
  KMS_KEY_ARN === '' ? KEY_FILE || ours : undefined;

/** What to set; names of queues and tables follow when they are created. */
export function functionEnvironment(options: FunctionEnvironmentOptions): Environment {
  const { given, settings, keyFile, endpoints, firefishUrl } = options;
  const allEmbedded = Object.values(endpoints).every((url) => url !== undefined);
  const hasCredentials = [given.AWS_ACCESS_KEY_ID, given.AWS_PROFILE].some((value) => (value ?? '') !== '');
  return {
    // The region is part of an embedded queue's name: it must be the same in every run.
    AWS_REGION: allEmbedded ? DEFAULT_REGION : given.AWS_REGION || DEFAULT_REGION,
    ...(allEmbedded ? { ...FAKE_CREDENTIALS, AWS_PROFILE: undefined, AWS_SESSION_TOKEN: undefined } : {}),
    ...(!allEmbedded && !hasCredentials ? FAKE_CREDENTIALS : {}),
    ...(endpoints.sqs === undefined ? {} : { AWS_ENDPOINT_URL_SQS: endpoints.sqs }),
    ...(endpoints.dynamoDb === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb }),
    ...(endpoints.s3 === undefined ? {} : { AWS_ENDPOINT_URL_S3: endpoints.s3 }),
    DOCUMENTS_BUCKET: given.DOCUMENTS_BUCKET || LOCAL_BUCKET,
    KEY_FILE: keyFileOf(given, keyFile),
    FIREFISH_API_URL: firefishUrl,
    PROBLEMS_DIRECTORY: fileURLToPath(new URL('../../docs/problems', import.meta.url)),
    POWERTOOLS_LOG_LEVEL: settings.logLevel,
    POWERTOOLS_SERVICE_NAME: 'sourcewhale-firefish',
    POWERTOOLS_METRICS_NAMESPACE: 'sourcewhale-firefish',
    // Metrics are lines on standard output, for CloudWatch alone.
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
}

/** Sets variables of this process, or unsets them. Returns a function that restores them. */
export function setEnvironment(variables: Environment): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  for (const [name, value] of Object.entries(variables)) set(name, value);
  return () => {
    for (const [name, value] of before) set(name, value);
  };
}

function set(name: string, value: string | undefined): void {
  // An assigned value becomes text, and undefined would become "undefined". Empty means "unset", as in shells.
  if (value === undefined || value === '') Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
