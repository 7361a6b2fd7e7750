/** What the console's doors work with. */
import type { AdminServices } from '../admin/verb.ts';
import type { RateLimit } from '../config.ts';
import type { Gate } from '../events/visible-state.ts';
import { readGate } from '../firefish/gate.ts';
import type { Firefish } from '../firefish/port.ts';
import type { Intake } from '../intake/accept-events.ts';
import type { CountingTable } from '../store/counting-table.ts';
import type { Table } from '../store/table.ts';
import type { Tenant } from '../tenants/tenant.ts';

export interface ConsoleServices extends AdminServices {
  credentials: Table;
  sync: CountingTable;
  intake: Intake;
  firefishOf: (tenant: Tenant) => Firefish;
  /** Firefish's, per endpoint. */
  limits: readonly RateLimit[];
  newId: () => string;
}

export const readGateOf = (
  { sync, clock }: Pick<ConsoleServices, 'sync' | 'clock'>,
  tenantId: string,
): Promise<Gate | undefined> => readGate(sync, tenantId, clock.now());
