import type { EventId } from '../../lib/ids.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDynamoClient } from '../../lib/aws/dynamodb.ts';
import { systemClock } from '../../lib/clock.ts';
import { idKey } from '../../lib/companies/company-item.ts';
import { FAILURES_PER_MINUTE } from '../../lib/credentials/failures.ts';
import { KeyFileCipher } from '../../lib/crypto/key-file-cipher.ts';
import { EVENT_TYPE_NAMES, EVENT_TYPES } from '../../lib/events/event-types.ts';
import type { OpenEvent } from '../../lib/events/event-item.ts';
import { eventOrder } from '../../lib/events/event-order.ts';
import { receiptSchema } from '../../lib/http/reference/response-schemas.ts';
import { DynamoTable } from '../../lib/store/dynamo-table.ts';
import { batchItemKey, eventItemKey, inboxPartition, TIMERS_PARTITION } from '../../lib/store/sync-keys.ts';
import { type Issued, makeAdmin } from '../support/admin.ts';
import { type LocalAws, startAws } from '../support/aws.ts';
import { type Answer, basic, type TestServer, openServer, type SendOptions } from '../support/test-server.ts';

interface Receipt {
  batchId: string;
  accepted: { index: number; id: string; warnings?: { path: string; message: string }[] }[];
  rejected: { index: number; id?: string; errors: { path: string; message: string }[] }[];
}

let count = 0;
/** A valid event with its own id. */
function makeEvent(more: Record<string, unknown> = {}): Record<string, unknown> & { id: string } {
  count += 1;
  return {
    id: `e-${count}`,
    type: 'record.updated',
    occurredAt: '2026-01-02T03:04:05Z',
    record: { candidateId: 'sw_1', kind: 'contact', firstName: 'Ann', emails: ['ann@client.example'] },
    ...more,
  };
}

