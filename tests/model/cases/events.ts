/** Section 4's table of event types, line by line. */
import {
  ann,
  annAsContact,
  campaign,
  company,
  domainIn,
  domainOut,
  flagEmail,
  flagPhone,
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

const records: Case[] = [
  {
    name: 'record.created creates the person if nobody matches',
    steps: [say('e1', 1, 'record.created', ann({ role: 'Tester' }))],
    expected: {
      candidates: [
        {
          fields: {
            FirstName: 'Ann',
            Surname: 'Archer',
            EmailAddress: 'ann@x.example',
            JobTitle: 'Tester',
            Source: 'SourceWhale',
            LegalBasis: 'legitimate-interest',
          },
        },
      ],
    },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'record.updated changes the fields that were sent, and no others',
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example', { JobTitle: 'Old title', LinkedIn: 'kept' })],
    },
    steps: [say('e1', 1, 'record.updated', onlyId({ emails: ['ann@x.example'], role: 'Tester' }))],
    expected: { candidates: [{ fields: { ...untouched, ...IN, JobTitle: 'Tester', LinkedIn: 'kept' } }] },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'record.updated creates the person if addWhen is always',
    steps: [say('e1', 1, 'record.updated', ann())],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }] },
  },
  {
    name: 'record.synced overrides addWhen',
    settings: { addWhen: { candidate: 'never', contact: 'never' } },
    steps: [
      say('e1', 1, 'record.created', ann()),
      say(
        'e2',
        2,
        'record.synced',
        ann({ candidateId: 'sw_bob', lastName: 'Baker', emails: ['bob@x.example'] }),
      ),
    ],
    expected: { candidates: [{ fields: { Surname: 'Baker' } }] },
    outcomes: { e1: { state: 'skipped', reason: /addWhen/i }, e2: { state: 'synced' } },
  },
  {
    name: 'campaign.added creates the person, by default without a note',
    steps: [campaign('e1', 1, 'added', ann(), 'Autumn')],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }], nowhere: ['Autumn'] },
  },
  {
    name: 'campaign.replied writes a note that names the campaign',
    steps: [campaign('e1', 1, 'replied', ann(), 'Autumn')],
    expected: { candidates: [{ fields: { Surname: 'Archer' }, notes: ['Autumn'] }] },
  },
  {
    name: 'campaign.interested writes a note that names the campaign',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [campaign('e1', 1, 'interested', ann({ lastName: 'New' }), 'Autumn')],
    expected: { candidates: [{ fields: { Surname: 'New' }, notes: ['Autumn'] }] },
  },
];

const notes: Case[] = [
  {
    name: 'note.added writes on the record of the event’s kind, and changes no field',
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example')],
      contacts: [seededContact(201, 'ann@x.example')],
    },
    steps: [note('e1', 1, annAsContact(), 'Called her at noon')],
    expected: {
      candidates: [{ fields: untouched }],
      contacts: [{ fields: untouched, notes: ['Called her at noon'] }],
      nowhere: ['Archer'],
    },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'note.added writes on the record of the other kind if it is the only one',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [note('e1', 1, annAsContact(), 'Called her at noon')],
    expected: { candidates: [{ fields: untouched, notes: ['Called her at noon'] }] },
  },
  {
    name: 'note.added creates no record',
    steps: [note('e1', 1, ann(), 'Called her at noon')],
    expected: {},
    outcomes: { e1: { state: 'skipped' } },
  },
];

