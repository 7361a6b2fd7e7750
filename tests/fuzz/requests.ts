/** Random requests, wrong and right ones, for every route, from a seed. */
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { EVENT_TYPE_NAMES } from '../../lib/events/event-types.ts';

export interface FuzzedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
}

/** Placeholders for good credentials, which the seed can't know: the run replaces them. */
export const BASIC = 'Basic good';
export const BEARER = 'Bearer good';
/** Of people who are signed in to the console. */
export const OPERATOR = 'Bearer operator';
export const SUPER_USER = 'Bearer super-user';
/** A placeholder: here the run signs the request, as `npm run admin -- --stage` does. */
export const SIGNED = 'AWS4-HMAC-SHA256 good';
/** The tenant that administration is tried on: not the one that sends events. */
export const ADMINISTERED = 'acme.firefishsoftware.com';

const oneOf = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text));

/** Text that parsers, stores and people read differently. */
const oddText = oneOf(
  '\\ud800',
  '\\u0000',
  '\\u202e',
  '\\ufeff',
  '__proto__',
  '../../etc/passwd',
  '%00',
  '${jndi:ldap://x}',
  '<script>',
  'mailto:a@b.example',
  '\\u200ba@b.example; c@d.example',
  'Dr. Kim Dale, MBA (she/her)',
  'n/a',
  "' OR 1=1 --",
  '',
  ' ',
  'x'.repeat(1_001),
  'é'.repeat(20_001),
);
const oddValue = fc.oneof(
  oddText.map((text) => `"${text}"`),
  oneOf('null', 'true', '[]', '{}', '[null]', '1e400', '-0', '123456789012345678901234567890', '1E-999'),
  oneOf('[[[[]]]]', '{"a":{"b":{}}}', '['.repeat(60) + ']'.repeat(60), '{"toString":1,"__proto__":{"x":1}}'),
  fc.json({ maxDepth: 4 }),
);

const RECORD_FIELDS = [
  'email',
  'name',
  'unparsedName',
  'linkedinUrl',
  'comments',
  'firstName',
  'lastName',
  'emails',
  'phones',
  'company',
  'skills',
  'gender',
  'country',
];
const record = fc
  .record({
    candidateId: fc.string({ minLength: 1, maxLength: 20 }),
    kind: oneOf('candidate', 'contact'),
    firstName: fc.string({ unit: 'grapheme', maxLength: 20 }),
    lastName: fc.string({ unit: 'binary', maxLength: 20 }),
    emails: fc.array(fc.emailAddress(), { maxLength: 3 }),
    phones: fc.array(fc.string({ maxLength: 15 }), { maxLength: 2 }),
  })
  .map((value) => JSON.stringify(value));

const occurredAt = fc.oneof(
  fc
    .date({ min: new Date('2020-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  oneOf(
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:59Z',
    'yesterday',
    '2026-01-01',
    '1960-01-01T00:00:00+14:00',
    '2026-06-30T23:59:60Z',
    '1791000000',
  ),
);

const PARTS: Record<string, string> = {
  campaign: '{"id":"c","name":"C"}',
  note: '{"id":"n","text":"t","channel":"call"}',
  document: '{"documentId":"d","name":"cv.pdf"}',
  marketing: '{"channels":["email"]}',
  company: '{"id":"co","name":"Co"}',
  email: '"a@b.example"',
  phone: '"+44 7700 900123"',
  domain: '"b.example"',
};
const part = (type: string): string =>
  ({
    note: 'note',
    document: 'document',
    marketing: 'marketing',
    email: 'email',
    phone: 'phone',
    company: 'company',
    domain: 'domain',
  })[type.split('.')[0] ?? ''] ?? 'campaign';

/** An event as text, so that it can contain what `JSON.stringify` would never write. */
const event = fc
  .record({
    id: fc.oneof(
      { weight: 6, arbitrary: fc.uuid() },
      {
        weight: 1,
        arbitrary: fc.string({ minLength: 1, maxLength: 130 }).map((id) => JSON.stringify(id).slice(1, -1)),
      },
      { weight: 1, arbitrary: oneOf('a', 'b', '__proto__', 'constructor', '..', '~') },
    ),
    type: fc.oneof(
      { weight: 8, arbitrary: oneOf(...EVENT_TYPE_NAMES) },
      { weight: 1, arbitrary: oneOf('x', 'record.deleted') },
    ),
    occurredAt,
    record,
    odd: fc.option(
      fc.tuple(
        fc.oneof(oneOf(...RECORD_FIELDS, 'id', 'type', 'record', '__proto__', 'constructor'), oddText),
        oddValue,
      ),
      { freq: 2 },
    ),
  })
  .map(({ id, type, occurredAt: at, record: who, odd }) => {
    const name = part(type);
    const more = odd === null ? '' : `,"${odd[0]}":${odd[1]}`;
    const inner = odd !== null && RECORD_FIELDS.includes(odd[0]) ? `${who.slice(0, -1)}${more}}` : who;
    return `{"id":"${id}","type":"${type}","occurredAt":"${at}","record":${inner},"${name}":${PARTS[name] ?? '{}'}${
      inner === who ? more : ''
    }}`;
  });

const eventsText = fc.oneof(
  { weight: 4, arbitrary: event },
  { weight: 4, arbitrary: fc.array(event, { maxLength: 5 }).map((some) => `{"events":[${some.join()}]}`) },
  { weight: 1, arbitrary: event.map((one) => `{"events":[${one}],"events":[${one}]}`) },
  { weight: 1, arbitrary: event.map((one) => `{"events":{"0":${one}}}`) },
  { weight: 1, arbitrary: oneOf('', 'null', '[]', '1', '"x"', '{', '{"events":[', '['.repeat(10_000)) },
);
const connectText = fc.oneof(
  oneOf(
    '{"domain":"https://fuzz.firefishsoftware.com/"}',
    '{}',
    '{"domain":{}}',
    '{"domain":"a","domain":"b"}',
  ),
  fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }), oddText).map((domain) => JSON.stringify({ domain })),
  oddValue,
);
const formText = fc.oneof(
  oneOf(
    'grant_type=client_credentials',
    'grant_type=password',
    'grant_type=client_credentials&grant_type=x',
    '',
  ),
  fc
    .array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 })
    .map((pairs) => new URLSearchParams(pairs).toString()),
  fc.string({ unit: 'binary' }),
  oneOf(
    'client_id=%zz&client_secret=%',
    'grant_type=client_credentials&client_id=sw_AAAAAAAAAAAAAAAA&client_secret=x',
  ),
);

