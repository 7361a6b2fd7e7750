/** Section 5's settings, each on and off. */
import {
  ann,
  annAsContact,
  campaign,
  company,
  domainIn,
  domainOut,
  edit,
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
const untouched = { FirstName: 'Ann Old', Surname: 'Record' };
const there = { candidates: [seededCandidate(101, 'ann@x.example', { JobTitle: 'Old title' })] };

const adding: Case[] = [
  {
    name: 'addWhen added: the person is created from campaign.added on',
    settings: { addWhen: { candidate: 'added', contact: 'always' } },
    steps: [
      say('e1', 1, 'record.created', ann()),
      campaign(
        'e2',
        2,
        'added',
        onlyId({ candidateId: 'sw_2', emails: ['b@x.example'], firstName: 'B', lastName: 'B' }),
      ),
    ],
    expected: { candidates: [{ fields: { Surname: 'B' } }] },
    outcomes: { e1: { state: 'skipped', reason: /addWhen/i } },
  },
  {
    name: 'addWhen replied: campaign.added does not create the person, a later stage does',
    settings: { addWhen: { candidate: 'replied', contact: 'always' } },
    steps: [
      campaign('e1', 1, 'added', ann()),
      campaign(
        'e2',
        2,
        'interested',
        ann({ candidateId: 'sw_2', lastName: 'Baker', emails: ['b@x.example'] }),
      ),
    ],
    expected: { candidates: [{ fields: { Surname: 'Baker' } }] },
  },
  {
    name: 'addWhen interested: a later record.updated creates a person who was interested',
    settings: { addWhen: { candidate: 'interested', contact: 'always' } },
    steps: [
      campaign('e1', 1, 'interested', onlyId({ emails: ['ann@x.example'] })),
      say('e2', 2, 'record.updated', ann()),
    ],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }] },
    outcomes: { e2: { state: 'synced' } },
  },
  {
    name: 'addWhen never: nobody is created, existing people are updated',
    settings: { addWhen: { candidate: 'never', contact: 'never' } },
    seed: there,
    steps: [
      campaign('e1', 1, 'interested', ann()),
      campaign('e2', 2, 'interested', ann({ candidateId: 'sw_2', emails: ['b@x.example'] })),
    ],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }] },
  },
  {
    name: 'addWhen is that of the event’s kind',
    settings: { addWhen: { candidate: 'never', contact: 'always' } },
    steps: [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.created', annAsContact({ candidateId: 'sw_2', emails: ['b@x.example'] })),
    ],
    expected: { contacts: [{ fields: { Surname: 'Archer', Company: 'Acme' } }] },
  },
];

const notes: Case[] = [
  {
    name: 'onlyNotesForSynced: a person who was in Firefish before gets notes only after the addWhen stage',
    settings: { onlyNotesForSynced: true, addWhen: { candidate: 'replied', contact: 'always' } },
    seed: there,
    steps: [
      note('e1', 1, ann(), 'before the step'),
      campaign('e2', 2, 'replied', ann()),
      note('e3', 3, ann(), 'after the step'),
    ],
    expected: { candidates: [{ fields: {}, notes: ['after the step'] }], nowhere: ['before the step'] },
    outcomes: { e1: { state: 'skipped', reason: /onlyNotesForSynced/i }, e3: { state: 'synced' } },
  },
  {
    name: 'onlyNotesForSynced: a person that the system created gets notes',
    settings: { onlyNotesForSynced: true },
    steps: [say('e1', 1, 'record.synced', ann()), note('e2', 2, ann(), 'after creation')],
    expected: { candidates: [{ fields: {}, notes: ['after creation'] }] },
  },
  {
    name: 'onlyNotesForSynced off: everyone who is in Firefish gets notes',
    settings: { addWhen: { candidate: 'never', contact: 'never' } },
    seed: there,
    steps: [note('e1', 1, ann(), 'any note')],
    expected: { candidates: [{ fields: untouched, notes: ['any note'] }] },
  },
  {
    name: 'noteChannels: notes of other channels are skipped',
    settings: { noteChannels: ['email', 'call'] },
    seed: there,
    steps: [note('e1', 1, ann(), 'by text message', 'sms'), note('e2', 2, ann(), 'by telephone', 'call')],
    expected: { candidates: [{ fields: {}, notes: ['by telephone'] }], nowhere: ['by text message'] },
    outcomes: { e1: { state: 'skipped', reason: /noteChannels/i } },
  },
  {
    name: 'campaignNotes: only the listed stages write a note',
    settings: { campaignNotes: ['added'] },
    steps: [campaign('e1', 1, 'added', ann(), 'Autumn'), campaign('e2', 2, 'replied', ann(), 'Winter')],
    expected: { candidates: [{ fields: {}, notes: ['Autumn'] }], nowhere: ['Winter'] },
  },
];

