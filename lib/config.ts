/** The settings that the functions read from their environment; contract and defaults are in the README. */
import * as z from 'zod';

export interface RateLimit {
  /** How many calls … */
  calls: number;
  /** … any window of this length may hold, in milliseconds. */
  windowMs: number;
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Reads `10/1s,200/1m,3000/1h`. @throws TypeError saying what is malformed */
export function parseRateLimits(text: string): RateLimit[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\d+)\s*\/\s*(\d+)\s*([smh])\s*$/.exec(part);
    const calls = Number(match?.[1]);
    const windowMs = Number(match?.[2]) * UNIT_MS[(match?.[3] ?? 's') as keyof typeof UNIT_MS];
    if (match === null || calls < 1 || windowMs < 1) {
      throw new TypeError(`"${part}" is no rate limit; write calls/window, such as 10/1s,200/1m,3000/1h`);
    }
    return { calls, windowMs };
  });
}

const rateLimits = z.string().transform((text, context) => {
  try {
    return parseRateLimits(text);
  } catch (error) {
    context.addIssue((error as TypeError).message);
    return z.NEVER;
  }
});

/** Credentials and personal data are sent there: plain text is allowed only to this machine. */
function isSafe(url: string): boolean {
  // An invalid URL is reported by the previous check.
  const { protocol, hostname } = URL.parse(url) ?? { protocol: 'https:', hostname: '' };
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

const schema = z.object({
  EVENTS_QUEUE_URL: z.url(),
  CREDENTIALS_TABLE: z.string().min(1),
  SYNC_TABLE: z.string().min(1),
  AUDIT_TABLE: z.string().min(1),
  DOCUMENTS_BUCKET: z.string().min(1),
  KMS_KEY_ARN: z.string().optional(),
  KEY_FILE: z.string().optional(),
  /** The directory in which the build has put the pages about problems. */
  PROBLEMS_DIRECTORY: z.string().default('problems'),
  ALARM_TOPIC_ARN: z.string().startsWith('arn:').optional(),
  FIREFISH_API_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isSafe, 'must begin with https://, unless it is a loopback address')
    .default('https://api.firefishsoftware.com'),
  FIREFISH_RATE_LIMITS: rateLimits.prefault('10/1s,200/1m,3000/1h'),
  FIREFISH_TOKEN_LIMITS: rateLimits.prefault('10/1m,30/1h'),
  EGRESS_ID: z.string().min(1).default('default'),
  FIREFISH_TIMEOUT_MS: z.coerce.number().int().min(100).max(29_000).default(20_000),
});

export type Config = z.infer<typeof schema>;
export type FirefishConfig = Pick<
  Config,
  'FIREFISH_API_URL' | 'FIREFISH_RATE_LIMITS' | 'FIREFISH_TOKEN_LIMITS' | 'EGRESS_ID' | 'FIREFISH_TIMEOUT_MS'
>;

/** A setting is missing or malformed: a mistake of the deployment, named in full. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const describe = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');

/**
 * Reads the named settings only, so that each function asks for no more than what its role grants.
 * @throws ConfigError naming each variable that is missing or malformed
 */
export function readConfig<Name extends keyof Config>(
  names: readonly Name[],
  environment: Record<string, string | undefined> = process.env,
): Pick<Config, Name> {
  const mask = Object.fromEntries(names.map((name) => [name, true])) as Record<Name, true>;
  // An empty variable is how shells and templates say "unset".
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.pick(mask as never).safeParse(given);
  if (!result.success) throw new ConfigError(describe(result.error));
  return result.data;
}
