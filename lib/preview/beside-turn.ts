/** Calls beside a tenant's turn: they announce themselves to it, and keep its limits, breaker and token. */
import type { Clock } from '../clock.ts';
import type { FirefishConfig } from '../config.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { PreviewedFirefish } from '../firefish/port.ts';
import { announceCalls } from '../firefish/preview-budget.ts';
import { createTenantFirefish } from '../firefish/tenant-firefish.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { isQuietSince, openMemory, readTurn } from '../turn/turn-record.ts';

export interface BesideDeps {
  table: Table;
  cipher: Cipher;
  clock: Clock;
  /** 0 to 1, for jitter. */
  random: () => number;
  config: FirefishConfig;
  fetch: typeof fetch;
}

/** @throws PreviewBusyError while others are made for the tenant, or if the time is up; FirefishError */
export async function besideTurn<T>(
  deps: BesideDeps,
  tenant: Tenant,
  ask: (firefish: PreviewedFirefish) => Promise<T>,
): Promise<T> {
  const { table, clock, random, config, fetch } = deps;
  const { tenantId } = tenant;
  const before = await readTurn(table, tenantId);
  const isAlone = async (): Promise<boolean> => isQuietSince(before, await readTurn(table, tenantId));
  const limits = config.FIREFISH_RATE_LIMITS;
  const budget = await announceCalls({ table, tenantId, clock, limits, isAlone });
  try {
    // What limits, breaker and token were when the turn last saved them; nothing of it is written here.
    const memory = await openMemory(deps, tenantId, before);
    const firefish = createTenantFirefish({
      ...{ tenantId, config, clock, random, fetch, table, ...memory, pace: budget.pace },
      clientId: tenant.firefishClientId,
      clientSecret: tenant.firefishClientSecret,
      givenAt: tenant.firefishGivenAt,
      mayLeave: () => undefined,
    });
    firefish.others(budget.before);
    try {
      // A person waits for it: as urgent as a single change.
      return await ask(firefish.for({ urgency: 2 }));
    } finally {
      await firefish.end();
    }
  } finally {
    await budget.end();
  }
}