const marketing: Case[] = [
  {
    name: 'marketing.opted_out without channels holds for all channels',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [optOut('e1', 1, ann({ role: 'never said' }))],
    expected: { candidates: [{ fields: { ...untouched, ...OUT } }], nowhere: ['never said'] },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'marketing.opted_out of one channel does not change the others',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [optOut('e1', 1, ann(), ['sms'])],
    expected: { candidates: [{ fields: { ...IN, SmsMarketing: false } }] },
  },
  {
    name: 'marketing.opted_out creates no record',
    steps: [optOut('e1', 1, ann())],
    expected: {},
  },
  {
    name: 'marketing.opted_in opts the person in',
    seed: { candidates: [seededCandidate(101, 'ann@x.example', OUT)] },
    steps: [optIn('e1', 1, ann(), ['email', 'post'])],
    expected: { candidates: [{ fields: { ...IN, SmsMarketing: false } }] },
  },
  {
    name: 'marketing.opted_in creates no record',
    steps: [optIn('e1', 1, ann())],
    expected: {},
  },
  {
    name: 'if a contact has no field for a channel, a note says so',
    seed: { contacts: [seededContact(201, 'ann@x.example')] },
    steps: [optOut('e1', 1, annAsContact(), ['sms'])],
    expected: { contacts: [{ fields: { EmailMarketing: true }, notes: [/opted out/i] }] },
  },
];

const flags: Case[] = [
  {
    name: 'email.flagged: the next address becomes the primary one',
    steps: [
      say('e1', 1, 'record.created', ann({ emails: ['bad@x.example', 'good@x.example'] })),
      flagEmail('e2', 2, onlyId(), 'BAD@x.example'),
    ],
    expected: { candidates: [{ fields: { EmailAddress: 'good@x.example' } }] },
    outcomes: { e2: { state: 'synced' } },
  },
  {
    name: 'email.flagged: the next address can be one that the flag’s record lists',
    seed: { candidates: [seededCandidate(101, 'bad@x.example')] },
    steps: [flagEmail('e1', 1, ann({ emails: ['bad@x.example', 'good@x.example'] }), 'bad@x.example')],
    expected: {
      candidates: [{ fields: { EmailAddress: 'good@x.example', EmailMarketing: true }, notes: [] }],
    },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'email.flagged: the next address replaces the wrong one, whatever the update policy is',
    settings: { updatePolicy: { default: 'always', fields: { EmailAddress: 'never' } } },
    seed: { candidates: [seededCandidate(101, 'bad@x.example')] },
    steps: [flagEmail('e1', 1, ann({ emails: ['bad@x.example', 'good@x.example'] }), 'bad@x.example')],
    expected: { candidates: [{ fields: { EmailAddress: 'good@x.example' }, notes: [] }] },
  },
  {
    name: 'email.flagged: a contact’s last address is cleared',
    seed: { contacts: [seededContact(201, 'ann@x.example')] },
    steps: [
      say('e1', 1, 'record.updated', annAsContact()),
      flagEmail('e2', 2, annAsContact(), 'ann@x.example'),
    ],
    expected: { contacts: [{ fields: { EmailAddress: '', Surname: 'Archer' } }] },
  },
  {
    name: 'email.flagged: a candidate’s last address stays if Firefish refuses an empty one',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [say('e1', 1, 'record.updated', ann()), flagEmail('e2', 2, ann(), 'ann@x.example')],
    expected: {
      candidates: [
        { fields: { EmailAddress: 'ann@x.example', EmailMarketing: true, SmsMarketing: true }, notes: [] },
      ],
    },
    outcomes: { e2: { state: 'synced' } },
  },
  {
    name: 'email.flagged: a flagged address no longer matches the person, and matches the person who has it',
    steps: [
      say('e1', 1, 'record.created', ann({ emails: ['shared@x.example', 'ann@x.example'] })),
      flagEmail('e2', 2, onlyId(), 'shared@x.example'),
      say(
        'e3',
        3,
        'record.created',
        ann({ candidateId: 'sw_bob', firstName: 'Bob', emails: ['shared@x.example'] }),
      ),
    ],
    expected: {
      candidates: [
        { fields: { FirstName: 'Ann', EmailAddress: 'ann@x.example' } },
        { fields: { FirstName: 'Bob', EmailAddress: 'shared@x.example' } },
      ],
    },
  },
  {
    name: 'email.flagged: the address stays flagged if SourceWhale lists it again',
    steps: [
      say('e1', 1, 'record.created', ann({ emails: ['bad@x.example', 'good@x.example'] })),
      flagEmail('e2', 2, onlyId(), 'bad@x.example'),
      say('e3', 3, 'record.updated', ann({ emails: ['bad@x.example', 'good@x.example'], role: 'Tester' })),
    ],
    expected: { candidates: [{ fields: { EmailAddress: 'good@x.example', JobTitle: 'Tester' } }] },
  },
  {
    name: 'phone.flagged removes the number',
    steps: [
      say('e1', 1, 'record.created', ann({ phones: ['+44 7700 900123', '+44 20 7946 0018'] })),
      flagPhone('e2', 2, onlyId(), '07700 900123'),
    ],
    expected: { candidates: [{ fields: { MobileNumber: '', WorkNumber: '+44 20 7946 0018' } }] },
    outcomes: { e2: { state: 'synced' } },
  },
  {
    name: 'phone.flagged removes a number that was in Firefish before',
    seed: { candidates: [seededCandidate(101, 'ann@x.example', { WorkNumber: '02079460018' })] },
    steps: [flagPhone('e1', 1, ann(), '+44 20 7946 0018')],
    expected: { candidates: [{ fields: { ...untouched, WorkNumber: '' } }] },
  },
  {
    name: 'phone.flagged removes a number of another country in its national form',
    steps: [
      say('e1', 1, 'record.created', ann({ country: 'Ireland', phones: ['087 123 4567', '01 679 4600'] })),
      flagPhone('e2', 2, onlyId({ country: 'Ireland' }), '087 123 4567'),
      say('e3', 3, 'record.updated', ann({ country: 'Ireland', phones: ['087 123 4567'], role: 'Tester' })),
    ],
    expected: {
      candidates: [{ fields: { MobileNumber: '', WorkNumber: '+353 1 679 4600', JobTitle: 'Tester' } }],
    },
  },
  {
    name: 'phone.flagged works without the country of the number',
    steps: [
      say(
        'e1',
        1,
        'record.created',
        ann({ country: 'Netherlands', phones: ['06 12345678', '020 624 1111'] }),
      ),
      flagPhone('e2', 2, onlyId(), '06 12345678'),
    ],
    expected: { candidates: [{ fields: { MobileNumber: '', WorkNumber: '+31 20 624 1111' } }] },
  },
  {
    name: 'phone.flagged removes a number that a recruiter typed without its country code',
    seed: { candidates: [seededCandidate(101, 'ann@x.example', { WorkNumber: '01-679-4600' })] },
    steps: [flagPhone('e1', 1, ann({ country: 'Ireland' }), '01 679 4600')],
    expected: { candidates: [{ fields: { ...untouched, WorkNumber: '' } }] },
  },
];

