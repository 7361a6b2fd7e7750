/**
 * How long each kind of item is kept in the credentials and the audit table. SECURITY.md says the same: a test holds
 * the two, and what the verbs really write, against each other.
 */

export interface Kept {
  /** Partition of the kind, or what its partition key begins with. */
  partition: string;
  what: string;
  /** Which of it is personal data, and in which form. */
  personal: string;
  kept: string;
  /** For how long from its last write, where it ends by itself (`expiresAt`); absent: until it is deleted, or for ever. */
  seconds?: number;
}

/** No provider's access tokens live longer. */
export const SIGN_OUT_KEPT_SECONDS = 30 * 24 * 3600;

export const RETENTION = {
  credentials: [
    {
      partition: 'tenants',
      what: "an agency: its settings, hashes of its secrets, Firefish's credentials and its hashing key encrypted",
      personal: 'the default owner’s address, where the settings name one',
      kept: 'until the agency is deleted',
    },
    {
      partition: 'domains',
      what: 'which agency has a domain',
      personal: 'none',
      kept: 'until the agency is moved or deleted',
    },
    {
      partition: 'clients',
      what: 'which agency a client id of ours belongs to',
      personal: 'none',
      kept: 'until the agency is deleted',
    },
    {
      partition: 'firefish-clients',
      what: 'which agency uses a Firefish client id, by its SHA-256',
      personal: 'none',
      kept: 'until the agency uses another, or is deleted',
    },
    {
      partition: 'connections',
      what: 'when SourceWhale connected first',
      personal: 'none',
      kept: 'until the agency is deleted',
    },
    {
      partition: 'sign-outs',
      what: 'when somebody signed out of the console last',
      personal: 'the person, by the SHA-256 of issuer and subject',
      kept: '30 days',
      seconds: SIGN_OUT_KEPT_SECONDS,
    },
    {
      partition: 'service',
      what: 'the key of the keyed hashes that stand for operators, encrypted',
      personal: 'none',
      kept: 'for ever',
    },
  ],
  audit: [
    {
      partition: 'audit#',
      what: 'an administrative act: what, when, on which agency, how it ended',
      personal: 'who did it, by an id; an address in it by its keyed hash',
      kept: 'for ever, also when the agency is deleted',
    },
  ],
} as const satisfies Record<string, readonly Kept[]>;
