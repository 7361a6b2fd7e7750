/** The answers of `/admin/v1`, as the page reads them. */
import type { Settings } from '../lib/tenants/settings.ts';

export type { Settings };
export type State = 'queued' | 'deferred' | 'synced' | 'skipped' | 'failed';
export type Entity = 'candidate' | 'contact' | 'company';

export interface Me {
  subject: string;
  email?: string;
  name?: string;
  role: 'operator' | 'super-user';
  /** Empty for an operator, who sees all. */
  domains: string[];
}

export interface TenantSummary {
  domain: string;
  status: 'never-enabled' | 'enabled' | 'disabled';
  tenantId?: string;
  clientId?: string;
  enabledAt?: string;
  disabledAt?: string;
  connectedAt?: string;
}

export interface Firefish {
  reachable: boolean;
  missingScopes: string[];
  checkedAt: string;
  down?: 'outage' | 'credentials';
  downSince?: string;
  waitingFor?: Waiting;
  waitingUntil?: string;
}

export type Waiting = 'limit' | 'outage' | 'credentials' | 'token';

export interface Tenant extends TenantSummary {
  secrets?: { createdAt: string; endsAt?: string }[];
  firefish?: Firefish;
  events?: { open: number; openIsAtLeast?: true; oldestReceivedAt?: string };
  settings?: Settings;
  lastEvent?: { id: string; type: string; state: State; at: string };
  failed?: Listed;
  decisions?: Listed;
}

/** How many events are in a list. */
export interface Listed {
  count: number;
  isAtLeast?: true;
}

export interface Trouble {
  kind: 'credentials-refused' | 'breaker-open' | 'events-failed';
  since: string;
}

export interface TenantList {
  tenants: (TenantSummary & { trouble?: Trouble[] })[];
  next?: string;
  /** This many more are in trouble. */
  notShown?: number;
}

export interface Issued {
  tenantId: string;
  domain: string;
  clientId: string;
  /** Shown this once; it is kept in the memory of one view and nowhere else. */
  clientSecret: string;
  missingScopes?: string[];
  previousSecretEndsAt?: string;
}

export interface SettingsAnswer {
  settings: Settings;
  /** Counts the changes of the settings. */
  version: number;
  defaults: Settings;
}

export interface RecordName {
  entity: Entity;
  ref: number;
}

export interface EventAction extends RecordName {
  operation: 'created' | 'updated' | 'unchanged' | 'noted' | 'opted_out' | 'opted_in';
  fields?: string[];
}

export interface EventSummary {
  id: string;
  type: string;
  state: State;
  /** When something last happened. */
  at: string;
  receivedAt: string;
  occurredAt: string;
  finishedAt?: string;
  attempts: number;
  reason?: string;
  actions: EventAction[];
}

export interface EventList {
  events: EventSummary[];
  next?: string;
  lookedBackTo?: string;
}

export interface SearchResult {
  events: EventSummary[];
  openComplete: boolean;
  known: boolean;
}

export interface Step {
  step: 'received' | 'queued' | 'working' | 'waiting' | 'matched' | 'written' | 'ended';
  state: 'done' | 'now' | 'to-come' | 'failed' | 'left-out';
  at?: string;
  text: string;
}

export interface EventStory extends EventSummary {
  batchId: string;
  notes: string[];
  waitsUntil?: string;
  whatToDo?: string;
  /** Of a failed one: its group. */
  group?: string;
  /** If it waits for one. */
  decision?: Decision;
  steps: Step[];
  keptUntil: string;
}

export interface Progress {
  since: string;
  now: string;
  open: { count: number; isAtLeast?: true; waiting?: { for: Waiting; until: string } };
  ended: { synced: number; skipped: number; failed: number };
  ratePerMinute: number;
  timeLeft?: {
    seconds: number;
    because: 'rate' | 'minute-limit' | 'hour-limit';
    endpoint?: string;
    text: string;
  };
  calls: { endpoint: string; lastMinute: number; lastHour: number; perMinute: number; perHour: number }[];
}

export interface History {
  bucketMinutes: number;
  from: string;
  to: string;
  buckets: Bucket[];
  /** Per endpoint. */
  limits: { perMinute: number; perHour: number };
}

export interface Bucket {
  at: string;
  synced: number;
  skipped: number;
  failed: number;
  /** Firefish calls on all endpoints. */
  calls: number;
  busiest?: { endpoint: string; calls: number };
}

export interface FailedGroup {
  id: string;
  reason: string;
  whatToDo: string;
  count: number;
  types: string[];
  newestAt: string;
  oldestAt: string;
  /** An event's id. */
  example: string;
}

export interface FailedGroups {
  total: number;
  isAtLeast?: true;
  groups: FailedGroup[];
}

export type ParkedSelection = { event: string } | { group: string } | { all: true };

/** What a person must know to decide whether SourceWhale means one of these records. */
export interface Decision {
  records: RecordName[];
  person?: { name?: string; candidateId?: string; emails: string[] };
}

export interface DecisionList {
  decisions: (Decision & { event: string; type: string; at: string })[];
  next?: string;
}

export interface AmbiguousList {
  ambiguous: { event: string; type: string; records: RecordName[]; used?: RecordName }[];
  next?: string;
}