const updating: Case[] = [
  {
    name: 'updatePolicy ifBlank: a field is filled if it is blank, and never overwritten',
    settings: { updatePolicy: { default: 'ifBlank', fields: {} } },
    seed: there,
    steps: [say('e1', 1, 'record.updated', ann({ role: 'Tester', salutation: 'Dr' }))],
    expected: { candidates: [{ fields: { ...untouched, JobTitle: 'Old title', Title: 'Dr' } }] },
  },
  {
    name: 'updatePolicy never: a field is not updated, but filled on creation',
    settings: { updatePolicy: { default: 'always', fields: { JobTitle: 'never' } } },
    seed: there,
    steps: [
      say('e1', 1, 'record.updated', ann({ role: 'Tester' })),
      say('e2', 2, 'record.created', ann({ candidateId: 'sw_2', emails: ['b@x.example'], role: 'Lead' })),
    ],
    expected: {
      candidates: [
        { fields: { Surname: 'Archer', JobTitle: 'Old title' } },
        { fields: { JobTitle: 'Lead' } },
      ],
    },
  },
  {
    name: 'updatePolicy: a field’s policy has priority over the default, and Address holds for its parts',
    settings: { updatePolicy: { default: 'never', fields: { JobTitle: 'always', Address: 'ifBlank' } } },
    seed: {
      candidates: [
        seededCandidate(101, 'ann@x.example', {
          JobTitle: 'Old title',
          Address: { Town: 'Leeds', County: null },
        }),
      ],
    },
    steps: [say('e1', 1, 'record.updated', ann({ role: 'Tester', city: 'York', state: 'Yorkshire' }))],
    expected: {
      candidates: [
        {
          fields: {
            ...untouched,
            JobTitle: 'Tester',
            'Address.Town': 'Leeds',
            'Address.County': 'Yorkshire',
          },
        },
      ],
    },
  },
];

const creating: Case[] = [
  {
    name: 'mandatoryFields: a new record that lacks one is skipped, and the reason names it',
    settings: { mandatoryFields: { candidate: ['JobTitle'], contact: [] } },
    steps: [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.created', ann({ candidateId: 'sw_2', emails: ['b@x.example'], role: 'Lead' })),
    ],
    expected: { candidates: [{ fields: { JobTitle: 'Lead' } }] },
    outcomes: { e1: { state: 'skipped', reason: /JobTitle/ } },
  },
  {
    name: 'mandatoryFields: Address has a value if any of its parts has one',
    settings: { mandatoryFields: { candidate: ['Address'], contact: [] } },
    steps: [say('e1', 1, 'record.created', ann({ city: 'Leeds' }))],
    expected: { candidates: [{ fields: { 'Address.Town': 'Leeds' } }] },
  },
  {
    name: 'mandatoryFields: the owner is the actor, or the agency’s default',
    settings: { mandatoryFields: { candidate: ['OwnerUserEmail'], contact: [] } },
    steps: [
      say('e1', 1, 'record.created', ann()),
      {
        ...say('e2', 2, 'record.created', ann({ candidateId: 'sw_2', emails: ['b@x.example'] })),
        actor: { email: 'desk@agency.example' },
      },
    ],
    expected: { candidates: [{ fields: { OwnerUserEmail: 'desk@agency.example' } }] },
    outcomes: { e1: { state: 'skipped', reason: /OwnerUserEmail/ } },
  },
  {
    name: 'mandatoryFields: an update does not need them',
    settings: { mandatoryFields: { candidate: ['Skills'], contact: [] } },
    seed: there,
    steps: [say('e1', 1, 'record.updated', ann())],
    expected: { candidates: [{ fields: { Surname: 'Archer' } }] },
  },
  {
    name: 'defaultLegalBasis, defaultSource and defaultOwnerEmail fill the fields of a new record that were not sent',
    settings: {
      defaultLegalBasis: 'consent-request',
      defaultSource: 'Outreach',
      defaultOwnerEmail: 'desk@agency.example',
    },
    steps: [
      say('e1', 1, 'record.created', ann()),
      edit(2, 'candidate', 'ann@x.example', { KnownAs: 'Annie' }),
      say(
        'e3',
        3,
        'record.created',
        ann({ candidateId: 'sw_2', emails: ['b@x.example'], source: 'Referral' }),
        'ruth@agency.example',
      ),
    ],
    expected: {
      candidates: [
        {
          fields: {
            LegalBasis: 'consent-request',
            Source: 'Outreach',
            OwnerUserEmail: 'desk@agency.example',
          },
        },
        {
          fields: {
            LegalBasis: 'consent-request',
            Source: 'Referral',
            OwnerUserEmail: 'ruth@agency.example',
          },
        },
      ],
    },
  },
  {
    name: 'createCompanies off: no company is created, and a contact whose company is missing is skipped',
    settings: { createCompanies: false },
    seed: { companies: [{ Ref: 301, CreatedDaysAgo: 400, Name: 'Acme' }] },
    steps: [
      say('e1', 1, 'record.created', annAsContact()),
      say(
        'e2',
        2,
        'record.created',
        annAsContact({ candidateId: 'sw_2', emails: ['b@x.example'], company: 'Initech' }),
      ),
    ],
    expected: { contacts: [{ fields: { CompanyRef: 301 } }], companies: ['Acme'] },
    outcomes: { e2: { state: 'skipped', reason: /Company/i } },
  },
  {
    name: 'createCompanies off: a contact whose new company is missing keeps the old one',
    settings: { createCompanies: false },
    seed: { companies: [{ Ref: 301, CreatedDaysAgo: 400, Name: 'Acme' }] },
    steps: [
      say('e1', 1, 'record.created', annAsContact()),
      say('e2', 2, 'record.updated', annAsContact({ company: 'Initech', role: 'Lead' })),
    ],
    expected: { contacts: [{ fields: { CompanyRef: 301, JobTitle: 'Lead' } }], companies: ['Acme'] },
  },
  {
    name: 'createCompanies off: a company event creates no company either',
    settings: { createCompanies: false },
    steps: [company('e1', 1, 'company.created', { id: 'c1', name: 'Acme' })],
    expected: { companies: [] },
    outcomes: { e1: { state: 'skipped', reason: /createCompanies/i } },
  },
  {
    name: 'mergeWithExisting off: people are not matched by address, but the link still counts',
    settings: { mergeWithExisting: false },
    seed: there,
    steps: [
      say('e1', 1, 'record.created', ann({ role: 'Tester' })),
      say('e2', 2, 'record.updated', ann({ role: 'Lead' })),
    ],
    expected: {
      candidates: [{ fields: { ...untouched, JobTitle: 'Old title' } }, { fields: { JobTitle: 'Lead' } }],
    },
  },
];

