import { describe, expect, test } from '@jest/globals';
import {
  createEndpoint,
  noteEndpoint,
  readEndpoint,
  searchEndpoint,
  TOKEN_ENDPOINT,
  updateEndpoint,
  type Endpoint,
} from '../../../lib/firefish/assumptions.ts';
import {
  readAnswer,
  readCreated,
  readPage,
  readRecord,
  UnreadableError,
  type Answer,
  type Exchange,
} from '../../../lib/firefish/exchange.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const HTML = '<html><body>Sorry</body></html>';
const OWN_500 = '{"Message":"An error has occurred.","ExceptionMessage":"Deadlock"}';

const token = (body: unknown): unknown => {
  if (typeof body === 'object' && body !== null && 'access_token' in body) return body;
  throw new UnreadableError('the answer is not a token');
};
const ASKED = {
  update: { endpoint: updateEndpoint('candidate', 7), parse: () => 'updated' },
  'update company': { endpoint: updateEndpoint('company', 7), parse: () => 'updated' },
  note: { endpoint: noteEndpoint('contact', 7), parse: () => 'noted' },
  create: { endpoint: createEndpoint('contact'), parse: readCreated },
  read: { endpoint: readEndpoint('candidate', 7), parse: readRecord },
  search: { endpoint: searchEndpoint('candidate'), parse: readPage },
  token: { endpoint: TOKEN_ENDPOINT, parse: token },
} satisfies Record<string, { endpoint: Endpoint; parse: (body: unknown) => unknown }>;
type Name = keyof typeof ASKED;
const WRITES = ['update', 'note', 'create'] as const;
const READS = ['read', 'search'] as const;
const ALL = [...WRITES, ...READS] as const;

const answered = (status: number, text: string, headers: Record<string, string> = {}): Exchange => ({
  kind: 'answered',
  status,
  text,
  headers: new Headers(headers),
});
const meaningOf = (name: Name, exchange: Exchange): Answer<unknown> =>
  readAnswer<unknown>({ ...ASKED[name], sentAt: NOW }, exchange, NOW);
type Kind = 'done' | 'limited' | 'unauthorised' | 'refused' | 'gone' | 'conflicted' | 'failed' | 'unknown';
const KINDS: Record<string, Kind> = {
  RefusedError: 'refused',
  NotFoundError: 'gone',
  ConflictedError: 'conflicted',
  FailedError: 'failed',
  UnavailableError: 'failed',
  UnknownOutcomeError: 'unknown',
};
const kindOf = (answer: Answer<unknown>): Kind =>
  answer.kind === 'error' ? KINDS[answer.error.name]! : answer.kind;
const wordsOf = (answer: Answer<unknown>): unknown =>
  answer.kind === 'error' && 'words' in answer.error ? answer.error.words : undefined;

