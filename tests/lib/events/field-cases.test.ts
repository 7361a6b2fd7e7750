/**
 * The examples of what people and machines really send, as far as reading alone decides them. What needs a record in
 * Firefish is tried in `tests/lib/people/field-cases.test.ts`; `DECIDED_BY_SYNC` names what is tried only there.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { companyNameKey } from '../../../lib/names/company-name.ts';
import { readAddresses } from '../../../lib/events/reading/addresses.ts';
import type { Event, Person } from '../../../lib/events/event.ts';
import { readEvent, type ReadEvent } from '../../../lib/events/reading/read-event.ts';
import { personFields } from '../../../lib/mapping/person-fields.ts';
import { namesContradict } from '../../../lib/names/person-names.ts';

interface Case {
  kind: string;
  given: Record<string, unknown> & { situation?: string };
  expect: unknown;
}

const file = new URL('../../support/field-cases.json', import.meta.url);
const CASES = JSON.parse(readFileSync(file, 'utf8')) as Case[];
const NOW = new Date('2026-12-01T00:00:00Z');

const read = (event: Record<string, unknown>): ReadEvent =>
  readEvent({ id: 'e', type: 'record.created', occurredAt: '2026-11-01T00:00:00Z', ...event }, NOW);

function accepted(event: Record<string, unknown>): Event {
  const result = read(event);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.event;
}

function person(record: Record<string, unknown>): Person {
  const event = accepted({ record: { candidateId: 'c', kind: 'candidate', ...record } });
  if (event.type !== 'record.created') throw new Error(event.type);
  return event.record;
}

const fields = (record: Record<string, unknown>) => personFields('candidate', person(record));

const of = (kind: string): Case[] => CASES.filter((one) => one.kind === kind);
const label = ({ given }: Case): string => JSON.stringify(given.situation ?? given).slice(0, 120);
const labelled = (cases: readonly Case[]): [string, Case][] => cases.map((one) => [label(one), one]);

const DECIDED_BY_SYNC = [
  'two companies named Harbor in Firefish; a new contact at Harbor',
  'Harbor was made by us, then merged',
  'linked person changes name altogether',
  'name-conflict and marketing.opted_out by the same address',
  'boss',
  'the person is not in Firefish',
  'the same note.id twice',
];
const isDecidedBySync = ({ given, kind }: Case): boolean =>
  kind === 'address-stays' || DECIDED_BY_SYNC.some((text) => given.situation?.includes(text) === true);

describe('addresses', () => {
  const readable = of('address').filter(({ expect: wanted }) => wanted === 'the contact is opted out');

  it.each(labelled(readable))('%s is about kim.dale@harbor.example', (_, { given }) => {
    const event = accepted({ type: 'marketing.opted_out', record: { emails: given['emails'] } });
    expect(event).toMatchObject({ record: { emails: expect.arrayContaining(['kim.dale@harbor.example']) } });
  });

  it('that are all unreadable cause a rejection, or a warning if there is a candidateId', () => {
    const record = { emails: ['kim.dale at harbor'] };
    expect(read({ type: 'marketing.opted_out', record })).toMatchObject({
      ok: false,
      errors: [{ path: 'record.emails.0' }],
    });
    expect(read({ type: 'marketing.opted_out', record: { ...record, candidateId: 'k1' } })).toMatchObject({
      ok: true,
      warnings: [{ path: 'record.emails.0' }],
    });
  });

  it('with one domain in two spellings are the same', () => {
    const [one] = of('address').filter(({ given }) => 'inFirefish' in given);
    expect(person({ emails: one?.given['emails'] }).emails).toEqual(
      readAddresses(String(one?.given['inFirefish'])).addresses,
    );
  });
});

describe('domains', () => {
  it.each(labelled(of('domain')))('%s', (_, { given, expect: wanted }) => {
    const result = read(given);
    if (String(wanted).startsWith('rejected')) {
      expect(result).toMatchObject({ ok: false, errors: [{ path: 'domain' }] });
    } else expect(result).toMatchObject({ ok: true, event: { domain: 'harbor.example' } });
  });
});

describe('names', () => {
  it.each(labelled(of('name')))('%s', (_, { given, expect: wanted }) => {
    const { FirstName, Surname, Title } = fields(given);
    if (typeof wanted === 'string')
      expect({ FirstName, Surname, Title }).toEqual({ Surname: 'Dale', Title: 'Ms' });
    else {
      // The middle initial may stay or go.
      const first = typeof FirstName === 'string' ? FirstName.replace(' B.', '') : null;
      expect({ FirstName: first, Surname }).toEqual(wanted);
    }
  });
});

describe('places', () => {
  it.each(labelled(of('place')))('%s', (_, { given, expect: wanted }) => {
    const said = fields(given);
    const place = Object.fromEntries(
      ['Town', 'County', 'Country'].flatMap((part) => {
        const value = said[`Address.${part}`];
        return value === undefined ? [] : [[part, value]];
      }),
    );
    if (typeof wanted === 'string') expect(place).toEqual({ Town: 'Tbilisi', County: 'Georgia' });
    else if (place['Town'] === 'Korhogo')
      expect(place).toEqual({ Town: 'Korhogo', Country: 'Côte d’Ivoire' });
    else expect(place).toEqual(wanted);
  });
});

describe('telephone numbers and links', () => {
  it('are read', () => {
    const wanted = [
      { WorkNumber: '+49 30 901820' },
      { MobileNumber: '+44 7700 900555', WorkNumber: '+44 113 496 0001' },
      { WorkNumber: '+44 20 7946 0001 x12' },
    ];
    expect(of('phone').map(({ given }) => fields(given))).toEqual(wanted);
    expect(of('linkedin').map(({ given }) => fields(given))).toEqual([
      { LinkedIn: 'https://www.linkedin.com/in/ACoAAB1xYzQ' },
    ]);
  });
});

describe('companies', () => {
  const cases = of('company').filter((one) => !isDecidedBySync(one));

  it.each(labelled(cases))('%s', (_, { given, expect: wanted }) => {
    const name = String(given['event']);
    if (String(wanted).startsWith('not said')) {
      expect(person({ company: name })).not.toHaveProperty('company');
      expect(read({ type: 'company.created', company: { id: 'c', name } })).toMatchObject({
        ok: false,
        errors: [{ path: 'company.name' }],
      });
      expect(accepted({ type: 'company.updated', company: { id: 'c', name } })).toMatchObject({
        company: { id: 'c' },
      });
      return;
    }
    const isOne = companyNameKey(String(given['inFirefish'])) === companyNameKey(name);
    expect(isOne).toBe(wanted === 'one company');
  });
});

describe('names that veto a match', () => {
  /** By a part of the situation: the names on both sides, and whether they contradict. */
  const PAIRS: [string, string, string, boolean][] = [
    ['Firefish contact Ann Moor <info@client.example>; record.created', 'Ann/Moor', 'Ben/Pike', true],
    ['Firefish contacts Ann Moor and Ben Pike', 'Ben/Pike', 'Ben/Pike', false],
    ['Robert Hale', 'Robert/Hale', 'Bob/Hale', false],
    ['Mei Chen', 'Mei/Chen', 'Chen/Mei', false],
    ['Ann and no Surname; record.created Ben Pike', 'Ann/', 'Ben/Pike', true],
    ['Ann and no Surname; record.created Ann Pike', 'Ann/', 'Ann/Pike', false],
    ['Maria de la Cruz', 'Maria/de la Cruz', 'Juan/de la Rosa', true],
    ['\u738b\u4f1f', '\u4f1f/\u738b', '\u4f1f/\u738b', false],
    ["Se\u00e1n O'Brien", "Se\u00e1n/O'Brien", 'Sean/OBrien', false],
    ['Max Orr <max@>', 'Kim/Dale', 'Max/Orr', true],
    ['then record.created for the same candidateId as Ben Pike', 'Ann/Moor', 'Ben/Pike', true],
    ['Alexander Ivanov', 'Александр/Иванов', 'Alexander/Ivanov', false],
  ];
  const cases = of('veto').filter((one) => !isDecidedBySync(one));
  const nameOf = (text: string) => {
    const [first = '', last = ''] = text.split('/');
    return { ...(first !== '' && { first }), ...(last !== '' && { last }) };
  };

  it.each(labelled(cases))('%s', (_, { given }) => {
    const [pair] = PAIRS.filter(([part]) => given.situation?.includes(part));
    if (pair === undefined) throw new Error('no pair');
    const [, inFirefish, said, contradict] = pair;
    expect(namesContradict(nameOf(inFirefish), nameOf(said))).toBe(contradict);
  });
});

