/** Alerts about a tenant, and their texts. They have no personal data: a domain, a time, what to do. */
import type { TenantId } from '../ids.ts';

/**
 * The more specific ones first: refused credentials also open the circuit breaker, and are reported instead of it.
 */
export const ALERT_KINDS = ['credentials-refused', 'breaker-open', 'events-failed'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export interface Alert {
  kind: AlertKind;
  state: 'raised' | 'over';
  tenantId: TenantId;
  /** The agency's Firefish address. */
  domain: string;
  /** Epoch milliseconds: since when. For failed events: when the first one failed that was seen. */
  since: number;
  /** Epoch milliseconds: when it is sent. */
  at: number;
}

/** The destination of alerts. The caller sends each once, as far as possible; this repeats nothing by itself. */
export interface Alerts {
  /** Ends when the alert is accepted. @throws Error if it is not: try again later */
  tell(alert: Alert): Promise<void>;
}

interface Words {
  subject: string;
  raised: string;
  /** What to do. */
  advice: (domain: string) => string;
}

const ALERT_WORDS: Readonly<Record<AlertKind, Words>> = {
  'credentials-refused': {
    subject: 'Firefish refuses the credentials',
    raised: 'Firefish refuses the API credentials of this agency. Its events wait, and none is lost.',
    advice: (domain) =>
      `Take the client id and secret from Settings, Integrations, Custom API profile in Firefish, then: npm run admin -- firefish-credentials --domain ${domain} --firefish-client-id ... --firefish-client-secret -`,
  },
  'breaker-open': {
    subject: 'Firefish does not answer',
    raised: 'Firefish fails or does not answer for this agency. Its events wait, and none is lost.',
    advice: (domain) =>
      `Usually nothing: the system tries again by itself. Check whether other agencies are affected, ask Firefish, and look with: npm run admin -- show --domain ${domain}`,
  },
  'events-failed': {
    subject: 'events have failed',
    raised: 'Events of this agency have failed. They are kept for 30 days and can be replayed.',
    advice: (domain) =>
      `See why: npm run admin -- failed --domain ${domain}. Fix the cause, then: npm run admin -- replay --domain ${domain} --all`,
  },
};

/** SNS accepts no longer subject, and only ASCII; a normalised domain is ASCII. */
const LONGEST_SUBJECT = 100;

const iso = (at: number): string => new Date(at).toISOString();

/** The alert as a mail: only the times and the tenant differ. */
export function describeAlert({ kind, state, tenantId, domain, since, at }: Alert): {
  subject: string;
  text: string;
} {
  const { subject, raised, advice } = ALERT_WORDS[kind];
  const over = state === 'over';
  return {
    subject: `${over ? 'Over: ' : ''}${domain}: ${subject}`.slice(0, LONGEST_SUBJECT),
    text: [
      ...(over ? [`This is over: ${subject}.`] : [raised, '', advice(domain)]),
      '',
      `Agency: ${domain}`,
      `Tenant: ${tenantId}`,
      over ? `From ${iso(since)} to ${iso(at)}` : `Since ${iso(since)}`,
      `More: docs/operations.md, "${kind}"`,
    ].join('\n'),
  };
}
