/** Section 4's nine rules. */
import {
  ann,
  annAsContact,
  campaign,
  domainOut,
  edit,
  flagEmail,
  note,
  onlyId,
  optIn,
  optOut,
  say,
  seededCandidate,
  seededContact,
  type Case,
} from './case.ts';

const OUT = { EmailMarketing: false, SmsMarketing: false, PostalMarketing: false };
const IN = { EmailMarketing: true, SmsMarketing: true, PostalMarketing: true };
const untouched = { FirstName: 'Ann Old', Surname: 'Record' };

const order: Case[] = [
  {
    name: 'events count in order of occurredAt, whatever the order of arrival',
    steps: [
      say('e2', 2, 'record.updated', ann({ role: 'Newer' })),
      say('e1', 1, 'record.created', ann({ role: 'Older', skills: ['Go'] })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Newer', Skills: 'Go' } }] },
  },
  {
    name: 'if two events have the same time, the greater id is later',
    steps: [
      say('b', 1, 'record.updated', ann({ role: 'Later' })),
      say('a', 1, 'record.updated', ann({ role: 'Earlier' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Later' } }] },
  },
];

const onePerson: Case[] = [
  {
    name: 'rule 1: the known link counts if the address has changed',
    steps: [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.updated', ann({ emails: ['new@x.example'] })),
    ],
    expected: { candidates: [{ fields: { EmailAddress: 'new@x.example' } }] },
  },
  {
    name: 'rule 1: every address is searched, trimmed and case folded, over all time, archived records included',
    seed: {
      candidates: [seededCandidate(101, ' ANN@X.Example', { CreatedDaysAgo: 3000, IsArchived: true })],
    },
    steps: [say('e1', 1, 'record.created', ann({ emails: ['first@x.example', 'ann@x.example'] }))],
    expected: {
      candidates: [{ fields: { Surname: 'Archer', EmailAddress: ' ANN@X.Example' }, archived: true }],
    },
  },
  {
    name: 'rule 1: an address that only contains the other one does not match',
    seed: {
      candidates: [seededCandidate(101, 'joann@x.example'), seededCandidate(102, 'ann@x.example.org')],
      contacts: [seededContact(201, 'ann@x-example.com')],
    },
    steps: [say('e1', 1, 'record.created', ann())],
    expected: {
      candidates: [{ fields: untouched }, { fields: untouched }, { fields: { Surname: 'Archer' } }],
      contacts: [{ fields: untouched }],
    },
  },
  {
    name: 'rule 1: a wildcard in an address does not match other people',
    seed: { candidates: [seededCandidate(101, 'annxb@x.example')] },
    steps: [say('e1', 1, 'record.created', ann({ emails: ['ann_b@x.example'] }))],
    expected: { candidates: [{ fields: untouched }, { fields: { Surname: 'Archer' } }] },
  },
  {
    name: 'rule 1: an event without a link and without an address ends skipped: no-email',
    steps: [say('e1', 1, 'record.created', ann({ emails: [] }))],
    expected: {},
    outcomes: { e1: { state: 'skipped', reason: /no-email/ } },
  },
  {
    name: 'rule 1: if fields are missing that Firefish requires, the reason names them',
    steps: [say('e1', 1, 'record.created', onlyId({ emails: ['ann@x.example'], firstName: 'Ann' }))],
    expected: {},
    outcomes: { e1: { state: 'skipped', reason: /Surname/ } },
  },
  {
    name: 'rule 1: a contact without a company lacks CompanyRef',
    steps: [say('e1', 1, 'record.created', ann({ kind: 'contact' }))],
    expected: {},
    outcomes: { e1: { state: 'skipped', reason: /Company/ } },
  },
  {
    name: 'rule 1: two ids that share an address are one person',
    steps: [
      say('e1', 1, 'record.created', ann({ emails: ['a@x.example', 'b@x.example'] })),
      say('e2', 2, 'record.created', ann({ candidateId: 'sw_2', emails: ['B@x.example'], role: 'Tester' })),
      say('e3', 3, 'record.updated', onlyId({ candidateId: 'sw_2', role: 'Lead' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Lead' } }] },
  },
  {
    name: 'rule 1: two known persons that turn out to be one keep both records, and both are updated',
    steps: [
      say('e1', 1, 'record.created', ann({ emails: ['a@x.example'] })),
      edit(2, 'candidate', 'a@x.example', { KnownAs: 'Annie' }),
      say('e3', 3, 'record.created', ann({ candidateId: 'sw_2', emails: ['b@x.example'], role: 'Tester' })),
      edit(4, 'candidate', 'b@x.example', { KnownAs: 'Nan' }),
      say('e5', 5, 'record.updated', ann({ emails: ['a@x.example', 'b@x.example'], salutation: 'Dr' })),
    ],
    expected: {
      candidates: [
        { fields: { KnownAs: 'Annie', Title: 'Dr', EmailAddress: 'a@x.example' } },
        { fields: { KnownAs: 'Nan', JobTitle: 'Tester', Title: 'Dr', EmailAddress: 'b@x.example' } },
      ],
    },
    outcomes: { e5: { state: 'synced' } },
  },
];

const addresses: Case[] = [
  {
    name: 'rule 10: a private address on the candidate and a work address on the contact stay',
    seed: {
      candidates: [seededCandidate(101, 'private@x.example')],
      contacts: [seededContact(201, 'work@x.example')],
    },
    steps: [
      say(
        'e1',
        1,
        'record.updated',
        ann({ emails: ['work@x.example', 'private@x.example'], role: 'Tester' }),
      ),
      say(
        'e2',
        2,
        'record.updated',
        ann({ emails: ['other@x.example', 'work@x.example', 'private@x.example'] }),
      ),
    ],
    expected: {
      candidates: [{ fields: { EmailAddress: 'private@x.example', JobTitle: 'Tester' } }],
      contacts: [{ fields: { EmailAddress: 'work@x.example', JobTitle: 'Tester' } }],
    },
  },
  {
    name: 'rule 10: an address that SourceWhale no longer lists is replaced by the first of the list',
    seed: { candidates: [seededCandidate(101, 'old@x.example')] },
    steps: [
      say('e1', 1, 'record.updated', ann({ emails: ['old@x.example', 'new@x.example'] })),
      // The match depends on which list comes first, so an edit fixes the order.
      edit(1, 'candidate', 'old@x.example', { KnownAs: 'Annie' }),
      say('e2', 2, 'record.updated', ann({ emails: ['new@x.example', 'next@x.example'] })),
    ],
    expected: { candidates: [{ fields: { EmailAddress: 'new@x.example' } }] },
  },
  {
    name: 'rule 10: an address that another id of the person lists stays',
    seed: { candidates: [seededCandidate(101, 'old@x.example')] },
    steps: [
      say('e1', 1, 'record.updated', ann({ emails: ['old@x.example', 'new@x.example'] })),
      say('e2', 2, 'record.updated', ann({ candidateId: 'sw_2', emails: ['old@x.example'] })),
      // Who is found depends on which list comes first, so the order is given: an edit fixes it.
      edit(2, 'candidate', 'old@x.example', { KnownAs: 'Annie' }),
      say('e3', 3, 'record.updated', ann({ emails: ['new@x.example'] })),
    ],
    expected: { candidates: [{ fields: { EmailAddress: 'old@x.example' } }] },
  },
  {
    name: 'rule 10: an address that a recruiter typed stays',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [
      say('e1', 1, 'record.updated', ann()),
      edit(2, 'candidate', 'ann@x.example', { EmailAddress: 'typed@x.example' }),
      say('e3', 3, 'record.updated', ann({ emails: ['new@x.example', 'ann@x.example'] })),
      say('e4', 4, 'record.updated', ann({ emails: ['new@x.example'] })),
    ],
    expected: { candidates: [{ fields: { EmailAddress: 'typed@x.example' } }] },
  },
  {
    name: 'rule 10: a blank address is filled',
    seed: { contacts: [seededContact(201, 'ann@x.example')] },
    steps: [
      say('e1', 1, 'record.updated', annAsContact()),
      edit(2, 'contact', 'ann@x.example', { EmailAddress: '' }),
      say('e3', 3, 'record.updated', annAsContact({ emails: ['new@x.example', 'ann@x.example'] })),
    ],
    expected: { contacts: [{ fields: { EmailAddress: 'new@x.example' } }] },
  },
  {
    name: 'rule 10: a field with two addresses is replaced only if each was flagged or dropped',
    seed: {
      candidates: [
        seededCandidate(101, 'a@x.example; b@x.example'),
        seededCandidate(102, 'c@x.example; d@x.example'),
      ],
    },
    steps: [
      say('e1', 1, 'record.updated', ann({ emails: ['a@x.example', 'b@x.example', 'n@x.example'] })),
      // Who is found depends on which list comes first, so the order is given: an edit fixes it.
      edit(1, 'candidate', 'a@x.example; b@x.example', { KnownAs: 'Annie' }),
      say('e2', 2, 'record.updated', ann({ emails: ['n@x.example', 'b@x.example'] })),
      say(
        'e3',
        3,
        'record.updated',
        ann({ candidateId: 'sw_2', emails: ['c@x.example', 'd@x.example', 'm@x.example'] }),
      ),
      flagEmail('e4', 4, onlyId({ candidateId: 'sw_2' }), 'c@x.example'),
      say('e5', 5, 'record.updated', ann({ candidateId: 'sw_2', emails: ['m@x.example'] })),
    ],
    expected: {
      candidates: [
        { fields: { EmailAddress: 'a@x.example; b@x.example' } },
        { fields: { EmailAddress: 'm@x.example' } },
      ],
    },
  },
];

const bothSides: Case[] = [
  {
    name: 'rule 2: a candidate who is also a contact is updated on both sides',
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example')],
      contacts: [seededContact(201, 'ann@x.example')],
    },
    steps: [say('e1', 1, 'record.updated', ann({ role: 'Tester' }))],
    expected: {
      candidates: [{ fields: { Surname: 'Archer', JobTitle: 'Tester' } }],
      contacts: [{ fields: { Surname: 'Archer', JobTitle: 'Tester' } }],
    },
  },
  {
    name: 'rule 2: if only the other kind matches, that record is updated and none is created',
    seed: { contacts: [seededContact(201, 'ann@x.example')] },
    steps: [say('e1', 1, 'record.created', ann({ role: 'Tester' }))],
    expected: { contacts: [{ fields: { Surname: 'Archer', JobTitle: 'Tester' } }] },
  },
];

const neverGuess: Case[] = [
  {
    name: 'rule 3: a live record wins over archived ones',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', { IsArchived: true, CreatedDaysAgo: 1 }),
        seededCandidate(102, 'ann@x.example', { CreatedDaysAgo: 900 }),
      ],
    },
    steps: [say('e1', 1, 'record.updated', ann())],
    expected: { candidates: [{ fields: untouched, archived: true }, { fields: { Surname: 'Archer' } }] },
  },
  {
    name: 'rule 3: then the record that was updated last',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', { CreatedDaysAgo: 900 }),
        seededCandidate(102, 'ann@x.example', { CreatedDaysAgo: 90 }),
      ],
    },
    steps: [say('e1', 1, 'record.updated', ann())],
    expected: { candidates: [{ fields: untouched }, { fields: { Surname: 'Archer' } }] },
  },
  {
    name: 'rule 3: then the lowest Ref',
    seed: { candidates: [seededCandidate(101, 'ann@x.example'), seededCandidate(102, 'ann@x.example')] },
    steps: [say('e1', 1, 'record.updated', ann())],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }, { fields: untouched }] },
  },
  {
    name: 'rule 3: the link wins over a match that was updated later, even if the linked record is archived',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', { IsArchived: true, CreatedDaysAgo: 900 }),
        seededCandidate(102, 'ann@y.example', { CreatedDaysAgo: 1 }),
      ],
    },
    steps: [
      say('e1', 1, 'record.updated', ann()),
      edit(2, 'candidate', 'ann@x.example', { KnownAs: 'Annie' }),
      say('e3', 3, 'record.updated', ann({ emails: ['ann@x.example', 'ann@y.example'], role: 'Tester' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Tester' }, archived: true }, { fields: untouched }] },
  },
  {
    name: 'rule 3: an archived match is updated, not unarchived and not created again',
    seed: { contacts: [seededContact(201, 'ann@x.example', { IsArchived: true })] },
    steps: [say('e1', 1, 'record.created', annAsContact({ role: 'Tester' }))],
    expected: { contacts: [{ fields: { JobTitle: 'Tester' }, archived: true }] },
  },
];

const newestWins: Case[] = [
  {
    name: 'rule 4: a late, older event changes only fields that no newer event has',
    seed: { candidates: [seededCandidate(101, 'ann@x.example', { JobTitle: 'Old title' })] },
    steps: [
      say('e3', 3, 'record.updated', onlyId({ emails: ['ann@x.example'], role: 'Newest' })),
      say('e1', 1, 'record.updated', ann({ role: 'Oldest', skills: ['Go'] })),
      say('e2', 2, 'record.updated', onlyId({ emails: ['ann@x.example'], skills: ['Rust'] })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Newest', Skills: 'Rust', Surname: 'Archer' } }] },
  },
  {
    name: 'rule 4: a record that is found late is sent what was said before, too',
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example')],
      contacts: [seededContact(201, 'other@x.example')],
    },
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'Lead' })),
      say('e2', 2, 'record.updated', onlyId({ emails: ['ann@x.example', 'other@x.example'] })),
    ],
    expected: {
      candidates: [{ fields: { JobTitle: 'Lead' } }],
      contacts: [{ fields: { FirstName: 'Ann', Surname: 'Archer', JobTitle: 'Lead' } }],
    },
  },
  {
    name: 'rule 4: null and absent change nothing; an empty text clears, but never a name, an address or a company',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', {
          JobTitle: 'Old title',
          Title: 'Dr',
          CurrentCompanyName: 'Acme',
        }),
      ],
    },
    steps: [
      say('e1', 1, 'record.updated', {
        ...onlyId({ emails: ['ann@x.example'] }),
        role: '',
        firstName: '',
        lastName: '',
        company: '',
      }),
      say('e2', 2, 'record.updated', onlyId({ emails: [] })),
    ],
    expected: {
      candidates: [
        {
          fields: {
            ...untouched,
            JobTitle: '',
            Title: 'Dr',
            CurrentCompanyName: 'Acme',
            EmailAddress: 'ann@x.example',
          },
        },
      ],
    },
  },
  {
    name: 'rule 4: events from before the person was in Firefish count when the person appears',
    settings: { addWhen: { candidate: 'interested', contact: 'always' } },
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'Tester', skills: ['Go'] })),
      say('e2', 2, 'record.updated', onlyId({ role: 'Lead' })),
      campaign('e3', 3, 'interested', onlyId(), 'Autumn'),
    ],
    expected: {
      candidates: [{ fields: { Surname: 'Archer', JobTitle: 'Lead', Skills: 'Go' }, notes: ['Autumn'] }],
    },
  },
  {
    name: 'rule 4: a note from before the creation stays skipped, a later one is written',
    steps: [
      note('e1', 1, ann(), 'too early'),
      note('e3', 3, ann(), 'in time'),
      say('e2', 2, 'record.created', ann()),
    ],
    expected: { candidates: [{ fields: { Surname: 'Archer' }, notes: ['in time'] }], nowhere: ['too early'] },
    outcomes: { e1: { state: 'skipped' }, e3: { state: 'synced' } },
  },
  {
    name: 'rule 4: a campaign note from before the creation stays skipped, also if a domain’s opt-out has searched for the person',
    steps: [
      domainOut('e0', 0, 'x.example'),
      campaign('e1', 1, 'replied', ann({ emails: [] }), 'Too early'),
      say('e2', 1, 'record.created', ann()),
    ],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }], nowhere: ['Too early'] },
  },
  {
    name: 'rule 4: a contact is created with the address of an earlier event, even of a note',
    steps: [
      note('e1', 1, annAsContact(), 'too early'),
      say('e2', 2, 'record.created', annAsContact({ emails: [] })),
    ],
    expected: { contacts: [{ fields: { EmailAddress: 'ann@x.example' } }], nowhere: ['too early'] },
  },
  {
    name: 'rule 4: a note on a record that was always in Firefish is written whenever it arrives',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [say('e2', 2, 'record.updated', ann()), note('e1', 1, ann(), 'first word')],
    expected: { candidates: [{ fields: { Surname: 'Archer' }, notes: ['first word'] }] },
  },
];

