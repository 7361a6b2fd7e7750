/** Races about companies, about notes, and about one event in two hands. */
import { ann, annAsContact, campaign, company, note, say, seededCandidate } from '../model/cases/case.ts';
import type { Race } from './race.ts';

const bob = (changes: Parameters<typeof annAsContact>[0] = {}): ReturnType<typeof annAsContact> =>
  annAsContact({ candidateId: 'sw_bob', firstName: 'Bob', emails: ['bob@x.example'], ...changes });

export const COMPANIES: readonly Race[] = [
  {
    name: 'company and company of one normalised name',
    first: [company('e1', 1, 'company.created', { id: 'c1', name: 'Acme Ltd' })],
    second: [
      company('e2', 2, 'company.created', { id: 'c2', name: ' ACME  ltd', phone: '+44 20 7946 0021' }),
    ],
    expected: [
      { companies: ['Acme Ltd'], companyFields: { 'Acme Ltd': { Phone: '+44 20 7946 0021' } } },
      { companies: ['ACME ltd'], companyFields: { 'ACME ltd': { Phone: '+44 20 7946 0021' } } },
    ],
  },
  {
    name: 'company and news of it',
    first: [company('e1', 1, 'company.created', { id: 'c1', name: 'Acme', website: 'https://old.example' })],
    second: [company('e2', 2, 'company.updated', { id: 'c1', name: 'Acme', website: 'https://new.example' })],
    expected: { companies: ['Acme'], companyFields: { Acme: { Website: 'https://new.example' } } },
  },
  {
    name: 'contact and contact at one new company',
    first: [say('e1', 1, 'record.created', annAsContact({ company: 'Acme' }))],
    second: [say('e2', 2, 'record.created', bob({ company: 'acme ' }))],
    expected: [
      { companies: ['Acme'], contacts: [{ fields: { Company: 'Acme' } }, { fields: { Company: 'Acme' } }] },
      { companies: ['acme'], contacts: [{ fields: { Company: 'acme' } }, { fields: { Company: 'acme' } }] },
    ],
  },
  {
    name: 'contact and company.created of its company',
    first: [say('e1', 1, 'record.created', annAsContact({ company: 'Acme' }))],
    second: [company('e2', 2, 'company.created', { id: 'c1', name: 'ACME', phone: '+44 20 7946 0021' })],
    expected: [
      {
        companies: ['Acme'],
        companyFields: { Acme: { Phone: '+44 20 7946 0021' } },
        contacts: [{ fields: { Company: 'Acme' } }],
      },
      {
        companies: ['ACME'],
        companyFields: { ACME: { Phone: '+44 20 7946 0021' } },
        contacts: [{ fields: { Company: 'ACME' } }],
      },
    ],
  },
  {
    name: 'company renamed and contact at the old name',
    before: [company('e1', 1, 'company.created', { id: 'c1', name: 'Acme' })],
    first: [company('e3', 3, 'company.updated', { id: 'c1', name: 'Nova' })],
    second: [say('e2', 2, 'record.created', annAsContact({ company: 'Acme' }))],
    expected: [
      { companies: ['Nova'], contacts: [{ fields: { Company: 'Nova' } }] },
      // The contact came when the name had gone: who bears it is a new one.
      { companies: ['Acme', 'Nova'], contacts: [{ fields: { Company: 'Acme' } }] },
    ],
  },
];

const text = 'Called back';

export const NOTES: readonly Race[] = [
  {
    name: 'note and create',
    first: [note('e2', 2, ann(), text)],
    second: [say('e1', 1, 'record.created', ann())],
    expected: { candidates: [{ fields: {}, notes: [text] }] },
  },
  {
    name: 'note and note',
    before: [say('e1', 1, 'record.created', ann())],
    first: [note('e2', 2, ann(), text)],
    second: [note('e3', 3, ann(), 'Met at a fair')],
    expected: { candidates: [{ fields: {}, notes: [text, 'Met at a fair'] }] },
  },
  {
    name: 'campaign reply and merge',
    before: [
      say('e1', 1, 'record.created', ann()),
      say('e2', 2, 'record.created', ann({ candidateId: 'sw_anne', emails: ['ann@home.example'] })),
    ],
    first: [campaign('e3', 3, 'replied', ann({ candidateId: 'sw_anne', emails: ['ann@home.example'] }))],
    second: [say('e4', 4, 'record.updated', ann({ emails: ['ann@x.example', 'ann@home.example'] }))],
    expected: [
      { candidates: [{ fields: {}, notes: [/Autumn/] }, { fields: {} }] },
      { candidates: [{ fields: {} }, { fields: {}, notes: [/Autumn/] }] },
    ],
  },
  {
    name: 'note and match by address',
    seed: { candidates: [seededCandidate(101, 'ann@x.example')] },
    first: [note('e2', 2, ann(), text)],
    second: [say('e1', 1, 'record.updated', ann({ role: 'Lead' }))],
    expected: { candidates: [{ fields: { JobTitle: 'Lead' }, notes: [text] }] },
  },
];

/** After which a message that nobody has worked on counts as lost. */
const LOST_AFTER_MS = 200_000;

const both = [say('e1', 1, 'record.created', annAsContact()), note('e2', 2, annAsContact(), text)];

export const DELIVERIES: readonly Race[] = [
  {
    name: 'one message to two workers',
    first: both,
    second: both,
    expected: { companies: ['Acme'], contacts: [{ fields: { Company: 'Acme' }, notes: [text] }] },
  },
  {
    name: 'receive and sweep send one pointer',
    first: ({ receive }) => receive(both),
    // The message seems lost by now: the sweeper sends it again, and both are worked on.
    second: async ({ sweeper, wait, work }) => {
      await wait(LOST_AFTER_MS);
      await sweeper.sweep();
      await work();
    },
    expected: [
      { companies: ['Acme'], contacts: [{ fields: { Company: 'Acme' }, notes: [text] }] },
      // Held for so long before anything was stored: it is refused, and SourceWhale told to send it again.
      { companies: [], contacts: [] },
    ],
  },
];