const marketing: Case[] = [
  {
    name: 'mergeWithExisting off: an opt-out holds for everyone who is created with its address',
    settings: { mergeWithExisting: false, newRecordsOptedOut: false },
    steps: [optOut('e1', 1, ann()), say('e2', 2, 'record.created', ann({ candidateId: 'sw_2' }))],
    expected: {
      candidates: [{ fields: { EmailMarketing: false, SmsMarketing: false, PostalMarketing: false } }],
    },
  },
  {
    name: 'mergeWithExisting off: several opt-outs and opt-ins of a domain reach a person who is only in Firefish',
    settings: { mergeWithExisting: false },
    seed: there,
    steps: [domainOut('e1', 1, 'x.example'), domainIn('e2', 2, 'x.example'), domainOut('e3', 3, 'x.example')],
    expected: { candidates: [{ fields: { ...untouched, ...OUT } }] },
    outcomes: { e1: { state: 'synced' }, e2: { state: 'synced' }, e3: { state: 'synced' } },
  },
  {
    name: 'newRecordsOptedOut off: an opt-out still counts, and so does an opt-in',
    settings: { newRecordsOptedOut: false },
    steps: [
      optOut('e1', 1, ann(), ['sms']),
      optIn('e2', 2, ann(), ['email']),
      say('e3', 3, 'record.created', ann()),
    ],
    // Without an opt-in or opt-out, Firefish decides.
    expected: {
      candidates: [{ fields: { EmailMarketing: true, SmsMarketing: false, PostalMarketing: true } }],
    },
  },
  {
    name: 'optOutAsNote: an opt-out also writes a note',
    settings: { optOutAsNote: true },
    seed: {
      candidates: [seededCandidate(101, 'ann@x.example')],
      contacts: [seededContact(201, 'bob@x.example')],
    },
    steps: [optOut('e1', 1, ann(), ['email'])],
    expected: {
      candidates: [{ fields: { EmailMarketing: false, SmsMarketing: true }, notes: [/opted out/i] }],
      contacts: [{ fields: { EmailMarketing: true } }],
    },
  },
  {
    name: 'optOutAsNote off: an opt-out writes no note',
    seed: there,
    steps: [optOut('e1', 1, ann())],
    expected: { candidates: [{ fields: OUT }], nowhere: [/opted out/i] },
  },
];

export const SETTING_CASES: Case[] = [...adding, ...notes, ...updating, ...creating, ...marketing];