describe('forms of values', () => {
  it('one value, and numbers, are read as lists and texts', () => {
    const [given] = of('shape')
      .map((one) => one.given)
      .filter((one) => 'record' in one && !('type' in one));
    expect(accepted(given ?? {})).toMatchObject({
      record: {
        candidateId: '8271',
        emails: ['kim@one.example'],
        phones: ['447700900111'],
        postcode: '9117',
        skills: ['Go; SQL'],
      },
    });
  });

  it('members that an opt-out does not use cannot cause its rejection', () => {
    const [given] = of('shape')
      .map((one) => one.given)
      .filter((one) => one['type'] === 'marketing.opted_out');
    const { marketing: _, record, ...event } = given ?? {};
    expect(accepted({ ...event, record: { ...(record as object), role: 'x'.repeat(3_000) } })).toMatchObject({
      record: { candidateId: 'k1', emails: ['kim@one.example'] },
      channels: ['email', 'sms', 'post'],
    });
  });

  it('times are read as seconds, and with a leap second', () => {
    const times = of('shape').filter(({ given }) => 'occurredAt' in given);
    expect(
      times.map(
        ({ given }) => accepted({ ...given, record: { candidateId: 'c', kind: 'contact' } }).occurredAt,
      ),
    ).toEqual(['2026-10-03T04:00:00.000000000Z', '2026-06-30T23:59:59.999999999Z']);
  });
});

