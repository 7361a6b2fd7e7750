/** What the console's endpoints work with. */
import type { AdminServices } from '../admin/verb.ts';
import type { RateLimit } from '../config.ts';
import type { Gate } from '../events/visible-state.ts';
import type { Urgency } from '../events/urgency.ts';
import type { PreviewedFirefish } from '../firefish/port.ts';
import type { Intake } from '../intake/accept-batch.ts';
import type { Table } from '../store/table.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SignOuts } from './sign-in/sign-outs.ts';
import { readTurn, type TurnRecord, waitOf } from '../turn/turn-record.ts';

export interface ConsoleServices extends AdminServices {
  credentials: Table;
  signOuts: SignOuts;
  intake: Intake;
  /** Reads of a tenant's Firefish, outside its turn. @throws PreviewBusyError while others are made */
  askFirefish: <T>(tenant: Tenant, ask: (firefish: PreviewedFirefish) => Promise<T>) => Promise<T>;
  /** Firefish's, per endpoint. */
  limits: readonly RateLimit[];
}

/** Why and until when work of an urgency waits. */
export type WaitsOf = (urgency: Urgency) => Gate | undefined;

export const waitsIn =
  (turn: TurnRecord | undefined, { firefishCheckedAt }: TenantRecord, now: number): WaitsOf =>
  (urgency) =>
    waitOf(turn, firefishCheckedAt, urgency, now);

export const readWaits = async (
  { sync, clock }: Pick<ConsoleServices, 'sync' | 'clock'>,
  tenant: TenantRecord,
): Promise<WaitsOf> => waitsIn(await readTurn(sync, tenant.tenantId), tenant, clock.now());
