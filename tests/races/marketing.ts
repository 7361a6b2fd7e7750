/** Races in which an opt-out may not get lost. */
import {
  ann,
  annAsContact,
  domainIn,
  domainOut,
  flagEmail,
  onlyId,
  optIn,
  optOut,
  say,
  seededCandidate,
  seededContact,
} from '../model/cases/case.ts';
import type { Race } from './race.ts';

const OUT = { EmailMarketing: false, SmsMarketing: false, PostalMarketing: false };
const IN = { EmailMarketing: true, SmsMarketing: true, PostalMarketing: true };
const HOME = 'ann@home.example';
/** New records are not opted out by themselves: only the opt-out that must not be lost can do it. */
const settings = { newRecordsOptedOut: false };
const anne = (changes: Parameters<typeof ann>[0] = {}): ReturnType<typeof ann> =>
  ann({ candidateId: 'sw_anne', emails: [HOME], ...changes });
/** Whoever opts out may not be in Firefish yet: that says so, and the word is kept. */
const mayComeFirst = /^(synced|skipped: not-in-firefish)/;

export const MARKETING: readonly Race[] = [
  {
    name: 'opt-out and create',
    settings,
    first: [optOut('e2', 2, ann())],
    second: [say('e1', 1, 'record.created', ann())],
    expected: { candidates: [{ fields: OUT }] },
    outcomes: { e2: mayComeFirst },
  },
  {
    name: 'opt-out by id alone and create',
    settings,
    first: [optOut('e2', 2, onlyId())],
    second: [say('e1', 1, 'record.created', ann())],
    expected: { candidates: [{ fields: OUT }] },
    outcomes: { e2: mayComeFirst },
  },
  {
    name: 'opt-out by address alone and create under another id',
    settings,
    first: [optOut('e2', 2, ann({ candidateId: 'sw_list' }))],
    second: [say('e1', 1, 'record.created', ann())],
    expected: { candidates: [{ fields: OUT }] },
    outcomes: { e2: mayComeFirst },
  },
  {
    name: 'opt-out by the second address and create',
    settings,
    first: [optOut('e2', 2, ann({ candidateId: 'sw_list', emails: [HOME] }))],
    second: [say('e1', 1, 'record.created', ann({ emails: ['ann@x.example', HOME] }))],
    expected: { candidates: [{ fields: OUT }] },
    outcomes: { e2: mayComeFirst },
  },
  {
    name: 'opt-out and change of address to one that opted out',
    settings,
    before: [say('e0', 0, 'record.created', ann())],
    first: [optOut('e2', 2, ann({ candidateId: 'sw_list', emails: ['new@x.example'] }))],
    second: [say('e1', 1, 'record.updated', ann({ emails: ['new@x.example'] }))],
    expected: { candidates: [{ fields: { ...OUT, EmailAddress: 'new@x.example' } }] },
    outcomes: { e2: mayComeFirst },
  },
  {
    name: 'opt-out and newer opt-in',
    before: [say('e0', 0, 'record.created', ann())],
    first: [optOut('e1', 1, onlyId())],
    second: [optIn('e2', 2, onlyId())],
    expected: { candidates: [{ fields: IN }] },
  },
  {
    name: 'opt-in and newer opt-out',
    before: [say('e0', 0, 'record.created', ann())],
    first: [optIn('e1', 1, onlyId())],
    second: [optOut('e2', 2, onlyId())],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'opt-out of both kinds, one archived, and an update',
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example'), seededCandidate(102, 'ann@x.example')],
      contacts: [seededContact(201, 'ann@x.example', { IsArchived: true })],
    },
    first: [optOut('e2', 2, ann())],
    second: [say('e1', 1, 'record.updated', ann({ role: 'Lead' }))],
    expected: {
      candidates: [{ fields: { ...OUT, JobTitle: 'Lead' } }, { fields: OUT }],
      contacts: [{ fields: { EmailMarketing: false, JobTitle: 'Lead' }, archived: true }],
    },
  },
  {
    name: 'merge and opt-out of one of the two',
    settings,
    before: [say('e1', 1, 'record.created', ann()), say('e2', 2, 'record.created', anne())],
    first: [say('e3', 3, 'record.updated', ann({ emails: ['ann@x.example', HOME] }))],
    second: [optOut('e4', 4, onlyId({ candidateId: 'sw_anne' }))],
    expected: { candidates: [{ fields: OUT }, { fields: OUT }] },
  },
  {
    name: 'domain opt-out and create',
    settings,
    first: [domainOut('e2', 2, 'x.example')],
    second: [say('e1', 1, 'record.created', ann())],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'domain opt-out and create as contact',
    settings,
    first: [domainOut('e2', 2, 'x.example')],
    second: [say('e1', 1, 'record.created', annAsContact())],
    expected: { contacts: [{ fields: { EmailMarketing: false } }] },
  },
  {
    name: 'domain opt-out and change of address into it',
    settings,
    before: [say('e0', 0, 'record.created', ann({ emails: [HOME] }))],
    first: [domainOut('e2', 2, 'x.example')],
    second: [say('e1', 1, 'record.updated', ann())],
    expected: { candidates: [{ fields: { ...OUT, EmailAddress: 'ann@x.example' } }] },
  },
  {
    name: 'domain opt-out and the match of a second address there',
    settings,
    seed: { candidates: [seededCandidate(101, HOME)] },
    first: [domainOut('e2', 2, 'x.example')],
    second: [say('e1', 1, 'record.updated', ann({ emails: [HOME, 'ann@x.example'] }))],
    expected: { candidates: [{ fields: { ...OUT, EmailAddress: HOME } }] },
  },
  {
    name: 'domain opt-out and create, where addresses tie nobody',
    settings: { ...settings, mergeWithExisting: false },
    before: [say('e0', 0, 'record.created', anne({ emails: ['ann@x.example'] }))],
    first: [domainOut('e2', 2, 'x.example')],
    second: [say('e1', 1, 'record.created', ann())],
    expected: { candidates: [{ fields: OUT }, { fields: OUT }] },
  },
  {
    name: 'domain opt-out and older opt-in by an address, where addresses tie nobody',
    settings: { mergeWithExisting: false },
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    first: [domainOut('e2', 2, 'x.example')],
    second: [optIn('e1', 1, ann())],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'domain opt-out and later flag of the address there',
    settings,
    before: [say('e1', 1, 'record.created', ann({ emails: ['ann@x.example', HOME] }))],
    first: [domainOut('e2', 2, 'x.example')],
    second: [flagEmail('e3', 3, onlyId(), 'ann@x.example')],
    expected: { candidates: [{ fields: { ...OUT, EmailAddress: HOME } }] },
  },
  {
    name: 'domain opt-in and flag of an address there that nobody has named yet',
    seed: { candidates: [{ ...seededCandidate(101, 'ann@x.example'), ...OUT }] },
    first: [domainIn('e1', 1, 'x.example')],
    second: [flagEmail('e2', 2, onlyId(), 'ann@x.example')],
    // A last address stays, opted out.
    expected: { candidates: [{ fields: { EmailAddress: 'ann@x.example', EmailMarketing: false } }] },
  },
  {
    name: 'domain opt-out and newer domain opt-in',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    first: [domainOut('e1', 1, 'x.example')],
    second: [domainIn('e2', 2, 'x.example')],
    expected: { candidates: [{ fields: IN }] },
  },
  {
    name: 'domain opt-out and a person’s own newer opt-in',
    seed: { candidates: [seededCandidate(101, 'ann@x.example'), seededCandidate(102, 'bob@x.example')] },
    first: [domainOut('e1', 1, 'x.example')],
    second: [optIn('e2', 2, ann())],
    expected: { candidates: [{ fields: IN }, { fields: OUT }] },
  },
];
