/**
 * How long each kind of item is kept in the three tables. `npm run docs` writes the table in SECURITY.md from this.
 * Tests compare it with the existing keys, and with what is really written.
 */
import type { TenantId } from './ids.ts';
import { TOKEN_LIFETIME_SECONDS } from './credentials/access-tokens.ts';
import { KEY_KEPT_SECONDS, WINDOW_SECONDS } from './credentials/failures.ts';
import {
  ASKED_KEPT_SECONDS,
  DOCUMENT_RETENTION_SECONDS,
  EGRESS,
  EVENT_RETENTION_SECONDS,
  OPEN_GRACE_SECONDS,
  PREVIEW,
  SIGN_OUT_KEPT_SECONDS,
} from './times.ts';

export interface Kept {
  /** The partition, or what it begins with (`…#`); `T` stands for the tenant's id. */
  partition: string;
  /** The sort key, or what it begins with (`…#`), if one partition holds several kinds. */
  sort?: string;
  what: string;
  /** Which of it is personal data, and in which form. */
  personal: string;
  kept: string;
  /** At most this long after its last write, if it expires (`expiresAt`); absent: until it is deleted, or forever. */
  seconds?: number;
}

const OPEN_EVENT_SECONDS = EVENT_RETENTION_SECONDS + OPEN_GRACE_SECONDS;
const FORGOTTEN_WITH_TENANT = 'until the agency is deleted';
const UNTIL_ERASED = 'until the person is erased, or the agency deleted';