const optOuts: Case[] = [
  {
    name: 'rule 5: an opt-out goes to every matching record of both kinds, live and archived',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example'),
        seededCandidate(102, 'ANN@x.example', { IsArchived: true }),
        seededCandidate(103, 'ann@y.example'),
        seededCandidate(104, 'joann@x.example'),
      ],
      contacts: [seededContact(201, 'ann@x.example'), seededContact(202, 'ann@x.example')],
    },
    steps: [optOut('e1', 1, ann({ emails: ['ann@x.example', 'ann@y.example'] }))],
    expected: {
      candidates: [{ fields: OUT }, { fields: OUT, archived: true }, { fields: OUT }, { fields: IN }],
      contacts: [{ fields: { EmailMarketing: false } }, { fields: { EmailMarketing: false } }],
    },
  },
  {
    name: 'rule 5: an opt-out is kept by id until the person appears',
    settings: { newRecordsOptedOut: false },
    steps: [optOut('e1', 1, onlyId(), ['email']), say('e2', 2, 'record.created', ann())],
    expected: { candidates: [{ fields: { EmailMarketing: false } }] },
  },
  {
    name: 'rule 5: an opt-out is kept by address until the person appears',
    settings: { newRecordsOptedOut: false },
    steps: [
      optOut('e1', 1, ann({ candidateId: 'sw_other' }), ['email']),
      say('e2', 2, 'record.created', ann()),
    ],
    expected: { candidates: [{ fields: { EmailMarketing: false } }] },
  },
  {
    name: 'rule 5: an opt-out is checked again after a change of address',
    seed: { candidates: [seededCandidate(101, 'ann@x.example'), seededCandidate(102, 'ann@y.example')] },
    steps: [
      say('e1', 1, 'record.updated', ann()),
      optOut('e2', 2, onlyId({ emails: ['ann@x.example'] })),
      say('e3', 3, 'record.updated', ann({ emails: ['ann@x.example', 'ann@y.example'] })),
    ],
    expected: { candidates: [{ fields: OUT }, { fields: OUT }] },
  },
  {
    name: 'rule 5: an opt-out that is older than its domain’s still writes a note on the contact',
    seed: { contacts: [seededContact(201, 'ann@x.example')] },
    steps: [optOut('e1', 1, annAsContact(), ['sms']), domainOut('e2', 2, 'x.example')],
    expected: {
      contacts: [{ fields: { EmailMarketing: false }, notes: [/opted out/i] }],
    },
  },
  {
    name: 'rule 5: an opt-out and a newer opt-in each write a note on the contact, in any order of arrival',
    seed: { contacts: [seededContact(201, 'ann@x.example')] },
    steps: [optOut('e1', 1, annAsContact()), optIn('e2', 2, annAsContact())],
    expected: {
      contacts: [
        {
          fields: { EmailMarketing: true },
          notes: [/opted out/i, /opted in/i],
        },
      ],
    },
  },
  {
    name: 'rule 5: an opt-out of an address reaches the person who gets it later',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [
      optOut('e1', 1, ann({ candidateId: 'sw_other', emails: ['ann@y.example'] })),
      say('e2', 2, 'record.updated', ann({ emails: ['ann@x.example', 'ann@y.example'] })),
    ],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'rule 5: a late, older opt-in does not undo an opt-out',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [optOut('e2', 2, ann()), optIn('e1', 1, ann())],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'rule 5: a newer opt-in undoes an opt-out, channel by channel',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [optIn('e2', 2, ann(), ['email']), optOut('e1', 1, ann())],
    expected: { candidates: [{ fields: { ...OUT, EmailMarketing: true } }] },
  },
  {
    name: 'rule 5: a record that the system creates is opted out',
    steps: [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.created', annAsContact({ candidateId: 'sw_b', emails: ['b@x.example'] })),
    ],
    expected: { candidates: [{ fields: OUT }], contacts: [{ fields: { EmailMarketing: false } }] },
  },
  {
    name: 'rule 5: a record that the system creates is not opted out after an opt-in',
    steps: [optIn('e1', 1, ann(), ['email']), say('e2', 2, 'record.created', ann())],
    expected: { candidates: [{ fields: { ...OUT, EmailMarketing: true } }] },
  },
  {
    name: 'rule 5: a domain’s opt-out is checked after a change of address',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [
      domainOut('e1', 1, 'y.example'),
      say('e2', 2, 'record.updated', ann({ emails: ['ann@x.example', 'ann@y.example'] })),
    ],
    expected: { candidates: [{ fields: OUT }] },
  },
];

