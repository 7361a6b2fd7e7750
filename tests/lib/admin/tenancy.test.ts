/** What belongs to one agency only: its domain, its Firefish client id, its settings; and how it is deleted. */
import type { TenantId, EventId } from '../../../lib/ids.ts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SettingsConflictError } from '../../../lib/admin/agencies/settings.ts';
import type { Principal } from '../../../lib/console/sign-in/principal.ts';
import type { TenantRequest } from '../../../lib/console/router.ts';
import type { ConsoleServices } from '../../../lib/console/services.ts';
import { checkCredentials } from '../../../lib/console/tenants.ts';
import { SETTLED_AFTER_MS } from '../../../lib/admin/agencies/delete.ts';
import * as keys from '../../../lib/store/keys.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import * as syncKeys from '../../../lib/store/sync-keys.ts';
import type { Item, Key } from '../../../lib/store/table.ts';
import { CLAIM_GRACE_MS } from '../../../lib/tenants/claims.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

const ACME = 'acme.firefishsoftware.com';
const OTHER = 'other.firefishsoftware.com';
const NEW = 'new.firefishsoftware.com';
const credentials = (id: string) => ({ firefishClientId: id, firefishClientSecret: `${id}-secret` });

/** As the console's router passes it. */
const checkRequest = (domain: string, role: Principal['role'], body: object): TenantRequest => ({
  domain,
  parameters: {},
  principal: { issuer: 'https://id.example', subject: 'u1', issuedAt: 0, role, domains: new Set([domain]) },
  event: {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    requestContext: { requestId: `check as ${role}` },
  } as unknown as TenantRequest['event'],
});

let clock: TestClock;
let tables: { credentials: MemoryTable; sync: MemoryTable; audit: MemoryTable };
let admin: Admin;
const run = (verb: string, domain: string, options: object = {}): Promise<unknown> =>
  admin.run({ verb, domain, ...options });

beforeEach(() => {
  clock = new TestClock();
  tables = {
    credentials: new MemoryTable(clock),
    sync: new MemoryTable(clock),
    audit: new MemoryTable(clock),
  };
  admin = makeAdmin(tables, testCipher, clock);
});

describe('a Firefish client id', () => {
  test('that another domain uses is refused by enable, which names that domain and does not call Firefish', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    let asked = 0;
    admin.services.checkCredentials = () => {
      asked += 1;
      return Promise.resolve({ ok: true, missingScopes: [] });
    };
    await expect(admin.enable(OTHER, credentials('ff-1'))).rejects.toThrow(`used by ${ACME}`);
    await run('disable', ACME);
    await expect(admin.enable(OTHER, credentials('ff-1'))).rejects.toThrow(`used by ${ACME}`);
    expect(asked).toBe(0);
    expect(await admin.run({ verb: 'list' })).toHaveLength(1);
  });

  test('that another domain uses is refused by firefish-credentials, and nothing changes', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    const { tenantId } = await admin.enable(OTHER, credentials('ff-2'));
    const taken = run('firefish-credentials', OTHER, credentials('ff-1'));
    await expect(taken).rejects.toThrow(`used by ${ACME}`);
    expect(await admin.services.loadTenant(tenantId)).toMatchObject({ firefishClientId: 'ff-2' });
  });

  test('that another agency uses is not checked for a super user, who does not learn whose it is', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await admin.enable(OTHER, credentials('ff-2'));
    let asked = 0;
    admin.services.checkCredentials = () => {
      asked += 1;
      return Promise.resolve({ ok: true, missingScopes: [] });
    };
    const console = checkCredentials(admin.services as ConsoleServices);
    const refusals = await Promise.allSettled([
      admin.run({ verb: 'enable', domain: NEW, ...credentials('ff-1') }, 'super-user'),
      admin.run({ verb: 'firefish-credentials', domain: OTHER, ...credentials('ff-1') }, 'super-user'),
      console(checkRequest(OTHER, 'super-user', credentials('ff-1'))),
    ]);
    for (const refusal of refusals) {
      const { message } = (refusal as PromiseRejectedResult).reason as Error;
      expect(message).toContain('used by another agency');
      expect(message).not.toContain(ACME);
    }
    const named = console(checkRequest(OTHER, 'operator', credentials('ff-1')));
    await expect(named).rejects.toThrow(`used by ${ACME}`);
    expect(asked).toBe(0);
  });

  test('is free at once when it is replaced', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await run('firefish-credentials', ACME, credentials('ff-2'));
    await expect(admin.enable(OTHER, credentials('ff-2'))).rejects.toThrow(`used by ${ACME}`);
    await admin.enable(OTHER, credentials('ff-1'));
  });

  test('is free when its agency is deleted', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await run('disable', ACME);
    clock.advance(SETTLED_AFTER_MS);
    await run('delete', ACME, { confirm: ACME });
    await admin.enable(OTHER, credentials('ff-1'));
  });

  test('can be given again by its own agency, with a new secret', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await run('firefish-credentials', ACME, { ...credentials('ff-1'), firefishClientSecret: 'new' });
    await run('disable', ACME);
    await admin.enable(ACME, credentials('ff-1'));
  });

  test('goes to one agency if many ask for it at the same moment', async () => {
    await admin.enable(NEW, credentials('ff-0'));
    const asked = await Promise.allSettled([
      ...Array.from({ length: 5 }, (_, n) => admin.enable(`a${n}.example`, credentials('ff-1'))),
      run('firefish-credentials', NEW, credentials('ff-1')),
    ]);
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const users = [];
    for await (const { tenantId } of admin.services.tenants.all())
      users.push((await admin.services.loadTenant(tenantId))!.firefishClientId);
    expect(users.filter((id) => id === 'ff-1')).toHaveLength(1);
  });

  test('that was claimed by an enable which then crashed is free after a while', async () => {
    await tables.credentials.put(
      {
        ...keys.firefishClientKey(
          (await import('../../../lib/tenants/tenant-store.ts')).firefishClientHash('ff-1'),
        ),
        tenantId: 't_dead',
        claimedAt: clock.now(),
      },
      'absent',
    );
    await expect(admin.enable(ACME, credentials('ff-1'))).rejects.toThrow('try again in two minutes');
    clock.advance(CLAIM_GRACE_MS);
    await admin.enable(ACME, credentials('ff-1'));
  });
});

