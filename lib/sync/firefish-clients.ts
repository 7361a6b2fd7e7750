import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { createFirefish } from '../firefish/client.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

interface FirefishClientsDeps {
  config: FirefishConfig;
  table: Table;
  cipher: Cipher;
  clock: Clock;
  fetch: typeof fetch;
  random?: () => number;
}

/** One client per tenant and credentials: it remembers the token and the limiter's last state. */
export function firefishClients(deps: FirefishClientsDeps): (tenant: Tenant) => Firefish {
  const clients = new Map<string, { givenAt: number; firefish: Firefish }>();
  return ({ tenantId, firefishClientId, firefishClientSecret, firefishGivenAt: givenAt }) => {
    const known = clients.get(tenantId);
    if (known?.givenAt === givenAt) return known.firefish;
    const credentials = { clientId: firefishClientId, clientSecret: firefishClientSecret };
    const firefish = createFirefish({ ...deps, tenantId, ...credentials, givenAt });
    clients.set(tenantId, { givenAt, firefish });
    return firefish;
  };
}
