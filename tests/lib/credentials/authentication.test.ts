import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { makeClientSecret } from '../../../lib/credentials/client-secret.ts';
import { type Authenticators, openAuthentication } from '../../../lib/credentials/open-authentication.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import type { Key } from '../../../lib/store/table.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

/** What the contract gives a revocation to reach every instance. */
const BOUND_MS = 60_000;

class CountingTable extends MemoryTable {
  reads: string[] = [];
  override get(key: Key) {
    this.reads.push(key.pk);
    return super.get(key);
  }
}

describe('authentication', () => {
  let clock: TestClock;
  let credentials: CountingTable;
  let sync: MemoryTable;
  let admin: Admin;
  let acme: Issued;
  let authenticators: Authenticators;

  const may = async ({ clientId, clientSecret }: Issued): Promise<boolean> =>
    (await authenticators.clients.verify(clientId, clientSecret)) !== undefined;
  const token = async (): Promise<string> => {
    const verified = await authenticators.clients.verify(acme.clientId, acme.clientSecret);
    return authenticators.tokens.issue(verified!, randomBytes);
  };
  const mayWith = async (accessToken: string): Promise<boolean> =>
    (await authenticators.tokens.verify(accessToken)) !== undefined;

  beforeEach(async () => {
    clock = new TestClock();
    credentials = new CountingTable(clock);
    sync = new MemoryTable(clock);
    admin = makeAdmin({ credentials, sync, audit: new MemoryTable(clock) }, testCipher, clock);
    acme = await admin.enable('acme.firefishsoftware.com');
    authenticators = openAuthentication(credentials, sync, clock);
  });

  describe('with a client id and secret', () => {
    test('accepts only an id and a secret that belong together', async () => {
      const other = await admin.enable('other.firefishsoftware.com');
      expect(await may(acme)).toBe(true);
      expect(await may({ ...acme, clientSecret: other.clientSecret })).toBe(false);
      expect(await may({ ...other, clientId: acme.clientId })).toBe(false);
      expect(await may({ ...acme, clientSecret: '' })).toBe(false);
      expect(await authenticators.clients.verify(acme.clientId, acme.clientSecret)).toMatchObject({
        tenant: { tenantId: acme.tenantId },
      });
    });

    test('accepts a new secret at once, whatever is cached', async () => {
      expect(await may(acme)).toBe(true);
      const next = (await admin.run({ verb: 'rotate', domain: acme.domain })) as Issued;
      expect(await may(next)).toBe(true);
    });

    test('accepts both secrets during the overlap, then only the new one', async () => {
      const next = (await admin.run({ verb: 'rotate', domain: acme.domain, overlap: '1h' })) as Issued;
      clock.advance(3_599_999);
      expect([await may(acme), await may(next)]).toEqual([true, true]);
      clock.advance(1);
      expect([await may(acme), await may(next)]).toEqual([false, true]);
    });

    test.each([
      ['rotated out at once', { verb: 'rotate', overlap: '0' }],
      ['of a disabled tenant', { verb: 'disable' }],
    ])('a secret %s stops within the bound, on an instance that used it just before', async (_, act) => {
      expect(await may(acme)).toBe(true);
      await admin.run({ ...act, domain: acme.domain });
      clock.advance(BOUND_MS);
      expect(await may(acme)).toBe(false);
    });

    test('refuses everyone of a disabled tenant, even if a secret were left', async () => {
      const tenant = (await admin.services.tenants.read(acme.tenantId))!;
      await admin.services.tenants.put({ ...tenant, status: 'disabled' }, tenant.version);
      expect(await may(acme)).toBe(false);
    });

    test('an unknown id costs the same reads as a wrong secret', async () => {
      const readsOf = async (who: Issued): Promise<string[]> => {
        authenticators = openAuthentication(credentials, sync, clock);
        credentials.reads = [];
        expect(await may(who)).toBe(false);
        return credentials.reads;
      };
      const wrong = await readsOf({ ...acme, clientSecret: makeClientSecret(randomBytes) });
      expect(wrong.length).toBeGreaterThan(0);
      expect(await readsOf({ ...acme, clientId: `sw_${'A'.repeat(16)}` })).toEqual(wrong);
    });

    test('does not show whether a good secret was used just before, however often it is asked', async () => {
      expect(await may(acme)).toBe(true);
      const readsOf = async (who: Issued): Promise<string[]> => {
        credentials.reads = [];
        expect(await may(who)).toBe(false);
        return credentials.reads;
      };
      const stranger = { ...acme, clientId: `sw_${'A'.repeat(16)}` };
      for (let n = 0; n < 3; n += 1) {
        const wrong = { ...acme, clientSecret: makeClientSecret(randomBytes) };
        expect([await readsOf(wrong), await readsOf(stranger)]).toEqual([
          ['clients', 'tenants'],
          ['clients', 'tenants'],
        ]);
      }
    });

    test('reads good credentials once in half a minute, and ids that cannot be ours never', async () => {
      await may(acme);
      credentials.reads = [];
      for (let n = 0; n < 10; n += 1) expect(await may(acme)).toBe(true);
      await may({ ...acme, clientId: 'nobody' });
      await may({ ...acme, clientSecret: `${acme.clientSecret}x` });
      expect(credentials.reads).toEqual([]);
    });
  });

  describe('with a token', () => {
    test('accepts the token for an hour', async () => {
      const accessToken = await token();
      clock.advance(3_599_000);
      expect(await mayWith(accessToken)).toBe(true);
      clock.advance(1_000);
      expect(await mayWith(accessToken)).toBe(false);
    });

    test('the table holds its hash, not the token', async () => {
      const accessToken = await token();
      expect(JSON.stringify(sync.all())).not.toContain(accessToken);
    });

    test.each([
      ['its secret', { verb: 'rotate', overlap: '0' }],
      ['its tenant', { verb: 'disable' }],
    ])('a token ends with %s, within the bound', async (_, act) => {
      const accessToken = await token();
      expect(await mayWith(accessToken)).toBe(true);
      await admin.run({ ...act, domain: acme.domain });
      clock.advance(BOUND_MS);
      expect(await mayWith(accessToken)).toBe(false);
    });

    test('a token ends when its tenant is deleted', async () => {
      const accessToken = await token();
      const left = sync.all().find(({ pk }) => pk.startsWith('access-token#'))!;
      await admin.run({ verb: 'disable', domain: acme.domain });
      clock.advance(200_000);
      const deletion = { verb: 'delete', domain: acme.domain, confirm: acme.domain };
      expect(await admin.run(deletion)).toMatchObject({ done: true });
      expect(await sync.get(left)).toBeUndefined();
      await sync.put(left, 'absent');
      expect([await mayWith(accessToken), await may(acme)]).toEqual([false, false]);
    });

    test('a token stays valid if its agency moves', async () => {
      const accessToken = await token();
      await admin.run({ verb: 'move', domain: acme.domain, to: 'new.firefishsoftware.com' });
      clock.advance(BOUND_MS);
      expect([await mayWith(accessToken), await may(acme)]).toEqual([true, true]);
    });

    test('an old token is not valid again if the tenant is enabled again', async () => {
      const accessToken = await token();
      await admin.run({ verb: 'disable', domain: acme.domain });
      await admin.enable(acme.domain);
      clock.advance(BOUND_MS);
      expect(await mayWith(accessToken)).toBe(false);
    });

    test('a token from a new secret works on an instance that has cached the old one', async () => {
      const elsewhere = openAuthentication(credentials, sync, clock);
      await elsewhere.clients.verify(acme.clientId, acme.clientSecret);
      const next = (await admin.run({ verb: 'rotate', domain: acme.domain, overlap: '0' })) as Issued;
      const verified = await authenticators.clients.verify(next.clientId, next.clientSecret);
      expect(
        await elsewhere.tokens.verify(await authenticators.tokens.issue(verified!, randomBytes)),
      ).toBeDefined();
    });
  });
});
