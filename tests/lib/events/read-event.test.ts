import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '../../../lib/events/event.ts';
import { EVENT_TYPE_NAMES, EVENT_TYPES, type EventTypeFacts } from '../../../lib/events/event-types.ts';
import { readEvent, type ReadEvent } from '../../../lib/events/reading/read-event.ts';
import { RECORD_FIELDS, USED_FIELDS } from '../../../lib/events/reading/record-fields.ts';
import { eventSchema } from '../../../lib/events/schemas.ts';

const NOW = new Date('2026-12-01T00:00:00Z');
const read = (event: Record<string, unknown>): ReadEvent =>
  readEvent({ id: 'e', type: 'record.created', occurredAt: '2026-11-01T00:00:00Z', ...event }, NOW);
const created = (record: unknown): ReadEvent =>
  read({ record: { candidateId: 'c', kind: 'contact', ...(record as object) } });
const optOut = (record: unknown, more: object = {}): ReadEvent =>
  read({ type: 'marketing.opted_out', record, ...more });

function event(result: ReadEvent): Event {
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.event;
}
const errors = (result: ReadEvent): string[] => (result.ok ? [] : result.errors.map(({ path }) => path));
const warnings = (result: ReadEvent): string[] =>
  result.ok ? result.warnings.map(({ path }) => path) : ['rejected'];

describe('the example of each type', () => {
  it.each(EVENT_TYPE_NAMES)('%s is read without a warning, and is as its description says', (type) => {
    const { example } = EVENT_TYPES[type];
    expect(readEvent(example, NOW)).toMatchObject({ ok: true, event: { type }, warnings: [] });
    expect(eventSchema.safeParse(example).error).toBeUndefined();
  });

  it.each(EVENT_TYPE_NAMES)('%s is rejected if any needed member is missing', (type) => {
    const { example, needs }: EventTypeFacts = EVENT_TYPES[type];
    for (const part of ['id', 'occurredAt', ...needs]) {
      const { [part]: _, ...rest } = example;
      expect(errors(readEvent(rest, NOW))).toContain(part);
      expect(errors(readEvent({ ...example, [part]: null }, NOW))).toContain(part);
    }
  });
});

/** The same event once for each of its texts, each time with half a character in that text. */
function* withHalf(value: unknown, path: string[] = []): Generator<{ path: string; broken: unknown }> {
  if (typeof value === 'string')
    yield { path: path.join('.'), broken: `${value.slice(0, 2)}\ud83d${value.slice(2)}` };
  if (typeof value !== 'object' || value === null) return;
  for (const [step, inner] of Object.entries(value)) {
    for (const { path: at, broken } of withHalf(inner, [...path, step])) {
      yield {
        path: at,
        broken: Array.isArray(value) ? value.with(Number(step), broken) : { ...value, [step]: broken },
      };
    }
  }
}

describe('half a character', () => {
  it.each(EVENT_TYPE_NAMES)('in any text of %s is named in the warnings, or in the errors', (type) => {
    const example = { origin: 'user', actor: { email: 'ann@agency.example' }, ...EVENT_TYPES[type].example };
    const whole = readEvent(example, NOW);
    for (const { path, broken } of withHalf(example)) {
      const result = readEvent(broken, NOW);
      const isNamed = [...errors(result), ...warnings(result)].includes(path);
      expect([path, isNamed]).toEqual([path, true]);
      if (!result.ok) continue;
      expect(result).toEqual(readEvent(broken, NOW));
      expect(event(result)).toEqual(event(whole));
    }
  });
});

