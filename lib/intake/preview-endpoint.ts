/** `POST /v1/preview`: what events would change, for a careful first push. */
import type { Clock } from '../clock.ts';
import { innerId, withInnerIds } from '../events/inner-id.ts';
import type { Event } from '../events/event.ts';
import { FirefishError, NotNowError } from '../firefish/errors.ts';
import { PreviewBusyError } from '../firefish/preview-budget.ts';
import type { TenantEvent } from '../http/authentication.ts';
import { unavailable } from '../http/http-edge.ts';
import { Problem } from '../http/problem.ts';
import { MAX_PREVIEWED } from '../http/preview-limit.ts';
import { parseJson, readText, requireJson } from '../http/read-json.ts';
import { type HttpResponse, json } from '../http/response.ts';
import type { RunPreview } from '../preview/preview-events.ts';
import type { Table } from '../store/table.ts';
import type { LoadTenant } from '../tenants/load-tenant.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { MAX_BODY_BYTES } from './events-endpoint.ts';
import { readEvents } from './read-events.ts';
import { withoutReused } from './reused-ids.ts';
import { withoutUnlinked } from './unlinked-companies.ts';

type Valid = { index: number; event: Event };

export const previewEndpoint =
  (runPreview: RunPreview, table: Pick<Table, 'getMany'>, loadTenant: LoadTenant, clock: Clock) =>
  async (request: TenantEvent): Promise<HttpResponse> => {
    requireJson(request);
    const text = readText(request, MAX_BODY_BYTES);
    const { tenantId } = request.tenant;
    const read = readEvents(text, parseJson(text), MAX_PREVIEWED, new Date(clock.now()));
    const linked = await withoutUnlinked(table, tenantId, read);
    const checked = await withoutReused(table, tenantId, linked);
    const valid = checked.filter((one) => 'event' in one);
    const rejected = checked.filter((one) => 'errors' in one);
    if (valid.length === 0) {
      throw new Problem('no-valid-event', 'Fix the events listed in "rejected", then send them again.', {
        members: { rejected },
      });
    }
    const tenant = await loadTenant(tenantId);
    if (tenant === undefined) throw unavailable('The tenant could not be read; send the same request again.');
    return json(200, { events: await previewAll(runPreview, tenant, valid, clock), rejected });
  };

async function previewAll(
  runPreview: RunPreview,
  tenant: Tenant,
  valid: readonly Valid[],
  clock: Clock,
): Promise<unknown[]> {
  const secondsUntil = (at: number): number => Math.max(1, Math.ceil((at - clock.now()) / 1000));
  try {
    const previews = await runPreview(
      tenant,
      valid.map(({ event }) => withInnerIds(event)),
    );
    return valid.map(({ index, event }) => ({ index, ...previews.get(innerId(event.id)), id: event.id }));
  } catch (error) {
    if (error instanceof PreviewBusyError) {
      const detail =
        'Another preview runs, or this one takes too long; try again later, or with fewer events.';
      throw unavailable(detail, secondsUntil(error.retryAt));
    }
    if (error instanceof NotNowError) {
      const detail = `Firefish cannot be called now (${error.reason}). Try again later.`;
      throw unavailable(detail, secondsUntil(error.retryAt));
    }
    if (error instanceof FirefishError)
      throw unavailable('Firefish did not answer as expected; try again later.');
    throw error;
  }
}
