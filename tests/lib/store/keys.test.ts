import type { TenantId } from '../../../lib/ids.ts';
import { describe, expect, test } from '@jest/globals';
import * as ofOthers from '../../../lib/store/keys.ts';
import * as sync from '../../../lib/store/sync-keys.ts';

const keys = { ...ofOthers, ...sync };

type Make = (...parts: string[]) => string | { pk: string; sk: string };
const makers = Object.entries(keys as Record<string, unknown>).filter(
  (entry): entry is [string, Make] =>
    typeof entry[1] === 'function' &&
    /(?:Key|Partition|Index)$/.test(entry[0]) &&
    entry[0] !== 'eventIdOfKey',
);
const namesTenantFirst = ([, make]: [string, Make]): boolean => /^\(?tenantId\b/.test(make.toString());
const partitionOf = (key: ReturnType<Make>): string => (typeof key === 'string' ? key : key.pk);

/** Partitions that list tenants by design, read by the watch and the credentials' keeper: no tenant's data. */
const OF_ALL_TENANTS: Readonly<Record<string, string>> = {
  alertKey: 'alerts',
  tenantKey: 'tenants',
  connectionKey: 'connections',
};
/** What leads to a tenant, or belongs to none. A new one is thought about before it stands here. */
const OF_NO_TENANT = [
  ...['accessTokenKey', 'auditKey', 'clientKey', 'domainKey', 'egressTokensKey', 'failuresKey'],
  ...['firefishClientKey', 'signOutKey', 'timerKey'],
];

describe('the keys of the tables', () => {
  const [ofTenants, others] = [
    makers.filter(namesTenantFirst),
    makers.filter((one) => !namesTenantFirst(one)),
  ];

  test('of a tenant’s items have its prefix, or are in a partition that is listed as shared', () => {
    const tenantId = 't_one' as TenantId;
    const ELSEWHERE = ['tenantKey', 'connectionKey', 'erasedKey', 'erasedPartition'];
    for (const [name, make] of ofTenants.filter(([one]) => !ELSEWHERE.includes(one))) {
      const key = make(tenantId, 'a', 'b');
      const { pk, sk } = typeof key === 'string' ? { pk: key, sk: '' } : key;
      const found = pk.startsWith(keys.tenantPrefix(tenantId)) || keys.SHARED_PARTITIONS[pk]?.(sk, tenantId);
      expect([name, found]).toEqual([name, true]);
    }
  });

  test.each(ofTenants)('never share a partition between two tenants: %s', (name, make) => {
    const [one, other] = ['t_one', 't_other'].map((tenantId) => make(tenantId, 'a', 'b'));
    const shared = OF_ALL_TENANTS[name];
    if (name.startsWith('erased')) {
      expect([one, other].map((key) => partitionOf(key!))).toEqual(['erased#t_one', 'erased#t_other']);
    } else if (shared === undefined) {
      expect(partitionOf(one!)).toMatch(/^t_one#./);
      expect(partitionOf(other!)).toMatch(/^t_other#./);
    } else {
      expect([one, other]).toEqual([
        { pk: shared, sk: expect.stringMatching(/^t_one\b/) },
        { pk: shared, sk: expect.stringMatching(/^t_other\b/) },
      ]);
    }
  });

  test('are complete: all others belong to no tenant', () => {
    expect(others.map(([name]) => name).sort()).toEqual(OF_NO_TENANT);
    expect(
      keys.SHARED_PARTITIONS[keys.TIMERS_PARTITION]?.(
        keys.timerKey(0, 't_one' as TenantId).sk,
        't_one' as TenantId,
      ),
    ).toBe(true);
  });
});