/** The request, status, body, meaning, and text or value. */
type Row = [names: readonly Name[], status: number, body: string, kind: Kind, said?: unknown];
const ROWS: Row[] = [
  // A success is what was promised.
  [['update', 'note'], 200, '', 'done'],
  [['update', 'note'], 204, '', 'done'],
  [['update', 'note'], 200, '{"Ref":7}', 'done'],
  [['update', 'note'], 200, '{"Ref":7,"Message":null}', 'done'],
  [['update', 'note'], 200, 'null', 'done'],
  [['update', 'note'], 200, '"Updated"', 'done'],
  [['update', 'note'], 200, '[]', 'done'],
  [['create'], 201, '{"Ref":12}', 'done', 12],
  [['create'], 200, '{"Ref":"12","Message":"Created"}', 'done', 12],
  [['read'], 200, '{"Ref":7,"Message":"x"}', 'done', { Ref: 7, Message: 'x' }],
  [['search'], 200, '[]', 'done', { rows: [] }],
  [['search'], 200, '[[{"Ref":7}]]', 'done', { rows: [{ Ref: 7 }] }],
  [['search'], 200, '{"Results":[{"Ref":7}],"TotalPages":1,"TotalCount":1}', 'done'],
  [['token'], 200, '{"access_token":"x"}', 'done'],
  // A Message instead of it is a refusal.
  [ALL, 200, '{"Message":"The request is invalid."}', 'refused', 'The request is invalid.'],
  [['update'], 200, '{"ModelState":{"Surname":["too long"]}}', 'refused', 'Surname: ["too long"]'],
  [['update'], 200, '{"Message":"Candidate 7 does not exist."}', 'gone'],
  [['token'], 200, '{"error":"invalid_client"}', 'refused', 'invalid_client'],
  // Anything else in a success is not an answer: the outcome of a write is unknown.
  [WRITES, 200, HTML, 'unknown'],
  [READS, 200, HTML, 'failed'],
  [['token'], 200, HTML, 'failed'],
  [['create'], 200, '', 'unknown'],
  [['create'], 204, '', 'unknown'],
  [READS, 200, '', 'failed'],
  [['create'], 201, '{"Id":5}', 'unknown'],
  [['create'], 201, '{"Ref":', 'unknown'],
  [['create'], 201, '{"Ref":0}', 'unknown'],
  [['create'], 201, '{"Ref":-3}', 'unknown'],
  [['create'], 201, '{"Ref":1.5}', 'unknown'],
  [['create'], 201, '{"Ref":9007199254740993}', 'unknown'],
  [['create'], 201, '{"Ref":"9007199254740993"}', 'unknown'],
  [['read'], 200, '{"Ref":9007199254740993}', 'failed'],
  [['read'], 200, '{"Ref":7,"CompanyRef":9007199254740993}', 'failed'],
  [['read'], 200, '{"Ref":7,"CompanyRef":0}', 'done', { Ref: 7, CompanyRef: null }],
  [['update', 'note'], 200, '{"message":"Forbidden"}', 'unknown'],
  [['update', 'note'], 200, '{"error":"upstream"}', 'unknown'],
  // A refusal in Firefish's own form.
  [
    ALL,
    400,
    '{"Message":"The request is invalid.","ModelState":{"Surname":["x"]}}',
    'refused',
    'The request is invalid.; Surname: ["x"]',
  ],
  [ALL, 403, '{"Message":"The scope is needed."}', 'refused'],
  [ALL, 405, '{"Message":"No such method."}', 'refused'],
  [ALL, 422, '{"Message":"No."}', 'refused'],
  // Gone: the record itself, and nothing that it refers to.
  [['update', 'note', 'read'], 404, '{"Message":"No such record."}', 'gone'],
  [['update', 'note', 'read'], 410, '', 'gone'],
  [['update', 'note', 'read'], 400, '{"Message":"The record does not exist."}', 'gone'],
  [['update', 'read'], 400, '{"Message":"Candidate 7 could not be found."}', 'gone'],
  [['note'], 400, '{"Message":"This contact has been deleted."}', 'gone'],
  [['update company'], 400, '{"Message":"Company 7 no longer exists"}', 'gone'],
  [['update'], 400, '{"Message":"The company 12 does not exist."}', 'refused'],
  [['update'], 400, '{"Message":"Owner user not found."}', 'refused'],
  [['update'], 400, '{"Message":"The candidate source does not exist."}', 'refused'],
  [['update'], 400, '{"Message":"Not found.","ModelState":{"Source":["not found"]}}', 'refused'],
  // Of several fields in ModelState, those that name the record itself.
  ...[
    '{"ref":["No candidate with this ref exists"]}',
    '{"candidateRef":["Candidate 7 could not be found."]}',
    '{"candidate.Ref":["does not exist"]}',
    '{"":["There is no candidate with ref 7."]}',
    '{"Id":["The record was not found."],"Surname":["Required."]}',
  ].map((fields): Row => [
    ['update', 'read'],
    400,
    `{"Message":"The request is invalid.","ModelState":${fields}}`,
    'gone',
  ]),
  [['note'], 422, '{"ModelState":{"contactRef":["No contact with this ref exists"]}}', 'gone'],
  [['note'], 404, '{"Message":"Not found.","ModelState":{"ref":["Unknown."]}}', 'gone'],
  [['update company'], 400, '{"ModelState":{"CompanyRef":["No such company"]}}', 'gone'],
  ...[
    '{"CompanyRef":["No company with this ref exists"]}',
    '{"contact.CompanyRef":["does not exist"]}',
    '{"ref":["No company with this ref exists"]}',
    '{"JobTitle":["does not exist in the list"]}',
    '{"ref":["The ref is required."]}',
  ].map((fields): Row => [
    ['note', 'update'],
    400,
    `{"Message":"The request is invalid.","ModelState":${fields}}`,
    'refused',
  ]),
  [['update'], 404, '{"Message":"Not found.","ModelState":{"CompanyRef":["not found"]}}', 'refused'],
  [['create'], 400, '{"Message":"The company 12 does not exist."}', 'refused'],
  [['create', 'search'], 404, '{"Message":"No such record."}', 'refused'],
  [['update', 'note'], 404, '{"Message":"No HTTP resource was found that matches the request."}', 'refused'],
  // 403 and 404 of a proxy in front: an outage, and of a write it is unknown whether it was done.
  ...[403, 404].flatMap((status) =>
    [HTML, '', '{"message":"Forbidden"}', 'null'].flatMap((body): Row[] => [
      [WRITES, status, body, 'unknown'],
      [[...READS, 'token'], status, body, 'failed'],
    ]),
  ),
  [['token'], 401, HTML, 'failed'],
  // Unknown, or nothing was done.
  [ALL, 500, OWN_500, 'failed'],
  [WRITES, 500, HTML, 'unknown'],
  [WRITES, 500, '', 'unknown'],
  ...[502, 503, 504].flatMap((status): Row[] => [
    [WRITES, status, HTML, 'unknown'],
    [WRITES, status, OWN_500, 'unknown'],
    [READS, status, HTML, 'failed'],
    [['token'], status, OWN_500, 'failed'],
  ]),
  [WRITES, 400, HTML, 'unknown'],
  [WRITES, 408, '{"Message":"Timeout."}', 'unknown'],
  [WRITES, 302, '', 'unknown'],
  [READS, 302, '', 'failed'],
  // 409, 401.
  [ALL, 409, '{"Message":"Locked by another user."}', 'conflicted', 'Locked by another user.'],
  [ALL, 409, '', 'conflicted'],
  [WRITES, 409, HTML, 'unknown'],
  [WRITES, 409, '{"message":"Conflict"}', 'unknown'],
  [WRITES, 401, HTML, 'unknown'],
  [WRITES, 401, '{"message":"Unauthorized"}', 'unknown'],
  [READS, 401, HTML, 'unauthorised'],
  [ALL, 401, '{"Message":"Authorization has been denied."}', 'unauthorised'],
  [ALL, 401, '', 'unauthorised'],
  [['token'], 401, '{"error":"invalid_client"}', 'refused'],
  [['token'], 401, '', 'refused'],
  [
    ['token'],
    400,
    '{"error":"invalid_scope","error_description":"Unknown scope: x"}',
    'refused',
    'Unknown scope: x',
  ],
];