describe('a member that a type does not use', () => {
  const WRONG = [{}, [], true, [[]], [{}], 'x'.repeat(30_000)];

  it.each(EVENT_TYPE_NAMES.filter((type) => 'record' in EVENT_TYPES[type]))(
    'does not cause a rejection of %s, however wrong it is',
    (type) => {
      const { example, record: use = 'person' }: EventTypeFacts = EVENT_TYPES[type];
      const record = example['record'] as object;
      for (const field of Object.keys(RECORD_FIELDS).filter((name) => !USED_FIELDS[use].has(name))) {
        for (const wrong of WRONG) {
          const result = readEvent({ ...example, record: { ...record, [field]: wrong } }, NOW);
          expect(result).toMatchObject({ ok: true });
        }
      }
      for (const part of [
        'note',
        'campaign',
        'marketing',
        'company',
        'domain',
        'document',
        'email',
        'phone',
        'actor',
        'origin',
      ]) {
        const { needs, takes = [] }: EventTypeFacts = EVENT_TYPES[type];
        if ([...needs, ...takes].includes(part)) continue;
        for (const wrong of WRONG) expect(readEvent({ ...example, [part]: wrong }, NOW).ok).toBe(true);
      }
    },
  );

  it('is named in the warnings if its form is wrong, and is not kept', () => {
    const result = optOut({
      candidateId: 'c',
      skills: {},
      firstName: 1,
      role: false,
      phones: ['1'],
      gender: {},
    });
    expect(warnings(result)).toEqual(['record.role', 'record.skills']);
    expect(event(result)).toMatchObject({ record: { candidateId: 'c', emails: [] } });
    expect(Object.keys(event(result)).sort()).toEqual(
      ['channels', 'effectiveAt', 'id', 'occurredAt', 'origin', 'record', 'type'].sort(),
    );
  });

  it('causes a rejection of types that use it', () => {
    expect(errors(created({ skills: {}, role: [], firstName: true }))).toEqual(
      expect.arrayContaining(['record.skills', 'record.role', 'record.firstName']),
    );
  });
});

