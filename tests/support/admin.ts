import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { runVerb } from '../../lib/admin/run-verb.ts';
import type { AdminServices } from '../../lib/admin/verb.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Cipher } from '../../lib/crypto/cipher.ts';
import type { Table } from '../../lib/store/table.ts';
import { tenantLoader } from '../../lib/tenants/load-tenant.ts';
import { TenantStore } from '../../lib/tenants/tenant-store.ts';
import type { QueuedPointer } from '../../lib/queue/queue.ts';

export interface Issued {
  tenantId: string;
  domain: string;
  clientId: string;
  clientSecret: string;
}

export interface Admin {
  services: AdminServices;
  sent: QueuedPointer[];
  run(payload: Record<string, unknown>): Promise<unknown>;
  enable(domain: string, more?: Record<string, unknown>): Promise<Issued>;
}

/** Administration on given tables, with a Firefish that takes every pair of credentials unless told otherwise. */
export function makeAdmin(
  tables: { credentials: Table; sync: Table; audit: Table },
  cipher: Cipher,
  clock: Clock,
  checkCredentials: AdminServices['checkCredentials'] = () =>
    Promise.resolve({ ok: true, missingScopes: [] }),
): Admin {
  const tenants = new TenantStore(tables.credentials, clock);
  const sent: QueuedPointer[] = [];
  const services: AdminServices = {
    tenants,
    loadTenant: tenantLoader(tenants, cipher),
    sync: tables.sync,
    audit: tables.audit,
    queue: {
      send: (pointers) => {
        sent.push(...pointers);
        return Promise.resolve([]);
      },
    },
    cipher,
    clock,
    random: randomBytes,
    checkCredentials,
    probe: () => Readable.from([]),
  };
  let requests = 0;
  const run = (payload: Record<string, unknown>): Promise<unknown> => {
    requests += 1;
    return runVerb(services, payload, { by: 'a test', requestId: `request-${requests}` });
  };
  return {
    services,
    sent,
    run,
    enable: (domain, more = {}) =>
      run({
        verb: 'enable',
        domain,
        firefishClientId: 'ff-1',
        firefishClientSecret: 'ff-1-secret',
        ...more,
      }) as Promise<Issued>,
  };
}
