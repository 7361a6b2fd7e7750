import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { KINDS, type Person } from '../../../lib/events/event.ts';
import { readEvent } from '../../../lib/events/reading/read-event.ts';
import { USED_FIELDS } from '../../../lib/events/reading/record-fields.ts';
import { WRITABLE_FIELDS } from '../../../lib/mapping/firefish-fields.ts';
import { personFields } from '../../../lib/mapping/person-fields.ts';

/** As it comes in. */
function person(said: Record<string, unknown>): Person {
  const record = { candidateId: 'sw_1', kind: 'candidate', ...said };
  const read = readEvent({ id: 'e', type: 'record.created', occurredAt: 0, record }, new Date());
  if (!read.ok || read.event.type !== 'record.created') throw new Error(JSON.stringify(read));
  return read.event.record;
}

const full = person({
  salutation: 'Dr',
  firstName: 'Ann',
  lastName: 'Smith',
  emails: ['ann@client.example'],
  phones: ['07911 123456', '0141 496 0838', '0113 496 0681', 'ext. 42'],
  company: ' Acme  Ltd',
  role: 'CFO',
  city: 'Leeds',
  state: 'West Yorkshire',
  postcode: 'LS1 4AP',
  country: 'UK',
  socialLinks: ['https://github.com/ann', 'linkedin.com/in/Ann'],
  summary: 'Two lines\nof her own.',
  headline: 'CFO at Acme',
  skills: ['SQL', ' sql ', '', 'Go'],
  source: 'LinkedIn',
});

describe('the Firefish fields of a candidate', () => {
  it('have Firefish’s names', () => {
    expect(personFields('candidate', full)).toEqual({
      Title: 'Dr',
      FirstName: 'Ann',
      Surname: 'Smith',
      MobileNumber: '+44 7911 123456',
      WorkNumber: '+44 141 496 0838',
      HomeNumber: '+44 113 496 0681',
      CurrentCompanyName: 'Acme Ltd',
      JobTitle: 'CFO',
      'Address.Town': 'Leeds',
      'Address.County': 'West Yorkshire',
      'Address.PostCode': 'LS1 4AP',
      'Address.Country': 'UK',
      LinkedIn: 'https://www.linkedin.com/in/Ann',
      RecruiterSummary: 'Two lines\nof her own.',
      Skills: 'SQL, Go',
      Source: 'LinkedIn',
    });
  });

  it('are cleared by empty values, except the name, the company and the source', () => {
    const nothing = { name: '', firstName: '', lastName: '', company: '', source: '', emails: [] };
    expect(personFields('candidate', person(nothing))).toEqual({});
    expect(
      personFields(
        'candidate',
        person({ salutation: '', role: ' ', phones: [], city: '', socialLinks: [], summary: '', skills: [] }),
      ),
    ).toEqual({
      Title: '',
      JobTitle: '',
      MobileNumber: '',
      WorkNumber: '',
      HomeNumber: '',
      'Address.Town': '',
      LinkedIn: '',
      RecruiterSummary: '',
      Skills: '',
    });
  });

  it('do not change if a list has no usable value', () => {
    expect(
      personFields(
        'candidate',
        person({ phones: ['n/a'], skills: [' '], socialLinks: ['https://github.com/a'] }),
      ),
    ).toEqual({});
  });

  it('have numbers read by the country, and as British if only the location is abroad', () => {
    expect(personFields('candidate', person({ phones: ['089 30562422'], country: 'Germany' }))).toMatchObject(
      {
        WorkNumber: '+49 89 30562422',
      },
    );
    expect(
      personFields('candidate', person({ phones: ['07700 900420'], location: 'München, Germany' })),
    ).toMatchObject({ MobileNumber: '+44 7700 900420' });
  });
});