describe('move', () => {
  test('keeps credentials and all state, and frees the old domain', async () => {
    const issued = await admin.enable(ACME, { ...credentials('ff-1'), settings: { createCompanies: false } });
    const { tenantId, clientId } = issued;
    const before = (await admin.services.loadTenant(tenantId))!;
    await admin.services.tenants.markConnected(tenantId);
    expect(await run('move', ACME, { to: `HTTPS://${NEW}/` })).toEqual({
      ...{ tenantId, clientId, status: 'enabled', domain: NEW, formerDomain: ACME },
    });
    clock.advance(60_000);
    const after = (await admin.services.loadTenant(tenantId))!;
    expect(after).toMatchObject({
      domain: NEW,
      firefishClientId: 'ff-1',
      settings: { createCompanies: false },
    });
    expect(after.hash('ann@client.example')).toBe(before.hash('ann@client.example'));
    expect(await run('show', NEW)).toMatchObject({ tenantId, clientId, connectedAt: expect.any(String) });
    await expect(run('show', ACME)).rejects.toThrow('never enabled');
    expect(await admin.enable(ACME, credentials('ff-2'))).not.toMatchObject({ tenantId });
  });

  test('to another agency’s domain, enabled or disabled, is refused, and nothing changes', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await admin.enable(OTHER, credentials('ff-2'));
    await expect(run('move', ACME, { to: OTHER })).rejects.toThrow('another agency');
    await run('disable', OTHER);
    await expect(run('move', ACME, { to: OTHER })).rejects.toThrow('another agency');
    expect(await run('show', ACME)).toMatchObject({ domain: ACME });
  });

  test('works for a disabled agency, and moving back restores the first state', async () => {
    const { tenantId } = await admin.enable(ACME, credentials('ff-1'));
    await run('disable', ACME);
    await run('move', ACME, { to: NEW });
    await run('move', NEW, { to: ACME });
    expect(await admin.enable(ACME, credentials('ff-1'))).toMatchObject({ tenantId });
  });

  test('of two agencies to one domain at the same moment succeeds for one', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await admin.enable(OTHER, credentials('ff-2'));
    const both = await Promise.allSettled([run('move', ACME, { to: NEW }), run('move', OTHER, { to: NEW })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const domains = ((await admin.run({ verb: 'list' })) as Issued[]).map(({ domain }) => domain);
    expect(domains).toHaveLength(2);
    expect(domains).toContain(NEW);
  });

  test('of an unknown domain, or to the same domain, is refused', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await expect(run('move', OTHER, { to: NEW })).rejects.toThrow('never enabled');
    await expect(run('move', ACME, { to: ACME })).rejects.toThrow('already');
  });
});

