/** `POST /v1/preview`: what events would do, for the cautious first push. */
import type { Clock } from '../clock.ts';
import { outerId } from '../events/inner-id.ts';
import { FirefishError, NotNowError } from '../firefish/errors.ts';
import { MAX_BODY_BYTES } from './events-endpoint.ts';
import { readEvents } from './read-events.ts';
import type { ReadContext } from '../sync/context.ts';
import { previewEvents } from '../sync/preview.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { TenantEvent } from '../http/authentication.ts';
import { unavailable } from '../http/http-edge.ts';
import { Problem } from '../http/problem.ts';
import { MAX_PREVIEWED } from '../http/preview-limit.ts';
import { parseJson, readText, requireJson } from '../http/read-json.ts';
import { type HttpResponse, json } from '../http/response.ts';

/** What the preview of one tenant's events works with; nothing in it is written to. */
type PreviewContext = (tenant: Tenant) => ReadContext;

export const previewEndpoint =
  (contextOf: PreviewContext, loadTenant: (tenantId: string) => Promise<Tenant | undefined>, clock: Clock) =>
  async (request: TenantEvent): Promise<HttpResponse> => {
    requireJson(request);
    const text = readText(request, MAX_BODY_BYTES);
    const checked = readEvents(text, parseJson(text), MAX_PREVIEWED, clock.now());
    const valid = checked.filter((one) => 'event' in one);
    const rejected = checked.filter((one) => 'errors' in one);
    if (valid.length === 0) {
      throw new Problem('no-valid-event', 'Mend what "rejected" names, then send the events again.', {
        members: { rejected },
      });
    }
    const tenant = await loadTenant(request.tenant.tenantId);
    if (tenant === undefined) throw unavailable('The tenant could not be read; send the same request again.');
    const previews = await previewed(contextOf(tenant), valid);
    return json(200, { events: previews, rejected });
  };

async function previewed(
  context: ReadContext,
  valid: readonly { index: number; event: Parameters<typeof previewEvents>[1][number] }[],
): Promise<unknown[]> {
  try {
    const previews = await previewEvents(
      context,
      valid.map(({ event }) => event),
    );
    return valid.map(({ index, event }) => ({ index, ...previews.get(event.id), id: outerId(event.id) }));
  } catch (error) {
    if (error instanceof NotNowError) {
      throw unavailable(`Firefish can't be asked now (${error.reason}); try again later.`);
    }
    if (error instanceof FirefishError)
      throw unavailable('Firefish did not answer as expected; try again later.');
    throw error;
  }
}