/** Damage to bodies, by accident or on purpose. */
const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.tuple(text, fc.nat(), fc.nat(255)).chain(([whole, at, byte]) => {
    const cut = whole.length === 0 ? 0 : at % whole.length;
    const changed = bytes(whole);
    if (changed.length > 0) changed[cut % changed.length] = byte;
    return fc.oneof(
      { weight: 12, arbitrary: fc.constant(bytes(whole)) },
      { weight: 2, arbitrary: fc.constant(changed) },
      { weight: 1, arbitrary: fc.constant(bytes(whole.slice(0, cut))) },
      { weight: 1, arbitrary: fc.constant(bytes(`\ufeff${whole}`)) },
      { weight: 1, arbitrary: fc.constant(Uint8Array.from(gzipSync(whole))) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((some) => Uint8Array.from(some)) },
    );
  });

const authorization = fc.oneof(
  { weight: 10, arbitrary: oneOf(BASIC, BEARER) },
  {
    weight: 2,
    arbitrary: fc.oneof(
      oneOf(
        '',
        'Basic',
        'Basic !!',
        'Basic Og==',
        `Bearer swat_${'A'.repeat(43)}`,
        'Bearer  x',
        'Digest x',
        `${BASIC}, ${BEARER}`,
      ),
      fc.base64String().map((text) => `Basic ${text}`),
      fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
    ),
  },
);
const JSON_TYPE = 'application/json';
const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant(JSON_TYPE) },
  {
    weight: 1,
    arbitrary: oneOf(
      '',
      'text/plain',
      `${JSON_TYPE}; charset=utf-16`,
      `${JSON_TYPE};;;`,
      'application/x-www-form-urlencoded',
      'application/problem+json',
      'multipart/form-data',
    ),
  },
);
const encoding = fc.oneof(
  { weight: 20, arbitrary: fc.constant('identity') },
  { weight: 1, arbitrary: oneOf('gzip', 'br', 'deflate, gzip', 'x') },
);

const segment = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  oneOf('a', 'b', '%00', '%2e%2e', '..%2f..', '__proto__', '%ff', 'x'.repeat(2_000), '%F0%9F%98%80', '%'),
);

