import type { TenantId } from '../../lib/ids.ts';
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Pseudonyms } from '../../lib/admin/people/pseudonyms.ts';
import { runVerb } from '../../lib/admin/run-verb.ts';
import type { AdminServices, Caller } from '../../lib/admin/verb.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Cipher } from '../../lib/crypto/cipher.ts';
import type { ScannableTable, Table } from '../../lib/store/table.ts';
import { tenantLoader } from '../../lib/tenants/load-tenant.ts';
import { TenantStore } from '../../lib/tenants/tenant-store.ts';
import { createIntake, type Intake } from '../../lib/intake/accept-batch.ts';
import type { WakeUp, WakeUps } from '../../lib/queue/wake-ups.ts';
import { MemoryDocumentFiles } from './memory-document-files.ts';

export interface Issued {
  tenantId: TenantId;
  domain: string;
  clientId: string;
  clientSecret: string;
}

export interface Admin {
  services: AdminServices;
  intake: Intake;
  sent: WakeUp[];
  documents: MemoryDocumentFiles;
  run(payload: Record<string, unknown>, role?: Caller['role']): Promise<unknown>;
  enable(domain: string, more?: Record<string, unknown>): Promise<Issued>;
}

/** Administration on given tables, with a Firefish that accepts all credentials unless the test says otherwise. */
export function makeAdmin(
  tables: { credentials: Table; sync: Table & ScannableTable; audit: Table },
  cipher: Cipher,
  clock: Clock,
  checkCredentials: AdminServices['checkCredentials'] = () =>
    Promise.resolve({ ok: true, missingScopes: [] }),
): Admin {
  const tenants = new TenantStore(tables.credentials, clock);
  const documents = new MemoryDocumentFiles();
  const sent: WakeUp[] = [];
  const wakeUps: WakeUps = {
    send: (some) => {
      sent.push(...some);
      return Promise.resolve([]);
    },
  };
  const intake = createIntake({ table: tables.sync, wakeUps, cipher, clock, newId: randomUUID });
  const services: AdminServices = {
    tenants,
    loadTenant: tenantLoader(tenants, cipher),
    sync: tables.sync,
    syncItems: tables.sync,
    audit: tables.audit,
    pseudonyms: new Pseudonyms(tables.credentials, cipher, randomBytes),
    documents,
    wakeUps,
    intake,
    newId: randomUUID,
    cipher,
    clock,
    random: randomBytes,
    nextCheck: () => Promise.resolve(undefined),
    checkCredentials,
    probe: () => Readable.from([]),
  };
  let requests = 0;
  const run: Admin['run'] = (payload, role = 'operator') => {
    requests += 1;
    return runVerb(services, payload, { by: 'a test', requestId: `request-${requests}`, role });
  };
  return {
    services,
    intake,
    sent,
    documents,
    run,
    enable: (domain, more = {}) =>
      run({
        verb: 'enable',
        domain,
        // Each agency has its own client id in Firefish.
        firefishClientId: /^(?:https:..)?acme\./i.test(domain) ? 'ff-1' : `ff-${domain}`,
        firefishClientSecret: 'ff-1-secret',
        ...more,
      }) as Promise<Issued>,
  };
}