describe('the form of a value', () => {
  it('email, phone and linkedinUrl are added to the end of their lists', () => {
    const both = created({
      ...{ emails: ['a@one.example'], email: 'B@two.example', phones: ['0141 496 0838'], phone: 7700900448 },
      ...{ socialLinks: ['https://github.com/a'], linkedinUrl: 'linkedin.com/in/Ann' },
    });
    expect(event(both)).toMatchObject({
      record: {
        emails: ['a@one.example', 'b@two.example'],
        phones: ['0141 496 0838', '7700900448'],
        linkedIn: 'https://www.linkedin.com/in/Ann',
      },
    });
    expect(event(created({ email: 'a@one.example' }))).toMatchObject({
      record: { emails: ['a@one.example'] },
    });
    expect(warnings(created({ email: 'nobody' }))).toEqual(['record.email']);
  });

  it('a line that says nothing is not sent, and entities in it are decoded', () => {
    const lines = { role: 'n/a', city: 'Unknown', location: '-', salutation: 'null', source: 'undefined' };
    for (const name of Object.keys(lines)) {
      expect(event(created(lines))).not.toHaveProperty(`record.${name}`);
    }
    expect(
      event(created({ role: 'R&amp;D Lead', skills: ['C&#43;&#43;'], city: 'M&uuml;nchen' })),
    ).toMatchObject({ record: { role: 'R&D Lead', skills: ['C++'], city: 'München' } });
  });

  it('a company’s website and address do not change by a text that says nothing', () => {
    const company = { id: 'c', name: 'Acme', website: 'n/a', address: { city: '-', line1: '1 High St' } };
    expect(event(read({ type: 'company.updated', company }))).toHaveProperty('company', {
      ...{ id: 'c', name: 'Acme', address: { line1: '1 High St' } },
    });
  });

  it.each(['null', 'undefined', 'N/A', '-', ' Unknown ', '#N/A', '#REF!', '(null)', 'None', 'NaN'])(
    '%j is no id',
    (id) => {
      const sent = optOut({ candidateId: id, email: 'kim@harbor.example' });
      expect(event(sent)).not.toHaveProperty('record.candidateId');
      expect(warnings(sent)).toEqual(['record.candidateId']);
      expect(errors(optOut({ candidateId: id }))).toEqual(['record.candidateId']);
      expect(errors(read({ type: 'company.created', company: { id, name: 'Acme' } }))).toEqual([
        'company.id',
      ]);
    },
  );

  it('unparsedName and unparsedCompany are used if name and company are missing', () => {
    expect(
      event(created({ unparsedName: 'Kim Dale', unparsedCompany: 'Acme', company: 'n/a' })),
    ).toMatchObject({
      record: { firstName: 'Kim', lastName: 'Dale', company: 'Acme' },
    });
    expect(
      event(created({ name: 'Ann Lee', unparsedName: 'Kim Dale', company: 'B', unparsedCompany: 'A' })),
    ).toMatchObject({
      record: { firstName: 'Ann', lastName: 'Lee', company: 'B' },
    });
    expect(event(created({ name: '-', unparsedName: 'Kim Dale' }))).toMatchObject({
      record: { firstName: 'Kim', lastName: 'Dale' },
    });
  });

  it('null and absent change nothing; an empty text or list clears, but no name, address or company', () => {
    const cleared = event(
      created({
        ...{ firstName: '', lastName: '', emails: [], company: '', source: '', role: '', phones: [] },
        ...{ city: ' ', summary: '', skills: [], socialLinks: [], salutation: '', location: null },
      }),
    );
    expect(cleared).toMatchObject({
      record: {
        ...{ candidateId: 'c', kind: 'contact', emails: [], emailsCleared: true, title: null, role: null },
        ...{ phones: null, city: null, summary: null, skills: null, linkedIn: null },
      },
    });
    expect(Object.keys((cleared as { record: object }).record)).toHaveLength(11);
    const nothing = event(created({ firstName: null, emails: [null], phones: [null], skills: null }));
    expect(nothing).toMatchObject({ record: { candidateId: 'c', kind: 'contact', emails: [] } });
    expect(Object.keys((nothing as { record: object }).record)).toHaveLength(3);
  });

  it('too long texts and lists are cut, too long ids are refused', () => {
    const long = created({
      ...{ role: 'r'.repeat(1_001), summary: 's'.repeat(20_001), comments: 'c'.repeat(20_001) },
      skills: Array.from({ length: 201 }, (_, n) => `skill ${n}`),
    });
    expect(warnings(long).sort()).toEqual([
      'record.comments',
      'record.role',
      'record.skills',
      'record.summary',
    ]);
    expect(event(long)).toMatchObject({ record: { role: 'r'.repeat(1_000), summary: 's'.repeat(20_000) } });
    expect((event(long) as { record: { skills: string[] } }).record.skills).toHaveLength(200);
    expect(warnings(created({ candidateId: 'x'.repeat(1_000), role: 'r'.repeat(1_000) }))).toEqual([]);
    expect(errors(created({ candidateId: 'x'.repeat(1_001) }))).toEqual(['record.candidateId']);
    const note = { type: 'note.added', record: { candidateId: 'c' } };
    expect(errors(read({ ...note, note: { id: 'x'.repeat(1_001), text: 't' } }))).toEqual(['note.id']);
    expect(warnings(read({ ...note, note: { id: 'n', text: 't'.repeat(20_001) } }))).toEqual(['note.text']);
    expect(errors(read({ type: 'company.created', company: { id: 'x'.repeat(1_001), name: 'A' } }))).toEqual([
      'company.id',
    ]);
  });

  it('never cuts a character in two', () => {
    expect(event(created({ role: `${'r'.repeat(999)}\u{1f680}` }))).toMatchObject({
      record: { role: 'r'.repeat(999) },
    });
  });

  it('half characters and control characters are removed from texts, and an id with a half character is refused', () => {
    expect(event(created({ role: 'C\ud800F\u0000O\u200e' }))).toMatchObject({ record: { role: 'CFO' } });
    expect(errors(created({ candidateId: '\ud800' }))).toEqual(['record.candidateId']);
  });

  it('origin and actor never cause a rejection', () => {
    const odd = read({
      origin: 'robot',
      actor: { email: 'Ann' },
      record: { candidateId: 'c', kind: 'contact' },
    });
    expect(event(odd)).toMatchObject({ origin: 'user' });
    expect(warnings(odd)).toEqual(['actor.email', 'origin']);
    expect(
      event(
        read({
          ...{ origin: 'Automation', actor: { email: 'Ann <ANN@acme.example>' } },
          record: { candidateId: 'c', kind: 'contact' },
        }),
      ),
    ).toMatchObject({ origin: 'automation', actor: { email: 'ann@acme.example' } });
  });
});

