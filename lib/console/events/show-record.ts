/** `GET …/records/{entity}/{ref}`: the address of a record in Firefish. Calls Firefish within the tenant's limits. */
import * as z from 'zod';
import { FirefishError, NotFoundError } from '../../firefish/errors.ts';
import { PreviewBusyError } from '../../firefish/preview-budget.ts';
import { unavailable } from '../../http/http-edge.ts';
import { json } from '../../http/response.ts';
import { notFound, type TenantEndpoint } from '../router.ts';
import type { ConsoleServices } from '../services.ts';
import { tenantOf } from '../tenant-id.ts';

const schema = z.object({
  entity: z.enum(['candidate', 'contact', 'company']),
  ref: z.coerce.number().int().min(1),
});
/** C: the only link to a page for people that a profile is known to hold. */
const PAGE_FIELD = 'CandidateURL';

export const showRecord =
  (services: ConsoleServices): TenantEndpoint =>
  async ({ domain, parameters }) => {
    const parsed = schema.safeParse(parameters);
    if (!parsed.success) throw notFound();
    const { entity, ref } = parsed.data;
    try {
      const tenant = await tenantOf(services, domain);
      const profile = await services.askFirefish<{ [field: string]: unknown }>(tenant, (firefish) =>
        entity === 'company' ? firefish.readCompany(ref) : firefish.read(entity, ref),
      );
      const url = safeUrl(profile[PAGE_FIELD]);
      return json(200, { entity, ref, ...(url === undefined ? {} : { url }) });
    } catch (error) {
      if (error instanceof NotFoundError) throw notFound();
      if (error instanceof FirefishError || error instanceof PreviewBusyError) {
        throw unavailable('Firefish could not be asked for the record now; try again in a minute.');
      }
      throw error;
    }
  };

/** Browsers open the address that Firefish gives, so only an https address is accepted. */
function safeUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url?.protocol === 'https:' ? url.href : undefined;
}