const domain = fc.oneof(
  { weight: 6, arbitrary: fc.constant(ADMINISTERED) },
  { weight: 1, arbitrary: oneOf('never.firefishsoftware.com', 'a@b', '', 'localhost', '..') },
  { weight: 1, arbitrary: segment },
);
const ODD_OPTIONS = ['tenantId', 'verb', 'write', 'limit', '__proto__', 'constructor', 'x'];
/** A value of an option: a right one, or an unusual one. */
const option = (name: string): fc.Arbitrary<string> => {
  const good: Record<string, fc.Arbitrary<string>> = {
    firefishClientId: fc.constant('"ff-fuzzed"'),
    firefishClientSecret: fc.constant('"ff-fuzzed-secret"'),
    overlap: oneOf('"24h"', '"0"', '0', '"99999d"'),
    email: oneOf('"a@b.example"', '"test@example.com"'),
    eventId: oneOf('"a"', '"constructor"'),
    event: oneOf('"a"', '"constructor"'),
    candidateId: oneOf('"c"', '"__proto__"'),
    record: oneOf('{"entity":"candidate","ref":1}', '{"entity":"company","ref":9007199254740993}'),
    group: fc.constant('"AAAAAAAAAAAAAAAA"'),
    cursor: fc.json().map((text) => JSON.stringify(Buffer.from(text).toString('base64url'))),
    all: oneOf('true', 'false'),
    reason: fc.constant('"a reason"'),
    set: oneOf('{}', '{"createCompanies":false}', '{"updatePolicy":{"fields":{"__proto__":"never"}}}'),
    version: oneOf('1', '2', '99'),
    // Nowhere: all others speak of it by its domain.
    to: oneOf(JSON.stringify(ADMINISTERED), '"fuzz.firefishsoftware.com"'),
    confirm: fc.constant(JSON.stringify(ADMINISTERED)),
    settings: oneOf('{}', '{"addWhen":{"candidate":"never"}}'),
    defaultOwnerEmail: oneOf('"o@b.example"', '"no"'),
    mandatoryFields: oneOf('{"candidate":["constructor"]}', '{}'),
  };
  const known = Object.hasOwn(good, name) ? good[name] : undefined;
  return known === undefined
    ? oddValue
    : fc.oneof({ weight: 5, arbitrary: known }, { weight: 1, arbitrary: oddValue });
};
/** An object of options as text: mostly the expected ones, sometimes an unknown one, or one twice. */
const optionsText = (...names: string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.subarray(names, { minLength: Math.max(0, names.length - 1) }),
      fc.option(oneOf(...ODD_OPTIONS, ...names), { freq: 3 }),
    )
    .chain(([some, odd]) => {
      const chosen = odd === null ? some : [...some, odd];
      return fc
        .tuple(...chosen.map(option))
        .map((values) => `{${chosen.map((name, n) => `"${name}":${values[n]!}`).join()}}`);
    });

const ACTS: Record<string, string[]> = {
  enable: ['firefishClientId', 'firefishClientSecret', 'settings'],
  rotate: ['overlap'],
  disable: [],
  'firefish-credentials': ['firefishClientId', 'firefishClientSecret'],
  replay: ['group', 'cursor'],
  dismiss: ['event', 'reason'],
  erase: ['email'],
  export: ['email'],
  settings: ['set', 'version'],
  move: ['to'],
  delete: ['confirm'],
  show: [],
  failed: [],
  list: [],
  probe: [],
  reencrypt: [],
  nothing: [],
};
/** What `/administration` takes. */
const verbText: fc.Arbitrary<string> = fc
  .tuple(oneOf(...Object.keys(ACTS), '__proto__', 'constructor'), domain)
  .chain(([verb, of]) =>
    optionsText(...(Object.hasOwn(ACTS, verb) ? (ACTS[verb] ?? []) : [])).map((options) => {
      const rest = options.slice(1);
      return `{"verb":"${verb}","domain":${JSON.stringify(of)}${rest === '}' ? '' : ','}${rest}`;
    }),
  );

const CONSOLE_BODIES: [string, string, ...string[]][] = [
  ['POST', '/enable', ...ACTS['enable']!],
  ['POST', '/rotate', 'overlap'],
  ['POST', '/disable'],
  ['POST', '/firefish-credentials', ...ACTS['firefish-credentials']!],
  ['POST', '/check-firefish', ...ACTS['firefish-credentials']!],
  ['PUT', '/settings', 'defaultOwnerEmail', 'mandatoryFields'],
  ['POST', '/events/search', 'email'],
  ['POST', '/events/search', 'candidateId'],
  ['POST', '/events/search', 'eventId'],
  ['POST', '/events/search', 'record'],
  ['POST', '/test-event'],
  ['POST', '/replay', 'group', 'cursor'],
  ['POST', '/replay', 'all', 'cursor'],
  ['POST', '/dismiss', 'all', 'reason', 'cursor'],
  ['POST', '/erase', 'email'],
  ['POST', '/export', 'email'],
];
const queryValue = fc.oneof(
  oneOf(
    'synced',
    'failed,skipped',
    'record.created',
    '1',
    '0',
    '-1',
    '1e3',
    'NaN',
    '',
    '2026-01-01T00:00:00Z',
  ),
  oneOf('9999-12-31T23:59:59Z', '0000-01-01T00:00:00+23:59', `2026-01-01T00:00:00.${'0'.repeat(3_000)}Z`),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
  fc
    .record({
      id: fc.string(),
      indexSk: oneOf('2026-01-01T00:00:00Z', 'x', `2026-01-01T00:00:00.${'1'.repeat(1_100)}Z`),
    })
    .chain((place) => oneOf('open', 'failed', '__proto__').map((shelf) => JSON.stringify({ [shelf]: place })))
    .map((text) => Buffer.from(text).toString('base64url')),
  fc.string({ unit: 'binary', maxLength: 30 }),
  oneOf('x'.repeat(3_000), '\0', '%', 'é'.repeat(400)),
);
const query = fc
  .array(
    fc.tuple(
      oneOf('state', 'type', 'group', 'from', 'to', 'limit', 'after', 'since', 'hours', 'search', 'x'),
      queryValue,
    ),
    {
      maxLength: 3,
    },
  )
  .map(
    (pairs) =>
      `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value.toWellFormed()])).toString()}`,
  );