describe('an answer of Firefish', () => {
  test.each(
    ROWS.flatMap(([names, status, body, kind, said]) =>
      names.map((name) => ({ name, status, body, kind, said })),
    ),
  )('$name, $status $body: $kind', ({ name, status, body, kind, said }) => {
    const answer = meaningOf(name, answered(status, body));
    expect(kindOf(answer)).toBe(kind);
    if (said !== undefined) expect(answer.kind === 'done' ? answer.value : wordsOf(answer)).toEqual(said);
  });

  test('that never came has an unknown outcome; a refused connection is a failure', () => {
    for (const name of WRITES)
      expect(kindOf(meaningOf(name, { kind: 'lost', reason: 'reset' }))).toBe('unknown');
    for (const name of READS)
      expect(kindOf(meaningOf(name, { kind: 'lost', reason: 'reset' }))).toBe('failed');
    for (const name of ALL)
      expect(kindOf(meaningOf(name, { kind: 'unsent', reason: 'ECONNREFUSED' }))).toBe('failed');
  });

  test.each([
    [{}, 5_000],
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '86400' }, 900_000],
    [{ 'retry-after': '99999999999999999999' }, 900_000],
    [{ 'retry-after': 'Sun, 29 Nov 2026 12:00:10 GMT' }, 11_000],
    [{ 'retry-after': 'Sun, 29 Nov 2026 12:00:10 GMT', date: 'Sun, 29 Nov 2026 12:00:06 GMT' }, 5_000],
    [{ 'retry-after': '0' }, 500],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Sun, 29 Nov 2026 11:00:00 GMT' }, 500],
    [{ 'retry-after': '' }, 5_000],
    [{ 'retry-after': 'Sun, 29 Nov 2099 12:00:10 GMT' }, 900_000],
    [{ 'retry-after': 'soon' }, 5_000],
  ])('429 with %j means a wait of %i ms', (headers, waitMs) => {
    const limited = { kind: 'limited', status: 429, waitMs };
    for (const name of ['read', 'token'] as const)
      expect(meaningOf(name, answered(429, HTML, headers))).toEqual(limited);
    for (const name of WRITES) {
      expect(meaningOf(name, answered(429, '{"Message":"Quota."}', headers))).toEqual(limited);
      for (const body of [HTML, '', '{"message":"Too many requests"}']) {
        const answer = meaningOf(name, answered(429, body, headers));
        expect([kindOf(answer), answer]).toMatchObject(['unknown', { waitMs }]);
      }
    }
  });

  test('keeps at most 500 characters of the refusal’s text', () => {
    const answer = meaningOf('create', answered(400, JSON.stringify({ Message: 'x'.repeat(2_000) })));
    expect(wordsOf(answer)).toHaveLength(500);
  });
});
