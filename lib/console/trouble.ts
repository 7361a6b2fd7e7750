/** Which agencies are in trouble, for the list of agencies. It covers the same conditions as the alerts, in the same words. */
import type { TenantId } from '../ids.ts';
import type { AlertKind } from '../alerts/alert.ts';
import { newestFailure } from '../alerts/conditions.ts';
import { ALERTS_PARTITION } from '../store/keys.ts';
import { queryAll } from '../store/table.ts';
import type { TenantRecord } from '../tenants/tenant-record.ts';
import { readTurn, troubleOf as troubleOfFirefish } from '../turn/turn-record.ts';
import { iso } from './events/describe-event.ts';
import type { ConsoleServices } from './services.ts';

export interface Trouble {
  kind: AlertKind;
  /** Since when. For failed events: when the newest one failed. */
  since: string;
}

type Services = Pick<ConsoleServices, 'sync' | 'tenants'>;

/** The current state: it takes one item and the first entry of one list, however many events there are. */
export async function troubleOf(
  { sync }: Pick<Services, 'sync'>,
  { tenantId, firefishCheckedAt }: TenantRecord,
): Promise<Trouble[]> {
  const [turn, failedAt] = await Promise.all([readTurn(sync, tenantId), newestFailure(sync, tenantId)]);
  const trouble = troubleOfFirefish(turn, firefishCheckedAt);
  return [
    ...(trouble === undefined
      ? []
      : [
          {
            kind:
              trouble.reason === 'credentials' ? ('credentials-refused' as const) : ('breaker-open' as const),
            since: iso(trouble.since),
          },
        ]),
    ...(failedAt === undefined ? [] : [{ kind: 'events-failed' as const, since: iso(failedAt) }]),
  ];
}

/** Domains of the tenants with an open alert: all of them are in one partition. */
export async function domainsInTrouble({ sync, tenants }: Services): Promise<string[]> {
  const tenantIds = new Set<TenantId>();
  for await (const { tenantId } of queryAll(sync, { pk: ALERTS_PARTITION }))
    tenantIds.add(String(tenantId) as TenantId);
  const records = await Promise.all([...tenantIds].map((tenantId) => tenants.recent(tenantId)));
  return records.flatMap((tenant) => (tenant === undefined ? [] : [tenant.domain])).sort();
}
