/** Races of the administration, the door and the sweeper with the sync. */
import { AdminError } from '../../lib/admin/verb.ts';
import { ann, annAsContact, note, optOut, say } from '../model/cases/case.ts';
import type { Act, Race } from './race.ts';

const EMAIL = 'ann@x.example';
const HOME = 'ann@home.example';
const OUT = { EmailMarketing: false, SmsMarketing: false, PostalMarketing: false };
/** Refused while a worker has the person in hand: the administrator is told to come again. */
const erase: Act = async ({ admin }) => {
  try {
    await admin({ verb: 'erase', email: EMAIL });
  } catch (error) {
    if (!(error instanceof AdminError && /try again/.test(error.message))) throw error;
  }
};
const eraseEither = /^(synced|skipped: erased)/;

export const ADMINISTRATION: readonly Race[] = [
  {
    name: 'erase and create',
    first: [say('e1', 1, 'record.created', ann())],
    second: erase,
    // The record in Firefish is Firefish's own; what was still queued may have come to nothing.
    expected: [{ candidates: [{ fields: { EmailAddress: EMAIL } }] }, { candidates: [] }],
    outcomes: { e1: eraseEither },
  },
  {
    name: 'erase and update',
    before: [say('e1', 1, 'record.created', ann())],
    first: [say('e2', 2, 'record.updated', ann({ role: 'Lead' })), note('e3', 3, ann(), 'Called back')],
    second: erase,
    expected: [
      { candidates: [{ fields: { JobTitle: 'Lead' }, notes: ['Called back'] }] },
      { candidates: [{ fields: { JobTitle: 'Lead' } }] },
      { candidates: [{ fields: { JobTitle: '' } }] },
    ],
    outcomes: { e2: eraseEither, e3: eraseEither },
  },
  {
    name: 'erase and merge',
    before: [
      say('e0', 0, 'record.created', ann()),
      say('e1', 1, 'record.created', ann({ candidateId: 'sw_anne', emails: [HOME] })),
    ],
    first: [say('e2', 2, 'record.updated', ann({ emails: [EMAIL, HOME], role: 'Lead' }))],
    second: erase,
    // Erased before they were one, the other is left; after it, both are forgotten, and who begins afresh takes one.
    expected: [
      { candidates: [{ fields: { JobTitle: 'Lead' } }, { fields: { JobTitle: 'Lead' } }] },
      { candidates: [{ fields: { JobTitle: '' } }, { fields: { JobTitle: '' } }] },
      { candidates: [{ fields: { JobTitle: '' } }, { fields: { JobTitle: 'Lead' } }] },
      { candidates: [{ fields: { JobTitle: 'Lead' } }, { fields: { JobTitle: '' } }] },
    ],
    outcomes: { e2: eraseEither },
  },
  {
    name: 'disable and create',
    first: [say('e1', 1, 'record.created', annAsContact())],
    second: ({ admin }) => admin({ verb: 'disable' }),
    expected: [{ contacts: [{ fields: { EmailAddress: EMAIL, Company: 'Acme' } }] }, { contacts: [] }],
    outcomes: { e1: /^(synced|skipped: disabled)/ },
  },
  {
    name: 'erase and opt-out',
    settings: { newRecordsOptedOut: false },
    first: [optOut('e1', 1, ann())],
    // Not in Firefish yet; who appears afterwards is opted out.
    second: async (hands) => {
      await erase(hands);
      await hands.receive([say('e2', 2, 'record.created', ann())]);
    },
    expected: { candidates: [{ fields: OUT }] },
    outcomes: { e1: /^(synced|skipped: (not-in-firefish|erased))/ },
  },
  {
    name: 'replay and news of the person',
    refused: 'POST /candidates',
    before: [say('e1', 1, 'record.created', ann({ role: 'Tester', skills: ['Go'] }))],
    first: ({ admin }) => admin({ verb: 'replay', all: true }),
    second: [say('e2', 2, 'record.updated', ann({ role: 'Lead' }))],
    expected: { candidates: [{ fields: { JobTitle: 'Lead', Skills: 'Go' } }] },
  },
  {
    name: 'replay and replay',
    refused: 'POST /candidates',
    before: [say('e1', 1, 'record.created', ann())],
    first: ({ admin }) => admin({ verb: 'replay', all: true }),
    second: async ({ admin, work }) => {
      await admin({ verb: 'replay', all: true });
      await work();
    },
    expected: { candidates: [{ fields: { EmailAddress: EMAIL } }] },
  },
];