describe('POST /v1/events', () => {
  let aws: LocalAws;
  let server: TestServer;
  let acme: Issued;
  let folder: string;
  const closing: (() => Promise<void>)[] = [];
  let sync: DynamoTable;
  let cipher: KeyFileCipher;
  const client = (): DynamoTable => sync;
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    server.send('POST', '/v1/events', { body, headers: { ...basic(acme), ...headers } });
  const receipt = (answer: Answer): Receipt => {
    expect(answer.status).toBe(202);
    return receiptSchema.parse(answer.body) as Receipt;
  };
  const stored = async (id: string): Promise<OpenEvent | undefined> =>
    (await client().get(eventItemKey(acme.tenantId, id as EventId))) as OpenEvent | undefined;
  const payloadOf = (item: OpenEvent): Promise<string> =>
    cipher.decrypt(item.content, { tenantId: acme.tenantId, key: item, field: 'content' });
  const expectProblem = ({ status, headers, body }: Answer, wanted: number, type: string): void => {
    expect({ status, type: (body as { type: string }).type }).toEqual({
      status: wanted,
      type: `/problems/${type}`,
    });
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      title: expect.any(String),
      status: wanted,
      detail: expect.any(String),
      requestId: headers.get('apigw-requestid'),
    });
  };
  const expectRejected = async (event: unknown, path: string, message: RegExp | string): Promise<void> => {
    const answer = await post(typeof event === 'string' ? event : JSON.stringify(event));
    expectProblem(answer, 422, 'no-valid-event');
    const { rejected } = answer.body as Receipt;
    expect(rejected[0]!.errors).toContainEqual({
      path,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'receive-'));
    process.env['KEY_FILE'] = join(folder, 'key.json');
    aws = await startAws();
    closing.push(() => aws.close());
    const dynamo = makeDynamoClient();
    sync = new DynamoTable(dynamo, 'sync', systemClock);
    cipher = new KeyFileCipher(join(folder, 'key.json'));
    const credentials = new DynamoTable(dynamo, 'credentials', systemClock);
    const admin = makeAdmin(
      { credentials, sync, audit: new DynamoTable(dynamo, 'audit', systemClock) },
      cipher,
      systemClock,
    );
    acme = await admin.enable('acme.firefishsoftware.com');
    const { handler } = await import('../../functions/receive.ts');
    server = await openServer({ 'POST /v1/events': handler });
    closing.push(() => server.close());
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true });
  });

  describe('a request is accepted', () => {
    test('and one event is stored with its content encrypted, and its tenant is woken', async () => {
      const event = makeEvent({
        record: { candidateId: 'c', kind: 'candidate', firstName: 'Zoë', gender: 'f' },
      });
      const { batchId, accepted, rejected } = receipt(await post(event));
      expect({ accepted, rejected }).toEqual({ accepted: [{ index: 0, id: event.id }], rejected: [] });
      const item = (await stored(event.id))!;
      expect(item).toMatchObject({
        type: 'record.updated',
        order: eventOrder({ id: event.id, occurredAt: '2026-01-02T03:04:05Z' }),
        state: 'queued',
        attempts: 0,
        batchId,
        urgency: 2,
        expiresAt: Math.floor(item.receivedAt / 1000) + 37 * 24 * 3600,
      });
      expect(JSON.parse(await payloadOf(item))).toEqual({
        ...{ id: event.id, type: 'record.updated', occurredAt: '2026-01-02T03:04:05.000000000Z' },
        ...{ effectiveAt: '2026-01-02T03:04:05.000000000Z', origin: 'user' },
        record: { candidateId: 'c', kind: 'candidate', emails: [], firstName: 'Zoë' },
      });
      expect(Buffer.from(item.content).includes('Zoë')).toBe(false);
      expect(await aws.queued()).toContainEqual({ tenantId: acme.tenantId });
    });

    test('with valid events, whatever the other events are', async () => {
      const [good, bad, alsoGood] = [makeEvent(), makeEvent({ occurredAt: 'yesterday' }), makeEvent()];
      const { accepted, rejected } = receipt(await post({ events: [good, bad, null, alsoGood] }));
      expect(accepted).toEqual([
        { index: 0, id: good.id },
        { index: 3, id: alsoGood.id },
      ]);
      expect(rejected).toEqual([
        {
          index: 1,
          id: bad.id,
          errors: [{ path: 'occurredAt', message: expect.stringContaining('RFC 3339') }],
        },
        { index: 2, errors: [{ path: '', message: 'must be an object' }] },
      ]);
      expect(await stored(bad.id)).toBeUndefined();
    });

    test('with a time in every form of RFC 3339, also with a small t and z', async () => {
      const written = ['2026-01-02t03:04:05z', '2026-01-02T03:04:05.123456789Z', '2026-01-02T04:04:05+01:00'];
      const { accepted } = receipt(
        await post({ events: written.map((occurredAt) => makeEvent({ occurredAt })) }),
      );
      expect(accepted).toHaveLength(written.length);
    });

    test('and the batch has the ids in their order, and a timer row wakes the tenant, whatever happens', async () => {
      const events = [makeEvent(), makeEvent(), makeEvent()];
      const { batchId } = receipt(await post({ events: [...events, events[0]] }));
      const batch = await client().get(batchItemKey(acme.tenantId, batchId));
      expect(batch!['eventIds']).toEqual(events.map(({ id }) => id));
      const timers = (await client().query({ pk: TIMERS_PARTITION })).items.map(({ sk }) => sk.split('#'));
      const due = timers.filter(([, tenantId]) => tenantId === acme.tenantId).map(([at]) => Number(at));
      expect(Math.max(...due)).toBeGreaterThan(Date.now() + 40_000);
      expect(Math.max(...due)).toBeLessThan(Date.now() + 130_000);
    });

    test('with 500 events, which take one wake-up and one row of the inbox, as bulk work', async () => {
      const events = Array.from({ length: 500 }, () => makeEvent());
      const before = (await aws.queued()).length;
      const { accepted } = receipt(await post({ events }));
      expect(accepted).toHaveLength(500);
      const queued = await aws.queued();
      expect(queued.slice(before)).toEqual([{ tenantId: acme.tenantId }]);
      const { items } = await client().query({ pk: inboxPartition(acme.tenantId), prefix: '3#' });
      expect(items.map(({ eventIds }) => eventIds)).toEqual([events.map(({ id }) => id)]);
    });

    test('with a background refresh, which is a separate class after what people push', async () => {
      const event = makeEvent({ id: 'e-refresh', origin: 'automation' });
      receipt(await post(event));
      expect(await stored('e-refresh')).toMatchObject({ urgency: 4 });
      const { items } = await client().query({ pk: inboxPartition(acme.tenantId), prefix: '4#' });
      expect(items.map(({ eventIds }) => eventIds)).toEqual([['e-refresh']]);
    });

    test('with null, which changes nothing at every depth; a list with only nulls does not clear', async () => {
      const event = makeEvent({
        actor: null,
        record: {
          candidateId: 'c',
          kind: 'contact',
          firstName: null,
          lastName: '',
          emails: [null, 'a@b.example'],
          phones: [null],
          skills: [],
        },
      });
      receipt(await post(event));
      const payload = await payloadOf((await stored(event.id))!);
      expect(JSON.parse(payload)).toMatchObject({
        record: { candidateId: 'c', kind: 'contact', emails: ['a@b.example'], skills: null },
      });
      expect(payload).not.toMatch(/firstName|lastName|phones|actor/);
    });

    test('with one id twice: the first content counts, or the one that is already stored', async () => {
      const first = makeEvent({ id: 'e-twice' });
      const other = { ...first, record: { candidateId: 'c', kind: 'candidate', role: 'Z' } };
      const indexes = (body: { index: number }[]): number[] => body.map(({ index }) => index);
      const before = receipt(await post({ events: [first, other, first] }));
      expect(indexes(before.accepted)).toEqual([0, 2]);
      expect(before.rejected).toMatchObject([{ index: 1, errors: [{ path: 'id' }] }]);
      const after = receipt(await post({ events: [other, first] }));
      expect(indexes(after.accepted)).toEqual([1]);
      expect(indexes(after.rejected)).toEqual([0]);
    });

    test('with unknown fields, which are ignored, also those that would change a prototype', async () => {
      const body = JSON.stringify(makeEvent({ id: 'e-proto', surprise: 1 })).replace(
        '"surprise"',
        '"__proto__":{"events":[]},"constructor":{"prototype":{"x":1}},"huge":[1e400,-1E-400,123456789012345678901234567890],"surprise"',
      );
      receipt(await post(body));
      expect(await payloadOf((await stored('e-proto'))!)).not.toMatch(/surprise|__proto__|constructor/);
      expect({}).not.toHaveProperty('x');
    });

    test('with JSON types with a suffix, and UTF-8 by name', async () => {
      receipt(await post(makeEvent(), { 'content-type': 'application/cloudevents+json; charset="UTF-8"' }));
      receipt(
        await post(makeEvent(), {
          'content-type': 'Application/JSON;charset=utf-8',
          'content-encoding': 'identity',
        }),
      );
    });

    test('with an event that is five minutes ahead, but not six', async () => {
      const ahead = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
      receipt(await post(makeEvent({ occurredAt: ahead(4.9) })));
      await expectRejected(makeEvent({ occurredAt: ahead(6) }), 'occurredAt', /five minutes/);
    });
  });

  describe('damaged input', () => {
    const record = { candidateId: 'c', kind: 'contact' };

    test('is accepted with warnings that name what was dropped, the same ones for a repeat', async () => {
      const event = makeEvent({
        record: { ...record, emails: ['ann@client.example', 'nobody'], role: 'x'.repeat(1_001) },
      });
      const warnings = [
        { path: 'record.emails.1', message: expect.stringContaining('e-mail address') },
        { path: 'record.role', message: expect.stringContaining('1,000 characters') },
      ];
      for (const answer of [await post(event), await post(event)]) {
        expect(receipt(answer).accepted).toEqual([{ index: 0, id: event.id, warnings }]);
      }
    });

    test('cannot stop an opt-out by members that it does not use, not even by a name that occurs twice', async () => {
      const optOut = makeEvent({
        type: 'marketing.opted_out',
        record: { ...record, skills: 'Go; SQL', role: {} },
      });
      const text = JSON.stringify(optOut).replace('"skills":', '"skills":[],"gender":1,"gender":2,"skills":');
      const { accepted } = receipt(await post(text));
      expect(accepted[0]!.warnings!.map(({ path }) => path)).toEqual(['record.role', 'record.skills']);
    });

    test('loses control characters and half characters in visible texts', async () => {
      const text = JSON.stringify(makeEvent())
        .replace('"Ann"', '"A\\u0000n\\ud800n"')
        .replace('ann@', 'ann\\u0000@');
      const { accepted } = receipt(await post(text));
      const payload = await payloadOf((await stored(accepted[0]!.id))!);
      expect(JSON.parse(payload)).toMatchObject({
        record: { firstName: 'Ann', emails: ['ann@client.example'] },
      });
    });

    test('causes no warning in the example of each type on the page of events', async () => {
      const events = EVENT_TYPE_NAMES.map((type) => EVENT_TYPES[type].example);
      const { accepted, rejected } = receipt(await post({ events }));
      expect(rejected).toEqual([]);
      expect(accepted).toEqual(events.map(({ id }, index) => ({ index, id })));
    });

    test('can have a number as an id, and a Unix time as a time', async () => {
      const { accepted } = receipt(await post(makeEvent({ id: 7, occurredAt: 1_767_323_045 })));
      expect(accepted).toEqual([{ index: 0, id: '7' }]);
      expect(await stored('7')).toMatchObject({
        order: eventOrder({ id: '7', occurredAt: '2026-01-02T03:04:05Z' }),
      });
    });
  });

  describe('a repeated event', () => {
    test('counts with the first content of its id within one request', async () => {
      const first = makeEvent({ record: { candidateId: 'c', kind: 'contact', firstName: 'First' } });
      const second = { ...first, record: { candidateId: 'c', kind: 'contact', firstName: 'Second' } };
      const { accepted, rejected } = receipt(await post({ events: [first, second] }));
      expect([accepted.length, rejected.length]).toEqual([1, 1]);
      const payload = await payloadOf((await stored(first.id))!);
      expect(payload).toContain('First');
      expect(payload).not.toContain('Second');
    });

    test('is rejected if it has other content, beside others and alone', async () => {
      const first = makeEvent({ record: { candidateId: 'c', kind: 'contact', firstName: 'First' } });
      receipt(await post(first));
      const second = { ...first, record: { candidateId: 'c', kind: 'contact', firstName: 'Second' } };
      const { accepted, rejected } = receipt(await post({ events: [second, makeEvent()] }));
      expect(accepted).toHaveLength(1);
      const errors = [{ path: 'id', message: expect.stringContaining('id-reused: ') }];
      expect(rejected).toEqual([{ index: 0, id: first.id, errors }]);
      expectProblem(await post(second), 422, 'no-valid-event');
    });

    test('is accepted, wakes the tenant and changes nothing, whether it has ended or not', async () => {
      const [open, ended] = [makeEvent(), makeEvent()];
      receipt(await post({ events: [open, ended] }));
      const item = (await stored(ended.id))!;
      await client().put({ ...item, state: 'failed' }, item.version);
      const before = [await stored(open.id), await stored(ended.id)];
      const woken = (await aws.queued()).length;
      expect(receipt(await post({ events: [open, ended] })).accepted).toHaveLength(2);
      expect([await stored(open.id), await stored(ended.id)]).toEqual(before);
      expect(await aws.queued()).toHaveLength(woken + 1);
    });
  });

  describe('a request is refused as a whole', () => {
    test('if its body is not JSON: 400', async () => {
      expectProblem(await post('{"id":'), 400, 'invalid-json');
      expectProblem(await post(''), 400, 'invalid-json');
    });

    test('if it has bytes that are not UTF-8: 400', async () => {
      const bytes = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
      expectProblem(await post(bytes), 400, 'invalid-json');
    });

    test('if its body is over 3 MB: 413', async () => {
      expectProblem(await post(`"${'x'.repeat(3_000_000)}"`), 413, 'body-too-large');
    });

    test.each([
      ['no type', { 'content-type': '' }],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['text', { 'content-type': 'text/plain' }],
      ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
      ['a type that only looks like JSON', { 'content-type': 'application/jsonl' }],
      ['compressed', { 'content-encoding': 'gzip' }],
    ] as [string, Record<string, string>][])('with %s: 415', async (_, headers) => {
      expectProblem(await post(JSON.stringify(makeEvent()), headers), 415, 'unsupported-media-type');
    });

    test.each([
      ['none', []],
      ['501', Array.from({ length: 501 }, () => 1)],
      ['not a list', { 0: 'x' }],
    ])('with %s in "events": 422', async (_, events) => {
      expectProblem(await post({ events }), 422, 'invalid-request');
    });

    test.each(['null', '[]', '"text"', '1', '[{"events":[]}]'])(
      'with %s instead of an object: 422',
      async (body) => {
        expectProblem(await post(body), 422, 'invalid-request');
      },
    );

    test('if a name occurs twice around the events: 422', async () => {
      const event = JSON.stringify(makeEvent());
      expectProblem(await post(`{"events":[${event}],"events":[${event}]}`), 422, 'invalid-request');
    });

    test('if no event is valid: 422, and each is named', async () => {
      const answer = await post({ events: [{}, makeEvent({ record: {} })] });
      expectProblem(answer, 422, 'no-valid-event');
      expect((answer.body as Receipt).rejected.map(({ index }) => index)).toEqual([0, 1]);
    });

    test('with nesting of any depth, without a crash or a hang', async () => {
      const nested = (depth: number): string => `{"id":"x","a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      const answer = await post(nested(50_000));
      expectProblem(answer, 422, 'no-valid-event');
      expect((answer.body as Receipt).rejected[0]!.errors[0]!.message).toMatch(/nested deeper than 32/);
      expectProblem(await post(nested(1_400_000)), 422, 'no-valid-event');
    });
  });

  describe('one event is refused', () => {
    test('if its type is unknown, and the answer names the known types', async () => {
      await expectRejected(
        makeEvent({ type: 'record.deleted' }),
        'type',
        /record\.created, .*domain\.opted_in/,
      );
      await expectRejected(makeEvent({ type: undefined }), 'type', /record\.created/);
    });

    test('but not because a note is too long: it is cut, and a warning says so', async () => {
      const note = { id: 'n-1', text: 'x'.repeat(150_000), channel: 'email' };
      const { accepted } = receipt(await post(makeEvent({ type: 'note.added', note })));
      expect(accepted[0]!.warnings).toEqual([
        { path: 'note.text', message: expect.stringContaining('20,000 characters') },
      ]);
    });

    test('if it is over 200 kB', async () => {
      const skills = Array.from({ length: 199 }, () => 'x'.repeat(1_000));
      const record = { candidateId: 'c', kind: 'contact', skills };
      const fits = makeEvent({ record });
      receipt(await post(fits));
      await expectRejected(makeEvent({ record: { ...record, role: 'y'.repeat(1_000) } }), '', /200000 bytes/);
      await expectRejected(makeEvent({ ignored: 'é'.repeat(100_000) }), '', /200000 bytes/);
    });

    test.each([
      ['an empty one', ''],
      ['a long one', 'x'.repeat(129)],
      ['one with other characters', 'a/b'],
      ['a list', ['a']],
    ])('because of its id: %s', async (_, id) => {
      await expectRejected(makeEvent({ id: id }), 'id', /./);
    });

    test('if a name occurs twice, also by an escape, at any depth', async () => {
      const text = JSON.stringify(makeEvent());
      await expectRejected(
        text.replace('"firstName"', '"firstName":"Bo","firstName"'),
        'record.firstName',
        /once/,
      );
      await expectRejected(
        text.replace('"firstName"', '"first\\u004eame":"Bo","firstName"'),
        'record.firstName',
        /once/,
      );
      await expectRejected(`{"id":"a","id":"b"}`, 'id', /once/);
    });

    test('if its id has half a character', async () => {
      const text = JSON.stringify(makeEvent());
      await expectRejected(text.replace('"sw_1"', '"\\ud800"'), 'record.candidateId', /Unicode/);
    });

    test('if it updates a company that is not linked and has no usable name', async () => {
      const update = (id: string) =>
        makeEvent({ type: 'company.updated', company: { id, name: 'n/a', website: 'https://a.example' } });
      await sync.put({ ...idKey(acme.tenantId, 'linked'), ref: 301 }, 'absent');
      const events = [update('unlinked'), update('linked')];

      const { accepted, rejected } = receipt(await post({ events }));
      expect(accepted).toMatchObject([{ index: 1, warnings: [{ path: 'company.name' }] }]);
      expect(rejected).toMatchObject([
        { index: 0, errors: [{ path: 'company.name', message: expect.stringContaining('not linked') }] },
      ]);
    });

    test('if a member is missing that its type needs', async () => {
      await expectRejected(makeEvent({ type: 'note.added' }), 'note', /./);
      await expectRejected(makeEvent({ type: 'company.created', record: undefined }), 'company', /./);
      await expectRejected(
        makeEvent({ record: { candidateId: 'c', kind: 'friend' } }),
        'record.kind',
        /candidate/,
      );
    });

    test('if used members are nested deeper than 32, without effect on other events', async () => {
      const nested = JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown;
      const [good, deep] = [
        makeEvent({ unknown: nested }),
        makeEvent({ record: { candidateId: 'c', kind: 'contact', skills: nested } }),
      ];
      const { accepted, rejected } = receipt(await post({ events: [deep, good] }));
      expect(accepted).toEqual([{ index: 1, id: good.id }]);
      expect(rejected[0]).toMatchObject({ index: 0, id: deep.id });
    });
  });

  describe('a sender is refused', () => {
    const refused = async (headers: Record<string, string>): Promise<Answer> => {
      const options: SendOptions = { body: makeEvent(), headers };
      const answer = await server.send('POST', '/v1/events', options);
      expectProblem(answer, 401, 'unauthorized');
      return answer;
    };
    const unknown = { clientId: `sw_${'A'.repeat(16)}`, clientSecret: 'x' };

    test('without good credentials, with the same answer whatever is wrong: 401', async () => {
      const answers = [
        await refused({}),
        await refused(basic({ ...acme, clientSecret: `${acme.clientSecret.slice(0, -1)}!` })),
        await refused(basic(unknown)),
        await refused(basic({ ...acme, clientId: acme.clientSecret })),
        await refused({ authorization: 'Basic !!!' }),
        await refused({ authorization: 'Digest abc' }),
      ];
      const words = answers.map(({ body }) => (body as { detail: string }).detail);
      expect(new Set(words).size).toBe(1);
      for (const { headers } of answers)
        expect(headers.get('www-authenticate')).toMatch(/^Basic realm=.*Bearer realm=/);
    });

    test('with an invalid token: 401, with the reason of RFC 6750', async () => {
      const { headers } = await refused({ authorization: `Bearer swat_${'A'.repeat(43)}` });
      expect(headers.get('www-authenticate')).toContain(
        'Bearer realm="sourcewhale-firefish", error="invalid_token"',
      );
    });

    test('after too many failures: 429 with Retry-After, while good credentials are still accepted', async () => {
      let answer: Answer | undefined;
      for (let n = 0; n <= FAILURES_PER_MINUTE.client; n += 1) {
        answer = await server.send('POST', '/v1/events', {
          body: makeEvent(),
          headers: basic({ ...acme, clientSecret: 'guess' }),
        });
      }
      expectProblem(answer!, 429, 'too-many-failures');
      expect(Number(answer!.headers.get('retry-after'))).toBeGreaterThan(0);
      receipt(await post(makeEvent()));
    });
  });

  test('answers must not be cached, framed or read as another type', async () => {
    for (const answer of [await post(makeEvent()), await post('no')]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/);
    }
  });
});