describe('the settings’ version', () => {
  const set = (settings: object, version?: number): Promise<unknown> =>
    run('settings', ACME, { set: settings, ...(version === undefined ? {} : { version }) });
  beforeEach(() => admin.enable(ACME, credentials('ff-1')));

  test('grows with each change, and is shown', async () => {
    expect(await run('settings', ACME)).toMatchObject({ version: 1 });
    expect(await set({ defaultSource: 'SW' }, 1)).toMatchObject({ version: 2 });
    expect(await set({ defaultSource: 'SW' }, 2)).toMatchObject({ version: 2 });
    expect(await run('show', ACME)).toMatchObject({ settingsVersion: 2 });
  });

  test('protects two people who start with the same version: the second sees what the first has changed, and nothing is lost', async () => {
    await set({ addWhen: { contact: 'replied' }, updatePolicy: { fields: { JobTitle: 'never' } } }, 1);
    const second: unknown = await set({ defaultSource: 'SW' }, 1).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(SettingsConflictError);
    expect(second).toMatchObject({
      version: 2,
      changed: [
        { path: 'addWhen.contact', now: 'replied' },
        { path: 'updatePolicy.fields.JobTitle', now: 'never' },
      ],
      message: expect.stringMatching(
        /version 1: addWhen\.contact, updatePolicy\.fields\.JobTitle;.*version 2/,
      ),
    });
    expect(await run('settings', ACME)).toMatchObject({ settings: { defaultSource: 'SourceWhale' } });
  });

  test('shows all changes since the loaded version, and no earlier ones', async () => {
    await set({ defaultSource: 'A' });
    await set({ defaultSource: 'A', createCompanies: false });
    await set({ createCompanies: false, defaultOwnerEmail: 'boss@agency.example' });
    const failure: unknown = await set({}, 2).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      changed: [
        { path: 'createCompanies', now: false },
        { path: 'defaultOwnerEmail', now: 'boss@agency.example' },
        { path: 'defaultSource', now: 'SourceWhale' },
      ],
    });
    // A message can be logged, so it has no address.
    expect((failure as Error).message).not.toContain('boss@');
  });

  test('is optional: without it the last writer wins', async () => {
    await set({ defaultSource: 'A' });
    expect(await set({ defaultSource: 'B' })).toMatchObject({ settings: { defaultSource: 'B' }, version: 3 });
  });

  test('lets one of two changes at the same moment win', async () => {
    const both = await Promise.allSettled([set({ defaultSource: 'A' }, 1), set({ defaultSource: 'B' }, 1)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('that does not exist is refused', async () => {
    await expect(set({ defaultSource: 'A' }, 7)).rejects.toThrow('no version 7');
  });
});

describe('delete', () => {
  const remove = (domain = ACME): Promise<unknown> => run('delete', domain, { confirm: domain });
  /** One item for each kind of key of a tenant. */
  const fill = async (tenantId: TenantId): Promise<void> => {
    const makers = Object.entries<unknown>({ ...keys, ...syncKeys }).filter(
      (entry): entry is [string, (tenantId: TenantId, ...rest: string[]) => Key] =>
        typeof entry[1] === 'function' && /^\(?tenantId\b/.test(entry[1].toString()),
    );
    for (const [name, make] of makers) {
      const key = make(tenantId, 'a', 'b');
      if (
        typeof key === 'string' ||
        ['tenants', 'connections', keys.erasedPartition(tenantId)].includes(key.pk)
      )
        continue;
      await tables.sync.put({ ...key, of: name }, 'anything');
    }
    await tables.sync.put({ ...syncKeys.timerKey(clock.now(), tenantId) }, 'anything');
    await tables.sync.put({ ...keys.accessTokenKey(`hash-${tenantId}`), tenantId }, 'anything');
    await tables.audit.put({ ...keys.erasedKey(tenantId, 'hash') }, 'anything');
    await admin.services.tenants.markConnected(tenantId);
  };
  const mentions = (items: Item[], { tenantId, clientId }: Issued, domain: string): Item[] =>
    items.filter((item) => [tenantId, clientId, domain].some((id) => JSON.stringify(item).includes(id)));

  test('removes all data of the agency, and nothing of another', async () => {
    const acme = await admin.enable(ACME, credentials('ff-1'));
    const other = await admin.enable(OTHER, credentials('ff-2'));
    for (const { tenantId } of [acme, other]) await fill(tenantId);
    const erasures = (): Item[] => tables.audit.all().filter(({ pk }) => pk.startsWith('erased#'));
    const held = (): Item[] => [...tables.sync.all(), ...tables.credentials.all(), ...erasures()];
    const others = mentions(held(), other, OTHER);
    await run('disable', ACME);
    clock.advance(SETTLED_AFTER_MS);
    expect(await remove()).toMatchObject({ done: true });
    expect(mentions(held(), acme, ACME)).toEqual([]);
    expect(mentions(held(), other, OTHER)).toEqual(others);
    await expect(run('show', ACME)).rejects.toThrow('never enabled');
  });

  test('does nothing for an enabled agency, or without the same domain twice', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await expect(remove()).rejects.toThrow('disable it first');
    await run('disable', ACME);
    await expect(run('delete', ACME, { confirm: OTHER })).rejects.toThrow('confirm');
    await expect(run('delete', ACME)).rejects.toThrow('confirm');
    expect(await run('show', ACME)).toMatchObject({ status: 'disabled' });
  });

  test('right after disable removes what exists, and ends when no turn of the agency runs any more', async () => {
    const acme = await admin.enable(ACME, credentials('ff-1'));
    await fill(acme.tenantId);
    await run('disable', ACME);
    const settledAt = new Date(clock.now() + SETTLED_AFTER_MS).toISOString();
    expect(await remove()).toMatchObject({ done: false, askAgainAt: settledAt });
    expect(mentions(tables.sync.all(), acme, ACME)).toEqual([]);
    expect(await run('show', ACME)).toMatchObject({ status: 'disabled', deleting: true });
    // A worker that still works for the agency.
    await fill(acme.tenantId);
    clock.advance(SETTLED_AFTER_MS);
    expect(await remove()).toMatchObject({ done: true });
    expect(mentions([...tables.sync.all(), ...tables.credentials.all()], acme, ACME)).toEqual([]);
  });

  test('that has begun prevents enable and move of the half-deleted agency', async () => {
    await admin.enable(ACME, credentials('ff-1'));
    await run('disable', ACME);
    await remove();
    await expect(admin.enable(ACME, credentials('ff-1'))).rejects.toThrow('run delete again');
    await expect(run('move', ACME, { to: NEW })).rejects.toThrow('being deleted');
  });

  test('continues where it stopped if the table takes longer than one act may last', async () => {
    const acme = await admin.enable(ACME, credentials('ff-1'));
    for (let n = 0; n < 3_500; n += 1)
      await tables.sync.put(
        {
          ...syncKeys.eventItemKey(n % 2 === 0 ? acme.tenantId : ('t_other' as TenantId), `e${n}` as EventId),
        },
        'absent',
      );
    await run('disable', ACME);
    clock.advance(SETTLED_AFTER_MS);
    const { syncItems } = admin.services;
    admin.services.syncItems = Object.assign(Object.create(syncItems) as typeof syncItems, {
      scan: (...args: Parameters<typeof syncItems.scan>) => {
        clock.advance(15_000);
        return syncItems.scan(...args);
      },
      delete: (...args: Parameters<typeof syncItems.delete>) => syncItems.delete(...args),
    });
    expect(await remove()).toMatchObject({ done: false });
    expect(await remove()).toMatchObject({ done: true });
    expect(mentions(tables.sync.all(), acme, ACME)).toEqual([]);
    expect(tables.sync.all()).toHaveLength(1_750);
  });

  test('makes an agency that is enabled later a new agency', async () => {
    const before = await admin.enable(ACME, credentials('ff-1'));
    await run('disable', ACME);
    clock.advance(SETTLED_AFTER_MS);
    await remove();
    const after = await admin.enable(ACME, credentials('ff-1'));
    expect(after.tenantId).not.toBe(before.tenantId);
    expect(after.clientId).not.toBe(before.clientId);
  });
});

describe('the name of the caller', () => {
  test('is replaced in the trail by a keyed hash if it has an e-mail address, each time by the same one', async () => {
    const session = 'arn:aws:sts::123456789012:assumed-role/Operators/Olive.Operator@agency.example';
    await admin.enable(ACME, credentials('ff-1'));
    const { runVerb } = await import('../../../lib/admin/run-verb.ts');
    for (const requestId of ['r1', 'r2'])
      await runVerb(
        admin.services,
        { verb: 'settings', domain: ACME },
        { by: session, requestId, role: 'operator' },
      );
    const names = tables.audit.all().flatMap(({ verb, by }) => (verb === 'settings' ? [by] : []));
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^arn:aws:sts::123456789012:assumed-role\/Operators\/person-[\w-]{16}$/);
    expect(JSON.stringify(tables.audit.all())).not.toMatch(/agency\.example/i);
  });
});