const onceOnly: Case[] = [
  {
    name: 'rule 6: a repeated event changes nothing',
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'Tester' })),
      note('e2', 2, ann(), 'only once'),
      edit(3, 'candidate', 'ann@x.example', { JobTitle: 'By the recruiter' }),
      say('e1', 1, 'record.created', ann({ role: 'Tester' })),
      note('e2', 2, ann(), 'only once'),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'By the recruiter' }, notes: ['only once'] }] },
  },
  {
    name: 'rule 6: if an id has two contents, the first one wins',
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'First' })),
      edit(2, 'candidate', 'ann@x.example', { KnownAs: 'Annie' }),
      say('e1', 5, 'record.created', ann({ role: 'Second' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'First' } }], nowhere: ['Second'] },
  },
];

const notNeedlessly: Case[] = [
  {
    name: 'rule 7: an opt-in that has reached another record with the address is not sent there again',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', { Surname: 'Archer', EmailMarketing: false }),
        seededCandidate(102, 'ann@x.example; other@x.example', { EmailMarketing: false }),
      ],
    },
    steps: [
      say('e1', 1, 'record.updated', ann()),
      optIn('e2', 2, ann(), ['email']),
      edit(3, 'candidate', 'ann@x.example; other@x.example', { EmailMarketing: false }),
      optIn('e4', 4, ann(), ['sms']),
    ],
    expected: {
      candidates: [{ fields: { EmailMarketing: true } }, { fields: { EmailMarketing: false } }],
    },
  },
  {
    name: 'rule 7: a repeated value does not overwrite a recruiter’s edit',
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'Tester' })),
      edit(2, 'candidate', 'ann@x.example', { JobTitle: 'By the recruiter' }),
      say('e3', 3, 'record.updated', ann({ role: 'Tester', salutation: 'Dr' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'By the recruiter', Title: 'Dr' } }] },
  },
  {
    name: 'rule 7: a recruiter’s edit stays until SourceWhale sends another value',
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'Tester' })),
      edit(2, 'candidate', 'ann@x.example', { JobTitle: 'By the recruiter' }),
      say('e3', 3, 'record.updated', ann({ role: 'Lead' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Lead' } }] },
  },
  {
    name: 'rule 7: the owner is set on creation only',
    steps: [
      say('e1', 1, 'record.created', ann(), 'ruth@agency.example'),
      edit(2, 'candidate', 'ann@x.example', { KnownAs: 'Annie' }),
      say('e3', 3, 'record.updated', ann({ role: 'Lead' }), 'omar@agency.example'),
    ],
    expected: { candidates: [{ fields: { OwnerUserEmail: 'ruth@agency.example', JobTitle: 'Lead' } }] },
  },
  {
    name: 'rule 7: the owner of an existing record stays',
    seed: { candidates: [seededCandidate(101, 'ann@x.example', { OwnerUserEmail: 'own@agency.example' })] },
    steps: [say('e1', 1, 'record.synced', ann(), 'omar@agency.example')],
    expected: { candidates: [{ fields: { OwnerUserEmail: 'own@agency.example', Surname: 'Archer' } }] },
  },
  {
    name: 'rule 7: record.updated does not create a deleted record again: gone',
    steps: [
      say('e1', 1, 'record.created', ann()),
      edit(2, 'candidate', 'ann@x.example', 'delete'),
      say('e3', 3, 'record.updated', ann({ role: 'Lead' })),
    ],
    expected: {},
    outcomes: { e3: { state: 'skipped', reason: /gone/ } },
  },
  {
    name: 'rule 7: record.synced creates a deleted record again',
    steps: [
      say('e1', 1, 'record.created', ann()),
      edit(2, 'candidate', 'ann@x.example', 'delete'),
      say('e3', 3, 'record.synced', ann({ role: 'Lead' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Lead', Surname: 'Archer' } }] },
    outcomes: { e3: { state: 'synced' } },
  },
  {
    name: 'rule 7: record.synced creates a deleted record again, also if it has no new values',
    steps: [
      say('e1', 1, 'record.created', ann()),
      edit(2, 'candidate', 'ann@x.example', 'delete'),
      say('e3', 3, 'record.synced', ann()),
    ],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }] },
    outcomes: { e3: { state: 'synced' } },
  },
  {
    name: 'rule 7: a deleted record is matched again by address',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', { CreatedDaysAgo: 10 }),
        seededCandidate(102, 'ann@y.example', { CreatedDaysAgo: 100 }),
      ],
    },
    steps: [
      say('e1', 1, 'record.updated', ann({ emails: ['ann@x.example', 'ann@y.example'] })),
      edit(2, 'candidate', 'ann@x.example', 'delete'),
      say('e3', 3, 'record.updated', ann({ emails: ['ann@y.example'], role: 'Lead' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Lead', Surname: 'Archer' } }] },
  },
];

const noTrace: Case[] = [
  {
    name: 'rule 9: dominantRace and gender leave no trace',
    steps: [
      say('e1', 1, 'record.created', {
        ...ann(),
        ...({ dominantRace: 'never-kept-race', gender: 'never-kept-gender' } as object),
      }),
    ],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }], nowhere: ['never-kept'] },
  },
  {
    name: 'a flag that arrives before the older event with the address still removes the address',
    seed: { contacts: [seededContact(201, 'bad@x.example')] },
    steps: [
      flagEmail('e2', 2, annAsContact({ emails: ['bad@x.example'] }), 'bad@x.example'),
      say('e1', 1, 'record.updated', annAsContact({ emails: ['bad@x.example', 'good@x.example'] })),
    ],
    expected: { contacts: [{ fields: { Surname: 'Archer', EmailAddress: 'good@x.example' } }] },
  },
];

export const RULE_CASES: Case[] = [
  ...order,
  ...onePerson,
  ...bothSides,
  ...neverGuess,
  ...newestWins,
  ...optOuts,
  ...onceOnly,
  ...notNeedlessly,
  ...noTrace,
  ...addresses,
];
