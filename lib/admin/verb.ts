import type { TenantId } from '../ids.ts';
import type { DocumentFiles } from '../documents/document-files.ts';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { RandomBytes } from '../credentials/client-secret.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { Asker, CredentialsCheck } from '../firefish/credentials-check.ts';
import type { Finding, ProbeOptions } from '../firefish-probe/probe.ts';
import type { Intake } from '../intake/accept-batch.ts';
import type { WakeUps } from '../queue/wake-ups.ts';
import type { ScannableTable, Table } from '../store/table.ts';
import type { FirefishCredentials, LoadTenant } from '../tenants/load-tenant.ts';
import type { TenantStore } from '../tenants/tenant-store.ts';
import type { Pseudonyms } from './people/pseudonyms.ts';

/** One finding per line of what is known about Firefish. */
export type Probe = (
  tenant: FirefishCredentials & { tenantId: TenantId },
  options: ProbeOptions,
) => AsyncIterable<Finding>;
type CheckCredentials = (asker: Asker, credentials: FirefishCredentials) => Promise<CredentialsCheck>;

/** The services that verbs use. */
export interface AdminServices {
  tenants: TenantStore;
  loadTenant: LoadTenant;
  sync: Table;
  /** The same table, for scans. */
  syncItems: Table & ScannableTable;
  audit: Table;
  /** The caller's name for logs and for the audit table. */
  pseudonyms: Pseudonyms;
  wakeUps: WakeUps;
  /** The inbox for work of the tenant's turn. */
  intake: Pick<Intake, 'acceptInternal'>;
  /** Files of documents that Firefish does not have yet. Absent if the caller cannot delete tenants. */
  documents?: Pick<DocumentFiles, 'delete'>;
  newId: () => string;
  cipher: Cipher;
  clock: Clock;
  random: RandomBytes;
  /** When credentials can be checked again (epoch ms); `undefined`: now. */
  nextCheck: (asker: Asker) => Promise<number | undefined>;
  checkCredentials: CheckCredentials;
  probe: Probe;
}

/** The caller of an act. */
export interface Caller {
  /** An id that the authorizer confirms. An address in it is hashed before it is written anywhere. */
  by: string;
  /** Unique: it links logs, CloudTrail and the audit trail. */
  requestId: string;
  /** A super user acts on single agencies, and learns nothing about others. */
  role: 'operator' | 'super-user';
}

/** The act is refused; the message tells a person what to do. It holds no secret. */
export class AdminError extends Error {
  override name = 'AdminError';
}

/** The options of the act are wrong. */
export class UsageError extends Error {
  override name = 'UsageError';
  /** Which options are wrong; empty if it is their combination. */
  readonly issues: readonly Issue[];
  constructor(
    message?: string,
    { issues = [], ...options }: ErrorOptions & { issues?: readonly Issue[] } = {},
  ) {
    super(message, options);
    this.issues = issues;
  }
}

/** What is wrong and where, never the given value: it can be a secret. */
export interface Issue {
  path: string;
  message: string;
}

/**
 * How many options are named, and how many characters of each name: an answer must not be longer than the request.
 */
const MOST_ISSUES = 20;
const MOST_NAMES = 5;
const LONGEST_NAME = 100;
const cut = (name: PropertyKey): string => String(name).slice(0, LONGEST_NAME);

export const issuesOf = (error: z.ZodError): Issue[] =>
  error.issues.slice(0, MOST_ISSUES).map((issue) => ({
    path: issue.path.map(cut).join('.'),
    message: issue.code === 'unrecognized_keys' ? unknownNames(issue.keys) : issue.message,
  }));

function unknownNames(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(cut(name)));
  const left = names.length - named.length;
  return `Unrecognized ${names.length === 1 ? 'key' : 'keys'}: ${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

export interface Verb {
  /**
   * Whether it is recorded in the audit table. This holds for every verb that changes something or shows personal data.
   */
  audited: boolean;
  /**
   * Refuses what cannot be done now, before the act is recorded: requests that are refused one after another do not fill
   * the audit table. @throws AdminError
   */
  admit(services: AdminServices, options: unknown, caller: Caller): Promise<void>;
  /** Which options can be recorded: nothing that can be a secret or someone's address. */
  traced(options: unknown): Record<string, unknown>;
  /** @throws AdminError, UsageError */
  run(services: AdminServices, options: unknown, caller: Caller): Promise<unknown>;
}

/** @param schema of the payload without `verb`; members that it does not name are refused */
export function defineVerb<Schema extends z.ZodType>(
  schema: Schema,
  traits: {
    audited: boolean;
    admit?: (services: AdminServices, options: z.infer<Schema>, caller: Caller) => Promise<void>;
    traced?: (options: z.infer<Schema>) => Record<string, unknown>;
  },
  run: (services: AdminServices, options: z.infer<Schema>, caller: Caller) => Promise<unknown>,
): Verb {
  return {
    audited: traits.audited,
    admit: async (services, options, caller) => {
      const parsed = schema.safeParse(options);
      if (parsed.success) await traits.admit?.(services, parsed.data, caller);
    },
    traced: (options) => {
      const parsed = schema.safeParse(options);
      return parsed.success ? (traits.traced?.(parsed.data) ?? {}) : {};
    },
    run: (services, options, caller) => {
      const parsed = schema.safeParse(options);
      if (!parsed.success)
        throw new UsageError(describeIssues(parsed.error), { issues: issuesOf(parsed.error) });
      return run(services, parsed.data, caller);
    },
  };
}

/** The issues in one line. */
export const describeIssues = (error: z.ZodError): string =>
  issuesOf(error)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
