/** All times and retry rules, in milliseconds unless the name says otherwise. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long after its timeout Firefish may still carry out a request. */
export const LATE_MS = 5 * SECOND;
/** How far the clocks of two workers may differ. */
export const CLOCK_SKEW_MS = 2 * SECOND;
/** How far one clock may have been set between two turns. */
export const CLOCK_STEP_MS = 50;

/** The turn: one writer for each tenant. */
export const TURN = {
  /** The turn record is saved this often. */
  saveEveryMs: 3 * SECOND,
  /** A call to Firefish leaves only if the last successful save was sent less than this ago. */
  callAfterSaveMs: 6 * SECOND,
  /** No new bulk work after this time. */
  bulkUntilMs: 45 * SECOND,
  /** No new urgent work after this time. */
  urgentUntilMs: 48 * SECOND,
  /** Waits up to this long happen inside the turn. */
  waitInsideMs: 10 * SECOND,
  /**
   * Longer waits end the turn. The next turn starts this long before they end, because wake-ups can come late, and have
   * a precision of a second.
   */
  wakeEarlyMs: 5 * SECOND,
  /** Groups in hand have this long to end before no call may leave any more. */
  lastBulkMs: 6 * SECOND,
  lastUrgentMs: 3 * SECOND,
  /** What is left of an invocation's time for the closing writes, after the last call has timed out. */
  closingMs: 4 * SECOND,
  /** A function that has less time left than this begins no further turn. */
  shortestMs: 30 * SECOND,
  /** A save that failed is tried again after this. */
  saveAgainMs: 300,
  /** A turn that failed because of our own error is started again after this. */
  afterFailureMs: 5 * SECOND,
  /** The inbox is read this often while the turn runs. */
  readInboxEveryMs: 500,
  /** The tenant is read again this often, so that disabling takes effect within 60 s. */
  readTenantEveryMs: 10 * SECOND,
  /** Bulk events that a turn looks at ahead. */
  lookAhead: 1_000,
  /** People in parallel, and places for urgent work beside them. */
  bulkAtOnce: 24,
  urgentAtOnce: 8,
  /** Groups announced beyond those in hand. */
  announcedAhead: 30,
} as const;

/** The lease ends this long after its last save was sent: no call can reach Firefish later. */
export const leaseMs = (callTimeoutMs: number): number => TURN.callAfterSaveMs + callTimeoutMs + LATE_MS;

/** Class 2, what a person has just done: this many events of a tenant at once, and then one more each second. */
export const CLASS_2 = { mostInOnePost: 10, atOnce: 20, oneMoreEachMs: SECOND } as const;

/** An upload of a document must begin within this. */
export const UPLOAD_SECONDS = 900;
/** Documents are deleted after seven days, whatever happened to them (the bucket's lifecycle rule does the same). */
export const DOCUMENT_RETENTION_SECONDS = (7 * DAY) / SECOND;

/** SQS and Lambda. */
export const QUEUE = {
  visibilityTimeoutSeconds: 90,
  functionTimeoutSeconds: 75,
  longestDelaySeconds: 900,
} as const;

/** Timer rows: the sweep wakes a tenant when its row is due. */
export const TIMER = {
  sweepEveryMs: MINUTE,
  /** A row written by `receive` is due this long after storing begins, at the earliest. */
  firstMs: MINUTE,
  /** A row that is due after at least this time need not be written again. */
  enoughMs: 45 * SECOND,
} as const;

/** A POST lasts at most this long; events of a batch may be stored until then. */
export const POST_LASTS_MS = 28 * SECOND;

/** A request that has stored events for this long stores no more: the answer names what to send again. */
export const STORING_PATIENCE_MS = 15 * SECOND;

/** A definite failure is retried after these pauses; the call keeps its place in line. */
export const RETRY_PAUSES_MS = [300, 1 * SECOND, 2 * SECOND] as const;
/** A record that someone else has locked (409) is tried again after this long. */
export const CONFLICT_PAUSE_MS = 5 * SECOND;
/** 409 is tried again for this long. */
export const CONFLICT_FOR_MS = 10 * MINUTE;
/** A longer `Retry-After` is shortened to this. */
export const LONGEST_RETRY_AFTER_MS = 15 * MINUTE;
/** A shorter one counts as this: otherwise a call could be repeated without a pause. */
export const SHORTEST_RETRY_AFTER_MS = 500;
/** A 429 without `Retry-After`. */
export const RETRY_AFTER_UNSAID_MS = 5 * SECOND;

/** The circuit breaker. */
export const BREAKER = {
  /** It opens after this many failures without a success, … */
  failures: 5,
  /** … the first of which is at least this old. */
  withoutSuccessMs: 10 * SECOND,
  /** The longest is shorter than a token lives: not every probe takes a new one. */
  outagePausesMs: { first: 5 * SECOND, longest: 9 * MINUTE },
  credentialsPausesMs: { first: MINUTE, longest: HOUR },
} as const;

