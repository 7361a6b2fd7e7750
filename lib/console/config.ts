/** The stage's settings for sign-in to the console: docs/console.md. */
import * as z from 'zod';
import { ConfigError } from '../config.ts';

const origins = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((origin) => origin !== ''))
  .pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin)));

const pageSchema = z.object({
  /** Empty: the stage has no sign-in. */
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .or(z.literal(''))
    .default(''),
  OIDC_CLIENT_ID: z.string().default(''),
  OIDC_SCOPE: z.string().default('openid profile email'),
  /** As a query: additional parameters of the sign-in request. */
  OIDC_PARAMETERS: z
    .string()
    .transform((query) => Object.fromEntries(new URLSearchParams(query)))
    .prefault(''),
  /** Besides the issuer's own. */
  OIDC_ORIGINS: origins.prefault(''),
  /** The directory in which the build has put the page. */
  CONSOLE_DIRECTORY: z.string().default('page'),
});
export type PageConfig = z.infer<typeof pageSchema>;

const rolesSchema = z.object({
  OIDC_ROLE_CLAIM: z.string().min(1).default('role'),
  OIDC_TENANTS_CLAIM: z.string().min(1).default('tenants'),
  OIDC_OPERATOR_ROLE: z.string().min(1).default('operator'),
  /** A scope that access tokens for this API have, and ID tokens do not have. */
  OIDC_API_SCOPE: z.string().min(1).default('openid'),
  OIDC_SUPER_USER_ROLE: z.string().min(1).default('super-user'),
});
export type RolesConfig = z.infer<typeof rolesSchema>;

type Environment = Record<string, string | undefined>;

function read<Schema extends z.ZodType>(schema: Schema, environment: Environment): z.infer<Schema> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ConfigError(issues.join('; '));
}

/** @throws ConfigError naming what is malformed */
export const readPageConfig = (environment: Environment = process.env): PageConfig =>
  read(pageSchema, environment);
/** @throws ConfigError naming what is malformed */
export const readRolesConfig = (environment: Environment = process.env): RolesConfig =>
  read(rolesSchema, environment);