describe('the person that an event is about', () => {
  it('needs a candidateId or a readable address', () => {
    expect(errors(optOut({}))).toEqual(['record.candidateId']);
    expect(errors(optOut({ emails: ['no', 'neither'] }))).toEqual(['record.emails.0', 'record.emails.1']);
    expect(event(optOut({ emails: ['Kim <kim@one.example>'] }))).toMatchObject({
      record: { emails: ['kim@one.example'] },
    });
    const wrong = optOut({ email: 'kim@one.example', emails: { work: 'kim@one.example' } });
    expect([event(wrong), warnings(wrong)]).toMatchObject([
      { record: { emails: ['kim@one.example'] } },
      ['record.emails'],
    ]);
    expect(
      read({ type: 'email.flagged', record: { candidateId: 'c' }, email: ['kim@one.example'] }),
    ).toMatchObject({
      errors: [{ path: 'email', message: 'must be one readable e-mail address' }],
    });
    expect(errors(optOut({ emails: true }))).toEqual(['record.emails']);
    expect(event(optOut({ candidateId: ' sw_1\u200b ' }))).toMatchObject({ record: { candidateId: 'sw_1' } });
  });

  it('can be the owner of the flagged address', () => {
    expect(event(read({ type: 'email.flagged', record: {}, email: 'mailto:kim@one.example' }))).toMatchObject(
      {
        record: { emails: [] },
        email: 'kim@one.example',
      },
    );
    expect(errors(read({ type: 'phone.flagged', record: {}, phone: '07700 900448' }))).toEqual([
      'record.candidateId',
    ]);
  });

  it('has a kind if the type can create', () => {
    expect(errors(read({ record: { candidateId: 'c' } }))).toEqual(['record.kind']);
    expect(errors(created({ kind: 'friend' }))).toEqual(['record.kind']);
    expect(event(created({ kind: 'Candidate' }))).toMatchObject({ record: { kind: 'candidate' } });
    expect(warnings(optOut({ candidateId: 'c', kind: 'friend' }))).toEqual(['record.kind']);
  });

  it('has a name if the name can veto a match, and none in an opt-out or a flag', () => {
    const record = { candidateId: 'c', name: 'Kim Dale' };
    const named = ['marketing.opted_in', 'note.added', 'campaign.bounced', 'document.added'];
    const parts = { note: { id: 'n', text: 't' }, campaign: { id: 'c', name: 'C' }, email: 'a@b.example' };
    const document = { documentId: 'd', name: 'cv.pdf' };
    for (const type of named) {
      expect(event(read({ type, record, ...parts, document }))).toHaveProperty('record.firstName', 'Kim');
    }
    for (const type of ['marketing.opted_out', 'email.flagged', 'phone.flagged']) {
      const one = event(read({ type, record, ...parts, phone: '07700 900448' }));
      expect(one).not.toHaveProperty('record.firstName');
    }
  });

  it('has warnings for what could not be read, not for what was only respelled', () => {
    const result = created({
      emails: ['MAILTO:A@one.example', 'b@two.example, nobody', 'no'],
      phones: ['n/a'],
      socialLinks: ['https://github.com/kim'],
      linkedinUrl: 'https://www.linkedin.com/sales/people/1',
    });
    expect(warnings(result)).toEqual([
      ...['record.emails.1', 'record.emails.2', 'record.phones.0', 'record.linkedinUrl'],
    ]);
  });
});

it('warnings beyond the twentieth are not named, and the last one says so', () => {
  const emails = ['kim@one.example', ...Array.from({ length: 30 }, (_, at) => `unreadable ${at}`)];
  expect(warnings(optOut({ emails }))).toEqual([
    ...Array.from({ length: 20 }, (_, at) => `record.emails.${at + 1}`),
    '',
  ]);
});