/** Calls of each endpoint that only urgent work (classes 1 and 2) may use. */
export const RESERVE = { perMinute: 5, perHour: 50 } as const;

/** The access token. */
export const TOKEN = {
  /** It is not used in its last seconds. */
  unusedLastMs: 10 * SECOND,
  /** A 401 with a new token is about the token only if the token is older than this; … */
  suspectMs: 5 * MINUTE,
  /** … otherwise the calls wait for this long, because the problem may pass. */
  unauthorisedPauseMs: MINUTE,
} as const;

/** Tokens: the budget of one egress address, which all tenants behind it share. */
export const EGRESS = {
  /**
   * Each window counts as this much longer: two seconds for different clocks, one for the time that a request takes.
   */
  marginMs: CLOCK_SKEW_MS + SECOND,
  /** In each window that is longer than a minute, this many requests are reserved for work of class 1. */
  keptForUrgent: 3,
  keptWindowMs: 2 * MINUTE,
  /**
   * Of the half of an hour's window that is for checks, each one that an agency or a person has made leaves so many places to
   * others: alone, an agency gets five checks of credentials by people, or eight checks in all.
   */
  leftToOthers: { credentials: 2, check: 1 },
  /** When it is the turn of a tenant that was told to wait, it has this long to come before it loses its place. */
  graceMs: 5 * MINUTE,
  keptMs: 8 * HOUR,
} as const;

/** Calls beside the turn: previews, the probe and checks of scopes. */
export const PREVIEW = {
  /** Less than a request lasts, so that its answer says that it took too long. */
  lastsMs: 25 * SECOND,
  /** Of one endpoint, in the time of one announcement, beside an open turn … */
  callsAtOnce: 1,
  /** … and in a second while no turn is open, but at most this part of any limit. */
  callsAlone: 7,
  shareAlone: 0.7,
  /** An open turn reads the announcement with its inbox. */
  seenWithinMs: 1_200,
  /** How long the calls of one announcement may leave. */
  aloneMs: SECOND,
  /** A little more than a second, because a call can take longer to arrive than the next one. */
  besideMs: 1_600,
  keptMs: HOUR,
  /** Announcements older than a minute are kept together in steps of this length. */
  stepMs: 10 * SECOND,
} as const;

/** The probe: its invocation ends after sixty seconds, and what it created is archived before that. */
export const PROBE = {
  lastsMs: 58 * SECOND,
  /** Its calls of one endpoint beside the turn, in the time in which a preview makes one. */
  callsAtOnce: 2,
  looksForMs: 36 * SECOND,
} as const;

/**
 * Work that fails is tried again after these pauses. After an error of ours it then ends `failed`; while Firefish has an
 * error each time, it is tried again after the fourth pause.
 */
export const AFTER_ERROR_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR] as const;
/** After two crashes with a group in hand it is set aside for this long; after three its events end `failed`. */
export const SET_ASIDE_MS = 10 * MINUTE;

/** Events, failed ones too, are kept this long after they were received or ended, in seconds. */
export const EVENT_RETENTION_SECONDS = (30 * DAY) / SECOND;
/** How much longer an open event is kept than it can wait: it must be found to end as failed. */
export const OPEN_GRACE_SECONDS = (7 * DAY) / SECOND;

/** A side of a person without a match is looked up again at most this often. */
export const LOOK_UP_AGAIN_MS = DAY;
/** How long the company that a name leads to is remembered. */
export const COMPANY_REMEMBERED_MS = DAY;

/** A domain's opt-out: it is urgent work up to this many addresses, and its progress is stored after each stride. */
export const DOMAIN = { urgentAddresses: 20, stride: 40, atOnce: 8 } as const;

/** An admin verb waits this long for its event's outcome, then answers `pending`. */
export const VERB_WAITS_MS = 20 * SECOND;
/** How often it looks. */
export const ASKED_LOOK_MS = 500;
/** How long a repeated verb finds its internal events, and an export its result (seconds). */
export const ASKED_KEPT_SECONDS = HOUR / SECOND;

/**
 * How far a provider's clock may be ahead: API Gateway’s authorizer refuses tokens that are issued later than now.
 */
export const ISSUED_AHEAD_SECONDS = 60;

/**
 * How long a sign-out from the console takes. Tokens name only the second in which they were issued, and those of the
 * second of the sign-out are refused: a sign-in after it is in a later one.
 */
export const SIGN_OUT_MS = SECOND;

/** A sign-out from the console is remembered for longer than any provider's access token lives. */
export const SIGN_OUT_KEPT_SECONDS = (30 * DAY) / SECOND;