describe('notes', () => {
  const note = (given: Record<string, unknown>): Event =>
    accepted({ type: 'note.added', record: { candidateId: 'c' }, note: { id: 'n', text: 'T', ...given } });

  it('of HTML become plain text, on any channel', () => {
    const [html, pigeon] = of('note').filter((one) => !isDecidedBySync(one));
    expect(note(html?.given ?? {})).toMatchObject({ note: { channel: 'whatsapp', text: 'Hello\nthere' } });
    expect(note(pigeon?.given ?? {})).toMatchObject({
      note: { channel: 'other', channelWord: 'carrier pigeon' },
    });
  });
});

describe('ids', () => {
  it('with other content have another hash, with keys in another order the same', () => {
    const event = { record: { candidateId: 'c', kind: 'contact', role: 'CFO' } };
    const hash = (one: Record<string, unknown>): string => {
      const result = read(one);
      return result.ok ? result.contentHash : 'rejected';
    };
    expect(of('id')).toHaveLength(2);
    expect(hash({ record: { role: 'CFO', kind: 'contact', candidateId: 'c' } })).toBe(hash(event));
    expect(hash({ record: { ...event.record, role: 'CEO' } })).not.toBe(hash(event));
  });
});

describe('campaigns and marketing', () => {
  it('name the campaign, and have no fields that could create a record', () => {
    const [given] = of('campaign').filter((one) => !isDecidedBySync(one));
    const event = accepted({
      ...given?.given,
      record: { candidateId: 'c', role: 'CFO' },
      campaign: { id: 1, name: 'Rust' },
    });
    expect(event).toMatchObject({ type: 'campaign.not_interested', campaign: { id: '1', name: 'Rust' } });
    expect(event).not.toHaveProperty('record.role');
  });

  it.each(labelled(of('marketing')))('%s', (_, { given, expect: wanted }) => {
    const result = read({ type: 'marketing.opted_out', record: { candidateId: 'c' }, marketing: given });
    if (String(wanted).startsWith('rejected')) {
      expect(result).toMatchObject({
        ok: false,
        errors: [{ path: 'marketing.channels.0', message: expect.stringContaining('email, sms, post') }],
      });
    } else {
      expect(result).toMatchObject({ ok: true, event: { channels: ['email'] } });
      expect(result).toMatchObject({ warnings: [{ path: 'marketing.channels.1' }] });
    }
  });
});

it('every kind of example is covered', () => {
  const kinds = [
    ...[
      'address',
      'domain',
      'name',
      'place',
      'phone',
      'linkedin',
      'company',
      'veto',
      'address-stays',
      'shape',
    ],
    ...['note', 'id', 'campaign', 'marketing'],
  ];
  expect([...new Set(CASES.map(({ kind }) => kind))].sort()).toEqual(kinds.sort());
  expect(CASES.filter(isDecidedBySync).length).toBe(10);
});