const CONSOLE_READS = ['', '/settings', '/events', '/progress', '/history', '/failed'];
const signedIn = fc.oneof(
  { weight: 9, arbitrary: oneOf(OPERATOR, OPERATOR, SUPER_USER) },
  { weight: 1, arbitrary: oneOf(BASIC, BEARER, 'Bearer eyJhbGciOiJub25lIn0.e30.', '') },
);

const withBody = (
  method: string,
  path: string,
  body: fc.Arbitrary<Uint8Array<ArrayBuffer>>,
  type = contentType,
  who = authorization,
): fc.Arbitrary<FuzzedRequest> =>
  fc.record({ body, type, encoding, authorization: who }).map((drawn) => ({
    method,
    path,
    body: drawn.body,
    headers: {
      authorization: drawn.authorization,
      'content-type': drawn.type,
      ...(drawn.encoding === 'identity' ? {} : { 'content-encoding': drawn.encoding }),
    },
  }));
const withoutBody = (path: fc.Arbitrary<string>, who = authorization): fc.Arbitrary<FuzzedRequest> =>
  fc
    .record({
      path,
      authorization: who,
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant('GET') },
        oneOf('PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
      ),
    })
    .map(({ path: where, authorization: who, method }) => ({
      method,
      path: where,
      headers: { authorization: who },
    }));

const form = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  { weight: 1, arbitrary: contentType },
);

export const fuzzedRequest: fc.Arbitrary<FuzzedRequest> = fc.oneof(
  { weight: 8, arbitrary: withBody('POST', '/v1/events', damaged(eventsText)) },
  { weight: 2, arbitrary: withBody('POST', '/v1/preview', damaged(eventsText)) },
  { weight: 2, arbitrary: withBody('POST', '/v1/connection', damaged(connectText)) },
  { weight: 2, arbitrary: withBody('POST', '/oauth/token', damaged(formText), form) },
  { weight: 1, arbitrary: withBody('POST', '/administration', damaged(verbText)) },
  {
    weight: 2,
    arbitrary: withBody('POST', '/administration', damaged(verbText), contentType, fc.constant(SIGNED)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(oneOf(...CONSOLE_BODIES), domain).chain(([[method, path, ...names], of]) => {
      const to = `/admin/v1/tenants/${encodeURIComponent(of)}${path}`;
      return withBody(method, to, damaged(optionsText(...names)), contentType, signedIn);
    }),
  },
  {
    weight: 2,
    arbitrary: withoutBody(
      fc.oneof(
        fc
          .tuple(domain, oneOf(...CONSOLE_READS), query)
          .map(([of, path, asked]) => `/admin/v1/tenants/${encodeURIComponent(of)}${path}${asked}`),
        query.map((asked) => `/admin/v1/tenants${asked}`),
        fc
          .tuple(oneOf('events', 'records/candidate', 'records/company'), segment)
          .map(([folder, id]) => `/admin/v1/tenants/${ADMINISTERED}/${folder}/${id}`),
        fc.array(segment, { maxLength: 4 }).map((some) => `/admin/v1/${some.join('/')}`),
      ),
      signedIn,
    ),
  },
  { weight: 1, arbitrary: withoutBody(segment.map((one) => `/console/${one}`)) },
  { weight: 1, arbitrary: withoutBody(segment.map((one) => `/problems/${one}`)) },
  { weight: 1, arbitrary: withoutBody(segment.map((one) => `/v1/events/${one}`)) },
  { weight: 1, arbitrary: withoutBody(segment.map((one) => `/v1/batches/${one}`)) },
  {
    weight: 1,
    arbitrary: withoutBody(
      oneOf('/v1/connection', '/healthz', '/openapi.json', '/v1/events', '/oauth/token'),
    ),
  },
  {
    weight: 1,
    arbitrary: withoutBody(fc.array(segment, { maxLength: 4 }).map((some) => `/${some.join('/')}`)),
  },
);