describe('the Firefish fields of a contact', () => {
  it('leave out what a contact has no field for', () => {
    expect(personFields('contact', full)).toEqual({
      Title: 'Dr',
      FirstName: 'Ann',
      Surname: 'Smith',
      MobileNumber: '+44 7911 123456',
      WorkNumber: '+44 141 496 0838',
      JobTitle: 'CFO',
    });
    expect(personFields('contact', person({ phones: [] }))).toEqual({ MobileNumber: '', WorkNumber: '' });
  });
});

describe('with any input', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '',
      ' ',
      'n/a',
      'Smith, Ann',
      '+44',
      '07700 900448',
      '٠٧٧٠٠',
      'İstanbul, Türkiye',
      'linkedin.com/in/%',
    ),
  );
  const LISTS = ['emails', 'phones', 'socialLinks', 'skills'];
  const someone = fc
    .record(
      {
        ...Object.fromEntries(
          [...USED_FIELDS.person]
            .filter((name) => !['candidateId', 'kind'].includes(name))
            .map((name) => [name, LISTS.includes(name) ? fc.array(text, { maxLength: 4 }) : text]),
        ),
        gender: fc.constant('female-marker'),
        dominantRace: fc.constant('race-marker'),
      },
      { requiredKeys: ['gender', 'dominantRace'] },
    )
    .map(person);

  it('only existing fields are written, never what the candidate sees, and never gender or race', () => {
    fc.assert(
      fc.property(someone, fc.constantFrom(...KINDS), (said, kind) => {
        const fields = personFields(kind, said);
        const decidedBySync = ['EmailAddress', 'CompanyRef', 'OwnerUserEmail', 'LegalBasis'];
        for (const name of Object.keys(fields)) {
          expect(WRITABLE_FIELDS[kind]).toContain(name);
          expect(decidedBySync).not.toContain(name);
        }
        expect(JSON.stringify(fields)).not.toMatch(/female-marker|race-marker/);
        for (const name of ['FirstName', 'Surname', 'CurrentCompanyName', 'Source']) {
          expect(fields[name]).not.toBe('');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('sending the written values again gives the same fields', () => {
    fc.assert(
      fc.property(someone, (said) => {
        const { MobileNumber, WorkNumber, HomeNumber, ...fields } = personFields('candidate', said);
        const phones = [MobileNumber, WorkNumber, HomeNumber].filter((number) => typeof number === 'string');
        const again = person({
          salutation: fields.Title,
          firstName: fields.FirstName,
          lastName: fields.Surname,
          role: fields.JobTitle,
          company: fields.CurrentCompanyName,
          city: fields['Address.Town'],
          state: fields['Address.County'],
          postcode: fields['Address.PostCode'],
          country: fields['Address.Country'],
          summary: fields.RecruiterSummary,
          source: fields.Source,
          ...(fields.LinkedIn !== undefined && {
            socialLinks: fields.LinkedIn === '' ? [] : [fields.LinkedIn],
          }),
          ...(fields.Skills !== undefined && { skills: fields.Skills === '' ? [] : [fields.Skills] }),
          ...(phones.length > 0 && { phones: phones.every((number) => number === '') ? [] : phones }),
          emails: said.emails,
        });
        expect(personFields('candidate', again)).toEqual(personFields('candidate', said));
        expect(again.emails).toEqual(said.emails);
      }),
      { numRuns: 1000 },
    );
  });

  it('every person of the samples has a name, and numbers in the right fields', () => {
    const file = new URL('../../../local/demo/events.json', import.meta.url);
    const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: unknown[] };
    for (const raw of events) {
      const read = readEvent(raw, new Date());
      if (!read.ok) throw new Error(JSON.stringify(read));
      const { event } = read;
      if (event.type !== 'record.created') continue;
      const fields = personFields(event.record.kind, event.record);
      expect(fields).toMatchObject({ FirstName: expect.any(String), Surname: expect.any(String) });
      for (const number of ['MobileNumber', 'WorkNumber', 'HomeNumber']) {
        if (fields[number] !== undefined) expect(fields[number]).toMatch(/^\+\d[\d ]+$|^ext\. 42$/);
      }
    }
  });
});
