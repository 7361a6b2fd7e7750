import { describe, expect, test } from '@jest/globals';
import * as keys from '../../../lib/store/keys.ts';

type Make = (...parts: string[]) => string | { pk: string; sk: string };
const makers = Object.entries(keys as Record<string, unknown>).filter(
  (entry): entry is [string, Make] => typeof entry[1] === 'function',
);
const namesTenantFirst = ([, make]: [string, Make]): boolean => /^\(?tenantId\b/.test(make.toString());
const partitionOf = (key: ReturnType<Make>): string => (typeof key === 'string' ? key : key.pk);

/** Partitions that list tenants by design, read by the sweeper, the watch and the credentials' keeper: no tenant's data. */
const OF_ALL_TENANTS: Readonly<Record<string, string>> = {
  workKey: 'work',
  backlogMarkKey: 'parked',
  alertKey: 'alerts',
  tenantKey: 'tenants',
};
/** What leads to a tenant, or belongs to none. A new one is thought about before it stands here. */
const OF_NO_TENANT = ['accessTokenKey', 'auditKey', 'clientKey', 'domainKey', 'egressKey', 'failuresKey'];

describe('the keys of the tables', () => {
  const [ofTenants, others] = [
    makers.filter(namesTenantFirst),
    makers.filter((one) => !namesTenantFirst(one)),
  ];

  test.each(ofTenants)('%s: one tenant’s partition is never another’s', (name, make) => {
    const [one, other] = ['t_one', 't_other'].map((tenantId) => make(tenantId, 'a', 'b'));
    const shared = OF_ALL_TENANTS[name];
    if (shared === undefined) {
      expect(partitionOf(one!)).toMatch(/^t_one#./);
      expect(partitionOf(other!)).toMatch(/^t_other#./);
    } else {
      expect([one, other]).toEqual([
        { pk: shared, sk: expect.stringMatching(/^t_one\b/) },
        { pk: shared, sk: expect.stringMatching(/^t_other\b/) },
      ]);
    }
  });

  test('there are no others but those that belong to no tenant', () => {
    expect(others.map(([name]) => name).sort()).toEqual(OF_NO_TENANT);
  });
});