describe('marketing', () => {
  const channels = (marketing: unknown): unknown =>
    event(optOut({ candidateId: 'c' }, { marketing })).type === 'marketing.opted_out' &&
    (event(optOut({ candidateId: 'c' }, { marketing })) as { channels: unknown }).channels;

  it.each([undefined, null, {}, { channels: null }, { channels: [] }, { channels: '' }])(
    'without channels (%j) holds for all',
    (marketing) => {
      expect(channels(marketing)).toEqual(['email', 'sms', 'post']);
    },
  );

  it('holds for the channels that it names, in any form', () => {
    expect(channels({ channels: 'SMS' })).toEqual(['sms']);
    expect(channels({ channels: ['E-Mail', 'post, sms'] })).toEqual(['email', 'sms', 'post']);
  });

  it('is refused if none of its channels can be understood', () => {
    expect(errors(optOut({ candidateId: 'c' }, { marketing: 'all' }))).toEqual(['marketing']);
    expect(errors(optOut({ candidateId: 'c' }, { marketing: { channels: [{}] } }))).toEqual([
      'marketing.channels.0',
    ]);
    expect(errors(optOut({ candidateId: 'c' }, { marketing: { channels: {} } }))).toEqual([
      'marketing.channels',
    ]);
  });
});

describe('notes, campaigns, documents and companies', () => {
  const about = { record: { candidateId: 'c' } };

  it.each([
    ['email', 'email'],
    ['In-Mail', 'inmail'],
    ['WhatsApp', 'whatsapp'],
    ['TASK', 'task'],
    [undefined, 'other'],
  ])('a note with the channel %j has the channel %j', (said, channel) => {
    const one = event(read({ ...about, type: 'note.added', note: { id: 'n', text: 't', channel: said } }));
    expect(one).toMatchObject({ note: { channel } });
    expect(one).not.toHaveProperty('note.channelWord');
  });

  it('a note with an empty text is accepted, a note without text is refused', () => {
    expect(event(read({ ...about, type: 'note.added', note: { id: 'n', text: ' <p></p> ' } }))).toMatchObject(
      {
        note: { text: '' },
      },
    );
    expect(errors(read({ ...about, type: 'note.added', note: { id: 'n' } }))).toEqual(['note.text']);
  });

  it('a note keeps its lines and outcome', () => {
    expect(
      event(
        read({ ...about, type: 'note.added', note: { id: 'n', text: 'a\r\n\r\n b', outcome: 'no answer' } }),
      ),
    ).toMatchObject({ note: { text: 'a\n\n b', outcome: 'no answer' } });
  });

  it('a campaign has an id and a name; its step can be a number', () => {
    const campaign = (said: unknown): ReadEvent =>
      read({ ...about, type: 'campaign.bounced', campaign: said });
    expect(event(campaign({ id: 7, name: ' Rust ', step: 2 }))).toMatchObject({
      campaign: { id: '7', name: 'Rust', step: '2' },
    });
    expect(warnings(campaign({ id: 'x'.repeat(1_001), name: 'C' }))).toEqual(['campaign.id']);
    expect(errors(campaign({ id: '', name: ' ' }))).toEqual(['campaign.id', 'campaign.name']);
  });

  it('a number that is too large to be exact is no id', () => {
    const created = (candidateId: unknown): ReadEvent =>
      read({ ...about, type: 'note.added', note: { id: 'n', text: 'a' }, record: { candidateId } });
    expect(event(created(9007199254740991))).toMatchObject({ record: { candidateId: '9007199254740991' } });
    expect(errors(created(2 ** 53))).toContain('record.candidateId');
  });

  it('a document is a CV if no type is sent', () => {
    const document = (said: object): ReadEvent =>
      read({ ...about, type: 'document.added', document: { documentId: 'd', name: 'a.pdf', ...said } });
    expect(event(document({}))).toMatchObject({ document: { type: 'cv' } });
    expect(event(document({ type: 'CV' }))).toMatchObject({ document: { type: 'cv' } });
    expect(event(document({ type: 'letter' }))).toMatchObject({ document: { type: 'other' } });
    expect(warnings(document({ type: 'letter' }))).toEqual(['document.type']);
  });

  it('a company’s invalid domain and telephone number are dropped', () => {
    const result = read({
      type: 'company.created',
      company: {
        id: 'c',
        name: 'A',
        domain: 'harbor',
        phone: 'none',
        address: { city: 'Leeds', county: 'x' },
      },
    });
    expect(warnings(result)).toEqual(['company.domain', 'company.phone']);
    expect(event(result)).toMatchObject({ company: { id: 'c', name: 'A', address: { city: 'Leeds' } } });
  });
});

