/** What `npm start` reads from its environment: section 2 of the contract. */
import { ConfigError, type FirefishConfig, readConfig } from '../../lib/config.ts';
import { readPort } from '../read-port.ts';
import { StartError } from '../start-error.ts';

export type Environment = Record<string, string | undefined>;

export interface Settings {
  /** Of the HTTP server; 0 for a free one. */
  port: number;
  /** The directory for data between runs; undefined: in memory only. */
  dataDirectory: string | undefined;
  /** Services that are used instead of the embedded ones. */
  endpoints: Record<'sqs' | 'dynamoDb' | 's3' | 'lambda', string | undefined>;
  /** Used instead of the embedded simulator. */
  firefishUrl: string | undefined;
  firefish: FirefishConfig;
  logLevel: string;
}

/** Few log lines, so that the line `ready` can be seen. */
const DEFAULT_LOG_LEVEL = 'WARN';
const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'];

/** @throws StartError naming the malformed setting */
export function readSettings(environment: Environment): Settings {
  const read = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    // An empty variable is how shells say "unset".
    return value === '' ? undefined : value;
  };
  const readUrl = (name: string): string | undefined => {
    const text = read(name);
    if (text !== undefined && !/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
      throw new StartError(`${name}: "${text}" is no http(s) address; write http://host:port, or unset it`);
    }
    return text;
  };
  return {
    port: readPort(environment['PORT']),
    dataDirectory: read('DATA_DIR'),
    endpoints: {
      sqs: readUrl('AWS_ENDPOINT_URL_SQS'),
      dynamoDb: readUrl('AWS_ENDPOINT_URL_DYNAMODB'),
      s3: readUrl('AWS_ENDPOINT_URL_S3'),
      lambda: readUrl('AWS_ENDPOINT_URL_LAMBDA'),
    },
    firefishUrl: readUrl('FIREFISH_API_URL'),
    firefish: readFirefish(environment),
    logLevel: readLogLevel(read('LOG_LEVEL')),
  };
}

function readLogLevel(text: string | undefined): string {
  const level = (text ?? DEFAULT_LOG_LEVEL).toUpperCase();
  if (!LOG_LEVELS.includes(level)) {
    throw new StartError(`LOG_LEVEL: "${level}" is no log level; write one of ${LOG_LEVELS.join(', ')}`);
  }
  return level;
}

/**
 * The settings that the functions read when they are loaded are checked here first, so that a mistake is reported at
 * once.
 */
function readFirefish(environment: Environment): FirefishConfig {
  try {
    return readConfig(
      [
        'FIREFISH_API_URL',
        'FIREFISH_RATE_LIMITS',
        'FIREFISH_TOKEN_LIMITS',
        'EGRESS_ID',
        'FIREFISH_TIMEOUT_MS',
      ],
      environment,
    );
  } catch (error) {
    if (error instanceof ConfigError) throw new StartError(error.message);
    throw error;
  }
}
