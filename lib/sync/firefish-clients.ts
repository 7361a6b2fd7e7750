import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { createFirefish } from '../firefish/client.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

export interface FirefishClientsDeps {
  config: FirefishConfig;
  table: Table;
  cipher: Cipher;
  clock: Clock;
  fetch: typeof fetch;
  random?: () => number;
}

/** One client per tenant and credentials: it remembers the token and the limiter's last state. */
export function firefishClients(deps: FirefishClientsDeps): (tenant: Tenant) => Firefish {
  const clients = new Map<string, { clientId: string; clientSecret: string; firefish: Firefish }>();
  return ({ tenantId, firefishClientId: clientId, firefishClientSecret: clientSecret }) => {
    const known = clients.get(tenantId);
    if (known?.clientId === clientId && known.clientSecret === clientSecret) return known.firefish;
    const firefish = createFirefish({ ...deps, tenantId, clientId, clientSecret });
    clients.set(tenantId, { clientId, clientSecret, firefish });
    return firefish;
  };
}