export const RETENTION = {
  credentials: [
    {
      partition: 'tenants',
      what: "an agency: its settings, hashes of its secrets, Firefish's credentials and its hashing key encrypted",
      personal: 'the default owner’s address, if the settings have one',
      kept: FORGOTTEN_WITH_TENANT,
    },
    {
      partition: 'domains',
      what: 'which agency has a domain',
      personal: 'none',
      kept: 'until the agency is moved or deleted',
    },
    {
      partition: 'clients',
      what: 'which agency one of our client ids belongs to',
      personal: 'none',
      kept: FORGOTTEN_WITH_TENANT,
    },
    {
      partition: 'firefish-clients',
      what: 'which agency uses a Firefish client id, by its SHA-256',
      personal: 'none',
      kept: 'until the agency uses another, or is deleted',
    },
    {
      partition: 'connections',
      what: 'when SourceWhale first connected',
      personal: 'none',
      kept: FORGOTTEN_WITH_TENANT,
    },
    {
      partition: 'sign-outs',
      what: 'when a person last signed out of the console',
      personal: 'the person, by the SHA-256 of issuer and subject',
      kept: '30 days',
      seconds: SIGN_OUT_KEPT_SECONDS,
    },
    {
      partition: 'key-file',
      what: 'which key file belongs to the data, on one machine: a text encrypted under it',
      personal: 'none',
      kept: 'forever',
    },
    {
      partition: 'service',
      what: 'the key of the keyed hashes that replace operators, encrypted',
      personal: 'none',
      kept: 'forever',
    },
  ],
  audit: [
    {
      partition: 'audit#',
      what: 'an administrative act: what, when, on which agency, how it ended',
      personal: 'who did it, by an id; an address in it by its keyed hash',
      kept: 'forever, also when the agency is deleted',
    },
    {
      partition: 'erased#',
      what: 'who was erased, to erase again after a restore',
      personal: 'the address, by its keyed hash',
      kept: FORGOTTEN_WITH_TENANT,
    },
  ],
  sync: [
    {
      partition: 'T#e#',
      sort: 'e',
      what: 'an event, and what happened to it; its content only until it is synced',
      personal: 'its content and what is said of it, encrypted; the person, by an id',
      kept: '30 days after it ended; an open one 37 days; an opt-out that ended because the agency is disabled, until that is over',
      seconds: OPEN_EVENT_SECONDS,
    },
    {
      partition: 'T#result',
      what: 'the result of an export, until it is read',
      personal: 'all data about the person, encrypted; the address, by its keyed hash',
      kept: 'an hour, or until any person is erased',
      seconds: ASKED_KEPT_SECONDS,
    },
    {
      partition: 'T#batch',
      what: 'which events came in one request',
      personal: 'none',
      kept: '30 days',
      seconds: EVENT_RETENTION_SECONDS,
    },
    {
      partition: 'T#inbox',
      what: 'which events of a request are open',
      personal: 'none',
      kept: 'until work on them starts; 37 days at most',
      seconds: OPEN_EVENT_SECONDS,
    },
    {
      partition: 'T#later',
      what: 'which event waits alone, and until when',
      personal: 'none',
      kept: 'until it is due; 37 days at most',
      seconds: OPEN_EVENT_SECONDS,
    },
    {
      partition: 'T#held',
      what: 'which opt-outs wait until the agency is enabled again',
      personal: 'none',
      kept: 'until it is enabled again, or deleted',
    },
    {
      partition: 'T#p#',
      sort: 'state',
      what: 'a person: SourceWhale’s ids, their records in Firefish, the newest values',
      personal: 'ids, names and addresses encrypted; everything else by keyed hash',
      kept: UNTIL_ERASED,
    },
    {
      partition: 'T#p#',
      sort: 'note#',
      what: 'a note that was written, so that it is written once',
      personal: 'the note, by its keyed hash',
      kept: UNTIL_ERASED,
    },
    {
      partition: 'T#p#',
      sort: 'pend#',
      what: 'which event waits until the person is in Firefish',
      personal: 'none',
      kept: '30 days',
      seconds: EVENT_RETENTION_SECONDS,
    },
    {
      partition: 'T#p#',
      sort: 'reach#',
      what: 'which consent a record of the person has',
      personal: 'the record’s number in Firefish',
      kept: UNTIL_ERASED,
    },
    {
      partition: 'T#rec#',
      what: 'which person a record belongs to, if people are not matched by address',
      personal: 'the record’s number in Firefish',
      kept: UNTIL_ERASED,
    },
    {
      partition: 'T#addr#',
      what: 'which person an address belongs to',
      personal: 'the address, by its keyed hash',
      kept: UNTIL_ERASED,
    },
    {
      partition: 'T#consent',
      what: 'an opt-out or opt-in, so that it stays in force',
      personal: 'the address, the domain or SourceWhale’s id, by its keyed hash',
      kept: FORGOTTEN_WITH_TENANT,
    },
    {
      partition: 'T#company',
      what: 'which company an id or a name belongs to',
      personal: 'both by keyed hash',
      kept: FORGOTTEN_WITH_TENANT,
    },
    {
      partition: 'T#doc',
      what: 'an uploaded document, until Firefish has it',
      personal: 'its name, encrypted; its file is in the bucket, encrypted',
      kept: '7 days at most',
      seconds: DOCUMENT_RETENTION_SECONDS,
    },
    {
      partition: 'T#asked',
      what: 'which work a verb waits for',
      personal: 'the options, by their keyed hash',
      kept: 'an hour',
      seconds: ASKED_KEPT_SECONDS,
    },
    {
      partition: 'T#turn',
      what: 'the lease, and what one turn leaves to the next; Firefish’s token encrypted',
      personal: 'none',
      kept: FORGOTTEN_WITH_TENANT,
    },
    {
      partition: 'T#preview',
      what: 'calls to Firefish outside the turn; Firefish’s token encrypted',
      personal: 'none',
      kept: 'an hour',
      seconds: PREVIEW.keptMs / 1000,
    },
    {
      partition: 'timer',
      what: 'which agency is woken in which minute',
      personal: 'none',
      kept: 'until that minute',
    },
    {
      partition: 'egress#',
      what: 'token requests that agencies behind one address have made or wait for',
      personal: 'who had credentials checked, by the SHA-256 of issuer and subject',
      kept: '8 hours',
      seconds: EGRESS.keptMs / 1000,
    },
    {
      partition: 'alerts',
      what: 'open alerts about an agency',
      personal: 'none',
      kept: 'until it is over',
    },
    {
      partition: 'access-token#',
      what: 'one of our access tokens, by its SHA-256',
      personal: 'none',
      kept: 'one hour',
      seconds: TOKEN_LIFETIME_SECONDS,
    },
    {
      partition: 'failures#key',
      what: 'the key of the keyed hashes of source addresses',
      personal: 'none',
      kept: 'a day',
      seconds: KEY_KEPT_SECONDS,
    },
    {
      partition: 'failures#client',
      what: 'failed authentications, by client id',
      personal: 'none',
      kept: 'a minute',
      seconds: WINDOW_SECONDS,
    },
    {
      partition: 'failures#source',
      what: 'failed authentications, by source address',
      personal: 'the address, by its keyed hash',
      kept: 'a minute',
      seconds: WINDOW_SECONDS,
    },
  ],
} as const satisfies Record<string, readonly Kept[]>;

/** The kind of an item. @param tenantId of the tenant that the item may be of */
export function kindOf(
  table: keyof typeof RETENTION,
  { pk, sk }: { pk: string; sk: string },
  tenantId: TenantId,
): Kept | undefined {
  const kinds: readonly Kept[] = RETENTION[table];
  const fits = (pattern: string, key: string): boolean =>
    pattern.endsWith('#') ? key.startsWith(pattern) : key === pattern;
  const partition = pk.startsWith(`${tenantId}#`) ? `T${pk.slice(tenantId.length)}` : pk;
  return kinds.find(
    (kind) => fits(kind.partition, partition) && (kind.sort === undefined || fits(kind.sort, sk)),
  );
}