describe('any input', () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }), fc.emailAddress());
  const record = fc.dictionary(fc.constantFrom(...Object.keys(RECORD_FIELDS), '__proto__', 'gender'), value);
  const parts = ['note', 'campaign', 'marketing', 'company', 'domain', 'document', 'email', 'phone', 'actor'];
  const any = fc
    .record({
      type: fc.constantFrom(...EVENT_TYPE_NAMES),
      record,
      rest: fc.dictionary(fc.constantFrom(...parts, 'origin', 'occurredAt'), value),
    })
    .map(({ type, record: who, rest }) => ({
      ...{ id: 'e', type, occurredAt: 0, ...EVENT_TYPES[type].example },
      ...rest,
      record: { candidateId: 'c', kind: 'candidate', ...who },
    }));

  it('is accepted or refused with a path, and an accepted event is plain JSON without fields that are never stored', () => {
    fc.assert(
      fc.property(any, (raw) => {
        const result = readEvent(raw, NOW);
        if (!result.ok) expect(result.errors.length).toBeGreaterThan(0);
        else {
          const text = JSON.stringify(result.event);
          expect(JSON.parse(text)).toEqual(result.event);
          // As members: a text may be one of these words.
          expect(text).not.toMatch(/"(?:gender|dominantRace|__proto__)":/);
          expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/);
        }
        expect(readEvent(raw, NOW)).toEqual(result);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of 500 events of 1.25 kB takes well under 300 ms', () => {
    const events = Array.from({ length: 500 }, (_, n) => ({
      ...{ id: `e${n}`, type: 'record.created', occurredAt: '2026-11-01T00:00:00Z' },
      record: {
        ...{ candidateId: `c${n}`, kind: 'contact', name: 'Dr. Kim Dale, MBA', company: 'D&#39;Arcy Ltd' },
        emails: [`"Dale, Kim" <kim${n}@harbor.example>`, `k${n}@m\u00fcnze.example`],
        ...{ phones: ['0113 496 0001 / 07700 900555'], socialLinks: ['linkedin.com/in/Kim'] },
        ...{ location: 'Leeds, UK', summary: 's'.repeat(700), skills: ['Go', 'SQL'] },
      },
    }));
    for (const one of events.slice(0, 50)) readEvent(one, NOW);
    const started = process.cpuUsage();
    const results = events.map((one) => readEvent(one, NOW));
    // The processor's time: the machine may be busy with other tests.
    expect(process.cpuUsage(started).user).toBeLessThan(300_000);
    expect(results.every(({ ok }) => ok)).toBe(true);
  });

  it.each([
    '(',
    '"',
    "'a",
    'Dr ',
    ',a',
    '<b>',
    '&amp',
    ' |',
    'a@',
    'he/',
    '/',
    '·',
    '\u0301',
    '<',
    ' x',
    '\n',
    '\u200d',
  ])('with a text of 200 kB of %j is read in linear time', (part) => {
    const hostile = part.repeat(200_000 / part.length);
    const started = performance.now();
    created({
      name: hostile,
      company: hostile,
      emails: [hostile],
      phones: [hostile],
      summary: hostile,
      location: hostile,
    });
    read({ type: 'note.added', record: { candidateId: 'c' }, note: { id: 'n', text: hostile } });
    read({ type: 'domain.opted_out', domain: hostile });
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
