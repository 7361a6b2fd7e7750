/** Races about who a person is. */
import {
  ann,
  annAsContact,
  flagEmail,
  onlyId,
  say,
  seededCandidate,
  seededContact,
} from '../model/cases/case.ts';
import type { Race } from './race.ts';

const HOME = 'ann@home.example';
/** Ann as somebody else's card has her: another id, and a first address that nobody else lists. */
const anne = (changes: Parameters<typeof ann>[0] = {}): ReturnType<typeof ann> =>
  ann({ candidateId: 'sw_anne', emails: [HOME], ...changes });

export const PEOPLE: readonly Race[] = [
  {
    name: 'create and create, one id',
    first: [say('e1', 1, 'record.created', ann({ role: 'Tester' }))],
    second: [say('e2', 2, 'record.updated', ann({ role: 'Lead' }))],
    expected: { candidates: [{ fields: { JobTitle: 'Lead', EmailAddress: 'ann@x.example' } }] },
  },
  {
    name: 'create and create, only the second address in common',
    first: [say('e1', 1, 'record.created', ann({ emails: ['ann@x.example', 'ann@shared.example'] }))],
    second: [say('e2', 2, 'record.created', anne({ emails: [HOME, 'ann@shared.example'] }))],
    expected: { candidates: [{ fields: { EmailAddress: HOME } }] },
  },
  {
    name: 'create as candidate and create as contact',
    first: [say('e1', 1, 'record.created', ann())],
    second: [say('e2', 2, 'record.created', annAsContact({ candidateId: 'sw_client' }))],
    expected: [
      { candidates: [{ fields: { EmailAddress: 'ann@x.example' } }] },
      { contacts: [{ fields: { EmailAddress: 'ann@x.example', Company: 'Acme' } }] },
    ],
  },
  {
    name: 'create and change of address',
    first: [say('e1', 1, 'record.created', ann())],
    second: [say('e2', 2, 'record.updated', ann({ emails: ['new@x.example'] }))],
    expected: { candidates: [{ fields: { EmailAddress: 'new@x.example' } }] },
  },
  {
    name: 'change of address and create at the old one',
    before: [say('e0', 0, 'record.created', ann())],
    first: [say('e1', 1, 'record.updated', ann({ emails: ['new@x.example'] }))],
    second: [say('e2', 2, 'record.created', anne({ emails: ['ann@x.example'] }))],
    expected: { candidates: [{ fields: { EmailAddress: 'ann@x.example' } }] },
  },
  {
    name: 'merge of two known persons and news of either',
    before: [say('e1', 1, 'record.created', ann()), say('e2', 2, 'record.created', anne())],
    first: [say('e3', 3, 'record.updated', ann({ emails: ['ann@x.example', HOME], role: 'Lead' }))],
    second: [say('e4', 4, 'record.updated', anne({ skills: ['Go'] }))],
    expected: {
      candidates: [
        { fields: { JobTitle: 'Lead', Skills: 'Go', EmailAddress: HOME } },
        { fields: { JobTitle: 'Lead', Skills: 'Go', EmailAddress: HOME } },
      ],
    },
  },
  {
    name: 'two merges that share a person',
    before: [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.created', anne()),
      say('e3', 3, 'record.created', ann({ candidateId: 'sw_annie', emails: ['ann@club.example'] })),
    ],
    first: [say('e4', 4, 'record.updated', ann({ emails: ['ann@x.example', HOME] }))],
    second: [say('e5', 5, 'record.updated', anne({ emails: ['ann@club.example', HOME], role: 'Lead' }))],
    expected: {
      candidates: [
        { fields: { JobTitle: 'Lead', EmailAddress: 'ann@club.example' } },
        { fields: { JobTitle: 'Lead', EmailAddress: 'ann@club.example' } },
        { fields: { JobTitle: 'Lead', EmailAddress: 'ann@club.example' } },
      ],
    },
  },
  {
    name: 'a merge from either side at once',
    before: [say('e1', 1, 'record.created', ann()), say('e2', 2, 'record.created', anne())],
    first: [say('e3', 3, 'record.updated', ann({ emails: ['ann@x.example', HOME] }))],
    second: [say('e4', 4, 'record.updated', anne({ emails: [HOME, 'ann@x.example'], role: 'Lead' }))],
    expected: {
      candidates: [
        { fields: { JobTitle: 'Lead', EmailAddress: HOME } },
        { fields: { JobTitle: 'Lead', EmailAddress: HOME } },
      ],
    },
  },
  {
    name: 'flagged address and create by somebody else at it',
    before: [say('e1', 1, 'record.created', ann({ emails: ['ann@x.example', HOME] }))],
    first: [flagEmail('e2', 2, onlyId(), 'ann@x.example')],
    second: [say('e3', 3, 'record.created', ann({ candidateId: 'sw_bob', firstName: 'Bob' }))],
    expected: [
      {
        candidates: [
          { fields: { FirstName: 'Ann', EmailAddress: HOME } },
          { fields: { FirstName: 'Bob', EmailAddress: 'ann@x.example' } },
        ],
      },
      // Whoever names the address before it is known to be wrong is taken for the person, and stays so.
      { candidates: [{ fields: { FirstName: 'Bob', EmailAddress: HOME } }] },
      { candidates: [{ fields: { FirstName: 'Bob', EmailAddress: 'ann@x.example' } }] },
    ],
  },
  {
    name: 'flagged address and an update that still lists it',
    before: [say('e1', 1, 'record.created', ann({ emails: ['ann@x.example', HOME] }))],
    first: [flagEmail('e3', 3, onlyId(), 'ann@x.example')],
    second: [say('e2', 2, 'record.updated', ann({ emails: ['ann@x.example', HOME], role: 'Lead' }))],
    expected: { candidates: [{ fields: { JobTitle: 'Lead', EmailAddress: HOME } }] },
  },
  {
    name: 'a record of either kind is found while the other is brought up to date',
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example')],
      contacts: [seededContact(201, HOME)],
    },
    first: [say('e1', 1, 'record.updated', ann({ role: 'Tester' }))],
    second: [say('e2', 2, 'record.updated', ann({ emails: ['ann@x.example', HOME], role: 'Lead' }))],
    expected: {
      candidates: [{ fields: { JobTitle: 'Lead', EmailAddress: 'ann@x.example' } }],
      contacts: [{ fields: { JobTitle: 'Lead', EmailAddress: 'ann@x.example' } }],
    },
  },
];
