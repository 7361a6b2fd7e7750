/** What the command line offers: each verb with its options, in the words of its help text. */

import { decisionCommands } from './decision-commands.ts';

export interface CommandOption {
  /** What stands for the value in the help text; absent for a switch. */
  value?: string;
  description: string;
  required?: boolean;
  /** The option's name in the payload. */
  payload: string;
  /** `json-file`: the value names a file whose JSON is sent. Of it and of a `secret`: `-` reads standard input. `number`: digits. */
  kind?: 'json-file' | 'secret' | 'number';
}

export interface Command {
  summary: string;
  details?: string;
  options: Readonly<Record<string, CommandOption>>;
  /** Told on standard error after success, for people. */
  afterword?: string;
  /** The verb does a part of it each time, and is asked again until it answers `done`, as late as `askAgainAt` says. */
  untilDone?: true;
  /** The verb answers pages; what it is asked for the next one by (`after`) stands in the last entry under this name. */
  pagedBy?: string;
  /** The command line does it itself: the function `provision` knows no such verb. */
  ownWork?: true;
}

const domain: CommandOption = {
  value: 'D',
  description: "the agency's Firefish address, such as acme.firefishsoftware.com",
  required: true,
  payload: 'domain',
};

const email: CommandOption = {
  value: 'E',
  description: "one of the person's e-mail addresses",
  required: true,
  payload: 'email',
};

const firefishClient: Readonly<Record<string, CommandOption>> = {
  'firefish-client-id': {
    value: 'I',
    description: 'from Settings, Integrations, Custom API profile in Firefish',
    required: true,
    payload: 'firefishClientId',
  },
  'firefish-client-secret': {
    value: 'S',
    description: 'from the same place; - reads it from standard input, out of sight of the shell history',
    required: true,
    payload: 'firefishClientSecret',
    kind: 'secret',
  },
};

const parked: Readonly<Record<string, CommandOption>> = {
  event: { value: 'id', description: 'one event, by its id', payload: 'event' },
  group: { value: 'G', description: 'those that failed of the same thing', payload: 'group' },
  all: { description: 'all of them', payload: 'all' },
};

const SHOWN_ONCE = 'The client secret is shown this once: paste it into SourceWhale now.';

export const COMMANDS: Readonly<Record<string, Command>> = {
  enable: {
    summary: 'check the Firefish credentials, issue a client id and secret for SourceWhale',
    details:
      'After disable: the same client id, a new secret, the old sync state; settings stay unless given again.',
    options: {
      domain,
      ...firefishClient,
      settings: {
        value: 'file.json',
        description: 'settings that differ from the defaults; - reads them from standard input',
        payload: 'settings',
        kind: 'json-file',
      },
    },
    afterword: SHOWN_ONCE,
  },
  rotate: {
    summary: 'issue a second secret; the old one dies after the overlap',
    details:
      'A secret keeps the overlap that it was promised, whatever is rotated later, except by --overlap 0, which ends\nall older ones. At most three live at once.',
    options: {
      domain,
      overlap: {
        value: '24h',
        description: 'how long the old secret lives on, default 24h; 0: at once, which is within 60 s',
        payload: 'overlap',
      },
    },
    afterword: SHOWN_ONCE,
  },
  disable: {
    summary: 'stop credentials and tokens within 60 s; queued events end as skipped',
    options: { domain },
    afterword: 'Opt-outs among these events are remembered, and applied once the agency is enabled again.',
  },
  'firefish-credentials': {
    summary: 'replace the Firefish credentials, after a check; what waited for them starts',
    options: { domain, ...firefishClient },
    afterword:
      'With another client id the database may be another: each link to a record is checked once, before it is used.',
  },
  settings: {
    summary: 'show the settings, or replace them',
    details:
      'A replacement is whole: what the file leaves out is back at its default. With --version it is refused where\nsomeone has changed the settings since; without it the last writer wins.',
    options: {
      domain,
      set: {
        value: 'file.json',
        description: 'the new settings; - reads them from standard input',
        payload: 'set',
        kind: 'json-file',
      },
      version: {
        value: 'N',
        description: 'the version of the settings that the new ones are made from',
        payload: 'version',
        kind: 'number',
      },
    },
  },
  move: {
    summary: 'give an agency a new Firefish address: credentials and all state stay',
    details: 'SourceWhale connects with the new address from then on.',
    options: {
      domain,
      to: { value: 'E', description: 'its new Firefish address', required: true, payload: 'to' },
    },
  },
  delete: {
    summary: 'remove a disabled agency and all that is held of it, opt-outs too',
    details:
      'Its trace in the audit table stays. It waits until nothing works for the agency any more: some 90 s after disable.',
    options: {
      domain,
      confirm: {
        value: 'D',
        description: 'the same address, to be sure',
        required: true,
        payload: 'confirm',
      },
    },
    untilDone: true,
  },
  list: { summary: 'all tenants', options: {}, pagedBy: 'domain' },
  show: { summary: 'one tenant, with counters and health', options: { domain } },
  failed: {
    summary: 'the parked events, each with why; they can be replayed for 30 days',
    options: { domain },
    pagedBy: 'id',
  },
  replay: {
    summary: 'put parked events back to be worked on again',
    details: 'Say which: one by --event, those of a --group that `failed` names, or --all.',
    options: { domain, ...parked },
  },
  dismiss: {
    summary:
      'failed events that nobody will replay: failed lists them no more, replay --all passes them over',
    details: 'Say which: one by --event, those of a --group that `failed` names, or --all.',
    options: {
      domain,
      ...parked,
      reason: { value: 'words', description: 'why they are left; kept encrypted', payload: 'reason' },
    },
  },
  ...decisionCommands(domain),
  erase: {
    summary: 'GDPR: erase everything held about a person, except an opt-out',
    details:
      'What is still queued about them ends as skipped. Their records in Firefish stay: erase those there.',
    options: { domain, email },
  },
  'repeat-erasures': {
    summary: 'erase again, after tables were restored from before an erasure',
    details: 'The addresses that were erased are in the audit table, as hashes.',
    options: { domain },
  },
  doctor: {
    summary: 'look at the whole system: what is wrong, and what to do about it',
    details:
      'With --stage by your AWS credentials: stack, drift, functions, queues, tables, key, alarms, mails, API, agencies.\nExits with 1 where something is wrong. It changes nothing.',
    options: {},
    ownWork: true,
  },
  probe: {
    summary: "hold what is assumed of Firefish's API against the agency's real one, line by line",
    details:
      'Only reads, and takes some seconds. With --write it makes a company, a candidate and a contact marked as its own, changes and archives them, and goes over the limit of one second once, with ten calls: a minute or less.',
    options: {
      domain,
      write: { description: 'also make, change and archive test records', payload: 'write' },
    },
  },
  'rotate-encryption-key': {
    summary: 'make a new encryption key, used everywhere at once; older ones stay readable',
    details:
      'Of the key file of one machine: back it up again. In the cloud KMS does it yearly; docs/deploy.md says how to move to another key.\nThen reencrypt, until it is done.',
    options: {},
  },
  reencrypt: {
    summary: 'encrypt under the current key what older ones encrypted; again until it says done',
    options: { domain: { ...domain, required: false, description: 'one agency; without it: all' } },
  },
  export: { summary: 'GDPR: everything held about a person, readable', options: { domain, email } },
};