const acme = { id: 'c1', name: 'Acme' };
const companies: Case[] = [
  {
    name: 'company.created creates the company if none has its name',
    steps: [
      company('e1', 1, 'company.created', {
        ...acme,
        website: 'https://acme.example',
        phone: '+44 20 7946 0018',
      }),
    ],
    expected: {
      companies: ['Acme'],
      companyFields: { Acme: { Website: 'https://acme.example', Phone: '+44 20 7946 0018' } },
    },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'company.created finds it by name: trimmed, case folded, spaces collapsed',
    seed: { companies: [{ Ref: 301, CreatedDaysAgo: 400, Name: 'Smith & Sons', Website: null }] },
    steps: [
      company('e1', 1, 'company.created', {
        id: 'c2',
        name: ' Smith  &  Sons ',
        website: 'https://s.example',
      }),
    ],
    expected: {
      companyFields: { 'Smith & Sons': { Website: 'https://s.example' } },
      companies: ['Smith & Sons'],
    },
  },
  {
    name: 'company.updated finds the company by its link before its name',
    steps: [
      company('e1', 1, 'company.created', acme),
      company('e2', 2, 'company.updated', { id: 'c1', name: 'Acme Group', website: 'https://group.example' }),
    ],
    expected: {
      companies: ['Acme Group'],
      companyFields: { 'Acme Group': { Website: 'https://group.example' } },
    },
  },
  {
    name: 'company.updated creates the company, too',
    steps: [company('e1', 1, 'company.updated', acme)],
    expected: { companies: ['Acme'] },
  },
  {
    name: 'a contact’s company is found in the same way',
    seed: { companies: [{ Ref: 301, CreatedDaysAgo: 400, Name: 'Acme' }] },
    steps: [say('e1', 1, 'record.created', annAsContact({ company: ' ACME ' }))],
    expected: { contacts: [{ fields: { Surname: 'Archer', CompanyRef: 301 } }], companies: ['Acme'] },
  },
  {
    name: 'a contact’s company is created in the same way, once for all contacts and company events',
    steps: [
      say('e1', 1, 'record.created', annAsContact()),
      company('e2', 2, 'company.created', { id: 'c1', name: 'acme', website: 'https://acme.example' }),
      say(
        'e3',
        3,
        'record.created',
        annAsContact({ candidateId: 'sw_bob', emails: ['bob@x.example'], company: 'ACME' }),
      ),
    ],
    expected: { contacts: [{ fields: { Surname: 'Archer' } }, { fields: { Surname: 'Archer' } }] },
  },
];

