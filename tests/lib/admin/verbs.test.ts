import type { TenantId, EventId } from '../../../lib/ids.ts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AdminError, UsageError } from '../../../lib/admin/verb.ts';
import { VERBS } from '../../../lib/admin/verbs.ts';
import { openAuthentication } from '../../../lib/credentials/open-authentication.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { endedIndex, eventItemKey, turnKey } from '../../../lib/store/sync-keys.ts';
import { ConflictError, type Expected, type Item, type NewItem } from '../../../lib/store/table.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';
import { format } from '../../../local/admin/format.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';
import { eventOf } from '../../support/former-event.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { openTenant } from '../internal/stage.ts';

const DOMAIN = 'acme.firefishsoftware.com';

/** Ends before its n-th write from now, or after it without an answer. */
class DyingTable extends MemoryTable {
  writesLeft = Infinity;
  answerLost = false;
  override async put(item: NewItem, expected: Expected): Promise<Item> {
    this.writesLeft -= 1;
    if (this.writesLeft >= 0) return super.put(item, expected);
    this.writesLeft = Infinity;
    if (!this.answerLost) throw new Error('killed');
    await super.put(item, expected);
    // What the SDK's own second try of a write that was done ends in.
    throw new ConflictError(item);
  }
}

describe('administration', () => {
  let clock: TestClock;
  let credentials: DyingTable;
  let sync: MemoryTable;
  let audit: MemoryTable;
  let admin: Admin;
  let firefish: Admin['services']['checkCredentials'];
  const mayEnter = async ({ clientId, clientSecret }: Issued): Promise<boolean> =>
    (await openAuthentication(credentials, sync, clock).clients.verify(clientId, clientSecret)) !== undefined;
  const receive = async (tenantId: TenantId, count: number): Promise<void> => {
    const events = Array.from({ length: count }, (_, n) => ({
      event: eventOf(makeEvent('record.created', n, { record: ann() })),
    }));
    await admin.intake.accept(tenantId, events);
  };
  const refused = async (
    payload: Record<string, unknown>,
    error: typeof AdminError,
    words: RegExp,
  ): Promise<void> => {
    const failure: unknown = await admin.run(payload).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(failure).toBeInstanceOf(error);
    expect((failure as Error).message).toMatch(words);
  };

  beforeEach(() => {
    clock = new TestClock();
    [credentials, sync, audit] = [new DyingTable(clock), new MemoryTable(clock), new MemoryTable(clock)];
    firefish = () => Promise.resolve({ ok: true, missingScopes: [] });
    admin = makeAdmin({ credentials, sync, audit }, testCipher, clock, (...given) => firefish(...given));
  });

  describe('enable', () => {
    test('checks the credentials, and issues a client id and a secret that the authentication accepts', async () => {
      const checked: unknown[] = [];
      firefish = (asker, given) => {
        checked.push([asker, given]);
        return Promise.resolve({ ok: true, missingScopes: ['usersAPI-read'] });
      };
      const issued = await admin.enable('HTTPS://Acme.FirefishSoftware.com/');
      expect(checked).toEqual([[{ agency: DOMAIN }, { clientId: 'ff-1', clientSecret: 'ff-1-secret' }]]);
      expect(issued).toEqual({
        tenantId: expect.any(String),
        domain: DOMAIN,
        clientId: expect.stringMatching(/^sw_/),
        clientSecret: expect.stringMatching(/^swsec_/),
        missingScopes: ['usersAPI-read'],
      });
      expect(await mayEnter(issued)).toBe(true);
    });

    test('stores no secret readable: not ours, not Firefish’s, not the hashing key', async () => {
      const issued = await admin.enable(DOMAIN);
      const kept = [...credentials.all(), ...sync.all(), ...audit.all()];
      const text = kept
        .map((item) =>
          JSON.stringify(item, (_, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
          ),
        )
        .join();
      expect(text).not.toContain(issued.clientSecret);
      expect(text).not.toContain('ff-1-secret');
    });

    test('a tenant can be loaded afterwards, with its own hash', async () => {
      const [acme, other] = [await admin.enable(DOMAIN), await admin.enable('other.example')];
      const tenant = (await admin.services.loadTenant(acme.tenantId))!;
      expect(tenant).toMatchObject({
        tenantId: acme.tenantId,
        domain: DOMAIN,
        status: 'enabled',
        settings: DEFAULT_SETTINGS,
        firefishClientId: 'ff-1',
        firefishClientSecret: 'ff-1-secret',
      });
      expect(tenant.hash('ann@x.example')).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(tenant.hash('ann@x.example')).toBe(tenant.hash('ann@x.example'));
      const elsewhere = (await admin.services.loadTenant(other.tenantId))!;
      expect(elsewhere.hash('ann@x.example')).not.toBe(tenant.hash('ann@x.example'));
      expect(await admin.services.loadTenant('t_nobody' as TenantId)).toBeUndefined();
    });

    test('refuses an enabled domain, and says to rotate', async () => {
      await admin.enable(DOMAIN);
      await refused(
        { verb: 'enable', domain: DOMAIN, firefishClientId: 'x', firefishClientSecret: 'y' },
        AdminError,
        /rotate/,
      );
    });

    test.each([
      ['refused', /copy both again/],
      ['unreachable', /did not answer.*try again/],
      ['limited', /try again in 52 minutes \(from 2\d{3}-[\d-]+T[\d:]+Z on\)/],
    ] as const)('stores nothing if Firefish says: %s', async (reason, words) => {
      const until = clock.now() + 51.2 * 60_000;
      firefish = () =>
        Promise.resolve(
          reason === 'limited' ? { ok: false, reason, until } : { ok: false, reason, detail: '' },
        );
      await refused(
        { verb: 'enable', domain: DOMAIN, firefishClientId: 'x', firefishClientSecret: 'y' },
        AdminError,
        words,
      );
      expect(credentials.all()).toEqual([]);
    });

    test('after disable keeps the tenant, the client id, the settings and the hashing key, and issues a new secret', async () => {
      const before = await admin.enable(DOMAIN, { settings: { createCompanies: false } });
      const hash = (await admin.services.loadTenant(before.tenantId))!.hash('x');
      await admin.run({ verb: 'disable', domain: DOMAIN });
      clock.advance(60_000);
      const after = await admin.enable(DOMAIN, { firefishClientSecret: 'new' });
      expect(after).toMatchObject({ tenantId: before.tenantId, clientId: before.clientId });
      expect([await mayEnter(before), await mayEnter(after)]).toEqual([false, true]);
      const tenant = (await admin.services.loadTenant(before.tenantId))!;
      expect(tenant).toMatchObject({ firefishClientSecret: 'new', settings: { createCompanies: false } });
      expect(tenant.hash('x')).toBe(hash);
    });

    test('that was killed before one of its writes is completed by the next enable, with one set of ids', async () => {
      for (const writes of [0, 1, 2, 3]) {
        const domain = `killed-${writes}.example`;
        credentials.writesLeft = writes;
        await expect(admin.enable(domain)).rejects.toThrow('killed');
        await refused({ verb: 'show', domain }, AdminError, /never enabled/);
        const issued = await admin.enable(domain);
        expect(await mayEnter(issued)).toBe(true);
      }
      const ids = credentials.all().filter(({ pk }) => pk === 'clients');
      expect(ids).toHaveLength(4);
    });

    test('does not fail if its write succeeded and only the answer was lost', async () => {
      credentials.writesLeft = 3;
      credentials.answerLost = true;
      expect(await mayEnter(await admin.enable(DOMAIN))).toBe(true);
    });

    test('twice at once: one wins, and only its secret works', async () => {
      const both = await Promise.allSettled([admin.enable(DOMAIN), admin.enable(DOMAIN)]);
      const issued = both.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
      expect(issued).toHaveLength(1);
      expect(await mayEnter(issued[0]!)).toBe(true);
    });
  });

  describe('rotate', () => {
    const HOUR = 3_600_000;
    const rotate = async (overlap?: string): Promise<Issued> =>
      (await admin.run({
        verb: 'rotate',
        domain: DOMAIN,
        ...(overlap === undefined ? {} : { overlap }),
      })) as Issued;
    const whoEnters = (...all: Issued[]): Promise<boolean[]> => Promise.all(all.map(mayEnter));

    test('a secret keeps the overlap that was promised, whatever is rotated later', async () => {
      const first = await admin.enable(DOMAIN);
      const second = await rotate('24h');
      clock.advance(HOUR);
      const third = await rotate('1h');
      expect(await whoEnters(first, second, third)).toEqual([true, true, true]);
      clock.advance(HOUR);
      expect(await whoEnters(first, second, third)).toEqual([true, false, true]);
      clock.advance(22 * HOUR - 1);
      expect(await mayEnter(first)).toBe(true);
      clock.advance(1);
      expect(await whoEnters(first, second, third)).toEqual([false, false, true]);
    });

    test('a longer overlap later does not prolong it either', async () => {
      const first = await admin.enable(DOMAIN);
      await rotate('1h');
      const third = await rotate('48h');
      clock.advance(HOUR);
      expect(await whoEnters(first, third)).toEqual([false, true]);
    });

    test('an overlap of 0 ends all older secrets, also those with a promised overlap', async () => {
      const first = await admin.enable(DOMAIN);
      const second = await rotate('24h');
      const third = await rotate('24h');
      const fourth = await rotate('0');
      expect(await whoEnters(first, second, third, fourth)).toEqual([false, false, false, true]);
      const shown = (await admin.run({ verb: 'show', domain: DOMAIN })) as { secrets: unknown[] };
      expect(shown.secrets).toHaveLength(1);
    });

    test('at most three secrets are valid: a fourth is refused, says when there is room, and ends no other', async () => {
      const first = await admin.enable(DOMAIN);
      const second = await rotate('2h');
      const third = await rotate('1h');
      const freeAt = new Date(clock.now() + HOUR).toISOString();
      await refused({ verb: 'rotate', domain: DOMAIN }, AdminError, new RegExp(`${freeAt}.*--overlap 0`));
      expect(await whoEnters(first, second, third)).toEqual([true, true, true]);
      clock.advance(HOUR);
      const fourth = await rotate('1h');
      expect(await whoEnters(first, second, third, fourth)).toEqual([true, false, true, true]);
    });

    test('the default overlap is a day', async () => {
      await admin.enable(DOMAIN);
      expect(await admin.run({ verb: 'rotate', domain: DOMAIN })).toMatchObject({
        previousSecretEndsAt: new Date(clock.now() + 86_400_000).toISOString(),
      });
    });

    test.each(['soon', '-1h', '31d', '5', '1.5h', ''])(
      'an overlap of "%s" is wrong usage',
      async (overlap) => {
        await admin.enable(DOMAIN);
        await refused({ verb: 'rotate', domain: DOMAIN, overlap }, UsageError, /24h/);
      },
    );

    test('refuses a disabled domain, and says to enable it', async () => {
      await admin.enable(DOMAIN);
      await admin.run({ verb: 'disable', domain: DOMAIN });
      await refused({ verb: 'rotate', domain: DOMAIN }, AdminError, /enable/);
    });
  });

  test('disable twice is no error and gives the same answer', async () => {
    await admin.enable(DOMAIN);
    const once = await admin.run({ verb: 'disable', domain: DOMAIN });
    clock.advance(1_000);
    expect(await admin.run({ verb: 'disable', domain: DOMAIN })).toEqual(once);
  });

  describe('firefish-credentials', () => {
    const replace = {
      verb: 'firefish-credentials',
      domain: DOMAIN,
      firefishClientId: 'ff-2',
      firefishClientSecret: 'two',
    };

    test('are checked before they replace the old ones', async () => {
      const { tenantId } = await admin.enable(DOMAIN);
      firefish = () => Promise.resolve({ ok: false, reason: 'refused', detail: '' });
      await refused(replace, AdminError, /copy both/);
      expect(await admin.services.loadTenant(tenantId)).toMatchObject({ firefishClientId: 'ff-1' });
    });

    test('what waited for them starts at once', async () => {
      const { tenantId } = await admin.enable(DOMAIN);
      const trouble = { reason: 'credentials', since: clock.now() };
      const waits = { 3: { reason: 'credentials', until: clock.now() + 3_600_000 } };
      const firefishGivenAt = clock.now();
      await sync.put({ ...turnKey(tenantId), trouble, waits, firefishGivenAt }, 'absent');
      await receive(tenantId, 1);
      const down = { reachable: false, down: 'credentials', waitingFor: 'credentials' };
      expect(await admin.run({ verb: 'show', domain: DOMAIN })).toMatchObject({ firefish: down });
      clock.advance(60_000);
      admin.sent.length = 0;
      expect(await admin.run(replace)).toMatchObject({ missingScopes: [], eventsStarted: 1 });
      expect(admin.sent).toEqual([{ tenantId }]);
      const { firefish: now } = (await admin.run({ verb: 'show', domain: DOMAIN })) as { firefish: object };
      expect(now).toMatchObject({ reachable: true });
      expect(now).not.toHaveProperty('waitingFor');
      expect(await admin.services.loadTenant(tenantId)).toMatchObject({
        firefishClientId: 'ff-2',
        firefishClientSecret: 'two',
      });
    });
  });

  test.each(['enable', 'firefish-credentials'])(
    '%s shows at once which scopes the new credentials lack, not those that the old ones lacked',
    async (verb) => {
      const { tenantId } = await admin.enable(DOMAIN);
      const found = { missingScopes: ['candidatesAPI-write'], firefishGivenAt: clock.now() };
      await sync.put({ ...turnKey(tenantId), ...found, waits: {} }, 'absent');
      expect(await admin.run({ verb: 'show', domain: DOMAIN })).toMatchObject({
        firefish: { missingScopes: ['candidatesAPI-write'] },
      });
      clock.advance(60_000);
      if (verb === 'enable') await admin.run({ verb: 'disable', domain: DOMAIN });
      firefish = () => Promise.resolve({ ok: true, missingScopes: ['actionsAPI-read'] });
      await admin.run({
        verb,
        domain: DOMAIN,
        firefishClientId: 'ff-1',
        firefishClientSecret: 'ff-1-secret',
      });
      expect(await admin.run({ verb: 'show', domain: DOMAIN })).toMatchObject({
        firefish: { missingScopes: ['actionsAPI-read'] },
      });
    },
  );

  describe('settings', () => {
    test('are shown, and replaced as a whole', async () => {
      await admin.enable(DOMAIN, { settings: { createCompanies: false } });
      expect(await admin.run({ verb: 'settings', domain: DOMAIN })).toMatchObject({
        settings: { createCompanies: false },
      });
      const set = { defaultSource: 'SW' };
      expect(await admin.run({ verb: 'settings', domain: DOMAIN, set })).toMatchObject({
        settings: { ...DEFAULT_SETTINGS, defaultSource: 'SW' },
      });
    });

    test('that are malformed or unknown are named and change nothing', async () => {
      await admin.enable(DOMAIN);
      await refused(
        { verb: 'settings', domain: DOMAIN, set: { addWhen: { candidate: 'often' } } },
        UsageError,
        /set\.addWhen\.candidate/,
      );
      await refused(
        { verb: 'settings', domain: DOMAIN, set: { createCompany: true } },
        UsageError,
        /createCompany/,
      );
      await refused(
        { verb: 'settings', domain: DOMAIN, set: { updatePolicy: { fields: { MobileNumbr: 'never' } } } },
        UsageError,
        /set\.updatePolicy\.fields.*"MobileNumbr".*MobileNumber/,
      );
      await refused(
        { verb: 'settings', domain: DOMAIN, set: { mandatoryFields: { contact: ['Skills'] } } },
        UsageError,
        /set\.mandatoryFields\.contact.*"Skills".*JobTitle/,
      );
      expect(await admin.run({ verb: 'settings', domain: DOMAIN })).toMatchObject({
        settings: DEFAULT_SETTINGS,
      });
    });
  });

  describe('list and show', () => {
    test('list names every tenant, show adds counters and health, and neither shows a secret or its hash', async () => {
      const acme = await admin.enable(DOMAIN);
      await admin.enable('b.example');
      await admin.run({ verb: 'disable', domain: 'b.example' });
      const receivedAt = new Date(clock.now()).toISOString();
      await receive(acme.tenantId, 1);
      clock.advance(1_000);
      await receive(acme.tenantId, 1);
      const listed = await admin.run({ verb: 'list' });
      const shown = await admin.run({ verb: 'show', domain: DOMAIN });
      expect(listed).toMatchObject([
        { domain: DOMAIN, status: 'enabled', clientId: acme.clientId },
        { domain: 'b.example', status: 'disabled', disabledAt: expect.any(String) },
      ]);
      expect(shown).toMatchObject({
        tenantId: acme.tenantId,
        secrets: [{ createdAt: receivedAt }],
        firefish: { reachable: true, missingScopes: [] },
        events: { open: 2, oldestReceivedAt: receivedAt },
        failed: { count: 0 },
        decisions: { count: 0 },
        settings: DEFAULT_SETTINGS,
      });
      const hash = (
        credentials.all().find(({ pk }) => pk === 'tenants')!['secrets'] as { hash: string }[]
      )[0]!.hash;
      for (const secret of [acme.clientSecret, hash, 'ff-1-secret']) {
        expect(JSON.stringify([listed, shown])).not.toContain(secret);
      }
    });

    test('show counts failed events up to a limit, and says if there are more', async () => {
      const { tenantId } = await admin.enable(DOMAIN);
      const fail = async (from: number, to: number): Promise<void> => {
        for (let n = from; n < to; n += 1) {
          const at = { indexPk: endedIndex(tenantId, 'failed'), indexSk: new Date(n).toISOString() };
          await sync.put({ ...eventItemKey(tenantId, `e${n}` as EventId), ...at, state: 'failed' }, 'absent');
        }
      };
      const shown = async (): Promise<unknown> => admin.run({ verb: 'show', domain: DOMAIN });
      await fail(0, 2);
      expect(await shown()).toMatchObject({ events: { open: 0 }, failed: { count: 2 } });
      await fail(2, 1_001);
      expect(await shown()).toMatchObject({ failed: { count: 1_000, isAtLeast: true } });
      expect(format(await shown())).toContain('\nfailed:\n  count: 1000\n  isAtLeast: true\n');
    });

    test('a domain that was never enabled causes an error that says so', async () => {
      await refused({ verb: 'show', domain: 'nobody.example' }, AdminError, /never enabled/);
    });
  });

  test.each([
    [{ verb: 'destroy' }, /must be one of enable/],
    [{}, /must be one of enable/],
    [{ verb: '__proto__' }, /must be one of enable/],
    [{ verb: 'show' }, /domain/],
    [{ verb: 'show', domain: 'a@b.example' }, /Firefish address/],
    [{ verb: 'list', domain: DOMAIN }, /domain/],
    [
      { verb: 'enable', domain: DOMAIN, firefishClientId: ' ', firefishClientSecret: 's' },
      /firefishClientId/,
    ],
  ])('wrong usage is reported as such, not as a refusal: %j', async (payload, words) => {
    await refused(payload, UsageError, words);
  });

  // As JSON is read: there it is a member like any other.
  const proto = (value: unknown): object => JSON.parse(`{ "__proto__": ${JSON.stringify(value)} }`) as object;

  test.each(Object.keys(VERBS))('%s refuses an option that names the prototype', async (verb) => {
    await admin.enable(DOMAIN);
    await refused({ verb, domain: DOMAIN, ...proto({}) }, UsageError, /"__proto__"/);
  });

  test('settings refuse a field named __proto__', async () => {
    const settings = { updatePolicy: { fields: proto('never') } };
    await refused({ verb: 'settings', domain: DOMAIN, set: settings }, UsageError, /fields: .*"__proto__"/);
    await expect(admin.enable(DOMAIN, { settings })).rejects.toThrow(UsageError);
  });

  test('every act that changes something is logged with begin and end, without a secret', async () => {
    const acme = await admin.enable(DOMAIN);
    firefish = () => Promise.resolve({ ok: false, reason: 'refused', detail: '' });
    await refused(
      { verb: 'firefish-credentials', domain: DOMAIN, firefishClientId: 'i', firefishClientSecret: 'canary' },
      AdminError,
      /copy/,
    );
    await admin.run({ verb: 'list' });
    const acts = audit.all();
    expect(acts.map(({ verb, step, outcome, by, domain }) => [verb, step, outcome, by, domain])).toEqual([
      ['enable', 'begun', undefined, 'a test', DOMAIN],
      ['enable', 'ended', 'done', 'a test', DOMAIN],
      ['firefish-credentials', 'begun', undefined, 'a test', DOMAIN],
      ['firefish-credentials', 'ended', 'refused', 'a test', DOMAIN],
    ]);
    for (const { at, requestId } of acts) {
      expect(at).toBe(new Date(clock.now()).toISOString());
      expect(requestId).toMatch(/^request-\d$/);
    }
    expect(JSON.stringify(acts)).not.toMatch(new RegExp(`canary|ff-1-secret|${acme.clientSecret}`));
  });
});

describe.each([
  ['replay', {}],
  ['dismiss', { reason: 'of no use' }],
])('%s', (verb, more) => {
  test('refuses a group without events, and says where the groups are', async () => {
    let refuses = true;
    const stage = await openTenant(({ method, url }) =>
      refuses && method === 'POST' && new URL(url).pathname.includes('/candidates')
        ? Response.json({ Message: 'no' }, { status: 400 })
        : undefined,
    );
    await stage.push(makeEvent('record.created', 1, { record: ann() }));
    refuses = false;
    const act = (group: string, rest: object = {}): Promise<unknown> =>
      stage.verb(verb, { ...more, group, ...rest });
    await expect(act('nope')).rejects.toThrow(/group nope; see failed/);
    // A step of an operator while others do the same.
    expect(await act('nope', { limit: 100 })).not.toHaveProperty('next');
    const [{ group }] = (await stage.ask('failed', {})) as [{ group: string }];
    expect(Object.values((await act(group)) as object)).toEqual([1]);
    await expect(act(group)).rejects.toThrow(/see failed/);
  });
});
