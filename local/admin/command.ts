/** What the command line offers: each verb with its options, in the words of its help text. */

import { decisionCommands } from './decision-commands.ts';

export interface CommandOption {
  /** The placeholder for the value in the help text; absent for a switch. */
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
  /** Printed on standard error after success, for people. */
  afterword?: string;
  /** The verb does a part each time. It is repeated until it answers `done`, at the time `askAgainAt`. */
  untilDone?: true;
  /** The verb answers pages. The option `after` for the next page is in the last entry, under this name. */
  pagedBy?: string;
  /** The verb answers pages of named lists. The option `after` for the next page is `next`. */
  pagedByNext?: true;
  /** The command line does it itself: the function `provision` has no such verb. */
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
    description:
      'from the same place; - reads it from standard input, so that it is not in the shell history',
    required: true,
    payload: 'firefishClientSecret',
    kind: 'secret',
  },
};

const parked: Readonly<Record<string, CommandOption>> = {
  event: { value: 'id', description: 'one event, by its id', payload: 'event' },
  group: { value: 'G', description: 'all with the same reason', payload: 'group' },
  all: { description: 'all of them', payload: 'all' },
};

const SHOWN_ONCE = 'The client secret is shown only once: paste it into SourceWhale now.';

export const COMMANDS: Readonly<Record<string, Command>> = {
  enable: {
    summary: 'check the Firefish credentials, then issue a client id and secret for SourceWhale',
    details:
      'After disable: the same client id, a new secret, and the old sync state. Settings stay unless you give new ones.',
    options: {
      domain,
      ...firefishClient,
      settings: {
        value: 'file.json',
        description: 'settings that differ from the defaults; - reads standard input',
        payload: 'settings',
        kind: 'json-file',
      },
    },
    afterword: SHOWN_ONCE,
  },
  rotate: {
    summary: 'issue a second secret; the old one stops after the overlap',
    details:
      'Later rotations do not change the overlap of a secret, except --overlap 0, which ends all older secrets.\nAt most three secrets are valid at the same time.',
    options: {
      domain,
      overlap: {
        value: '24h',
        description: 'how long the old secret stays valid, default 24h; 0: it stops within 60 s',
        payload: 'overlap',
      },
    },
    afterword: SHOWN_ONCE,
  },
  disable: {
    summary: 'stop credentials and tokens within 60 s; queued events end skipped',
    options: { domain },
    afterword: 'Opt-outs among these events are remembered, and applied once the agency is enabled again.',
  },
  'firefish-credentials': {
    summary: 'check and replace the Firefish credentials; events that waited for them start',
    options: { domain, ...firefishClient },
    afterword:
      'With another client id the database may be another: each link to a record is checked once, before it is used.',
  },
  settings: {
    summary: 'show the settings, or replace them',
    details:
      'A replacement is complete: settings that the file leaves out get their default. With --version it is refused if\nthe settings have changed since that version. Without it the last writer wins.',
    options: {
      domain,
      set: {
        value: 'file.json',
        description: 'the new settings; - reads standard input',
        payload: 'set',
        kind: 'json-file',
      },
      version: {
        value: 'N',
        description: 'the version of the settings that you have changed',
        payload: 'version',
        kind: 'number',
      },
    },
  },
  move: {
    summary: 'give an agency a new Firefish address; credentials and all state stay',
    details: 'SourceWhale must connect with the new address.',
    options: {
      domain,
      to: { value: 'E', description: 'its new Firefish address', required: true, payload: 'to' },
    },
  },
  delete: {
    summary: 'delete a disabled agency and all its data, opt-outs too',
    details:
      'Its entries in the audit table stay. The command waits until all work for the agency has ended, about 90 s after disable.',
    options: {
      domain,
      confirm: {
        value: 'D',
        description: 'the same address again',
        required: true,
        payload: 'confirm',
      },
    },
    untilDone: true,
  },
  list: { summary: 'all tenants', options: {}, pagedBy: 'domain' },
  show: { summary: 'one tenant with counters and health', options: { domain } },
  failed: {
    summary: 'the failed events with their reasons; they can be replayed for 30 days',
    options: { domain },
    pagedBy: 'id',
  },
  replay: {
    summary: 'put failed events back into the queue',
    details: 'Choose --event, --group (as `failed` lists it), or --all.',
    options: { domain, ...parked },
  },
  dismiss: {
    summary: 'mark failed events as done: failed no longer lists them, and replay --all leaves them out',
    details: 'Choose --event, --group (as `failed` lists it), or --all.',
    options: {
      domain,
      ...parked,
      reason: { value: 'words', description: 'why they are dismissed; stored encrypted', payload: 'reason' },
    },
  },
  ...decisionCommands(domain),
  erase: {
    summary: 'GDPR: erase all data about a person, except an opt-out',
    details: 'Queued events about them end skipped. Their records in Firefish stay: erase those in Firefish.',
    options: { domain, email },
  },
  'repeat-erasures': {
    summary: 'erase again, after a restore of tables from before an erasure',
    details:
      'The audit table has the erased addresses as hashes, with the time. A person who was sent again after that stays,\nunless the tables have older data about them.',
    options: { domain },
  },
  doctor: {
    summary: 'check the whole system: what is wrong, and what to do',
    details:
      'With --stage by your AWS credentials: stack, drift, functions, queues, tables, key, alarms, mails, API, agencies.\nExits with 1 where something is wrong. It changes nothing.',
    options: {},
    ownWork: true,
  },
  probe: {
    summary: "compare the assumptions about Firefish's API with the agency's real one, line by line",
    details:
      'It only reads, and takes some seconds. With --write it creates, changes and archives a marked company, candidate and contact, and exceeds the limit of one second once, with ten calls. That takes a minute at most.',
    options: {
      domain,
      write: { description: 'also create, change and archive test records', payload: 'write' },
    },
  },
  'rotate-encryption-key': {
    summary: 'make a new encryption key that is used at once; older keys still decrypt',
    details:
      'For the key file of one machine: back it up again afterwards. In the cloud, KMS rotates the key yearly; docs/deploy.md describes\nhow to move to another key. Then run reencrypt until it is done.',
    options: {},
  },
  reencrypt: {
    summary: 'encrypt data of older keys under the current key; run it until it answers done',
    options: { domain: { ...domain, required: false, description: 'one agency; without it: all' } },
  },
  export: {
    summary: 'GDPR: all data about a person, readable',
    details: 'It is read page by page, and printed as one.',
    options: { domain, email },
    pagedByNext: true,
  },
};