const domains: Case[] = [
  {
    name: 'domain.opted_out reaches everyone with an address at exactly that domain: candidates, contacts, and archived ones',
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example'),
        seededCandidate(102, 'bob@sub.x.example'),
        seededCandidate(103, 'cid@xx.example'),
        seededCandidate(104, 'Dan@X.Example', { IsArchived: true }),
      ],
      contacts: [seededContact(201, 'eve@x.example')],
    },
    steps: [domainOut('e1', 1, 'X.example')],
    expected: {
      candidates: [{ fields: OUT }, { fields: IN }, { fields: IN }, { fields: OUT, archived: true }],
      contacts: [{ fields: { EmailMarketing: false } }],
    },
    outcomes: { e1: { state: 'synced' } },
  },
  {
    name: 'domain.opted_out reaches people who appear later',
    settings: { newRecordsOptedOut: false },
    steps: [domainOut('e1', 1, 'x.example'), say('e2', 2, 'record.created', ann())],
    expected: { candidates: [{ fields: { ...OUT, Surname: 'Archer' } }] },
  },
  {
    name: 'domain.opted_out reaches a person by an address that is not the primary one',
    seed: { candidates: [seededCandidate(101, 'ann@home.example')] },
    steps: [
      say('e1', 1, 'record.updated', ann({ emails: ['ann@home.example', 'ann@x.example'] })),
      domainOut('e2', 2, 'x.example'),
    ],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'domain.opted_out: a person’s own newer opt-in wins',
    seed: { candidates: [seededCandidate(101, 'ann@x.example'), seededCandidate(102, 'bob@x.example')] },
    steps: [domainOut('e1', 1, 'x.example'), optIn('e2', 2, ann())],
    expected: { candidates: [{ fields: IN }, { fields: OUT }] },
  },
  {
    name: 'domain.opted_out: it wins over a person’s own older opt-in',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [optIn('e1', 1, ann()), domainOut('e2', 2, 'x.example')],
    expected: { candidates: [{ fields: OUT }] },
  },
  {
    name: 'domain.opted_in opts everyone at the domain in again',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [
      say('e0', 0, 'record.updated', ann()),
      domainOut('e1', 1, 'x.example'),
      domainIn('e2', 2, 'x.example'),
    ],
    expected: { candidates: [{ fields: IN }] },
  },
  {
    name: 'domain.opted_in does not undo a newer opt-out of a person',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    steps: [domainIn('e1', 1, 'x.example'), optOut('e2', 2, ann())],
    expected: { candidates: [{ fields: OUT }] },
  },
];

export const EVENT_CASES: Case[] = [...records, ...notes, ...marketing, ...flags, ...companies, ...domains];
