/** One preview of a tenant at a time. */
import type { Event } from '../events/event.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type BesideDeps, besideTurn } from './beside-turn.ts';
import { previewContext } from './preview-context.ts';
import { previewEvents } from './preview-events.ts';
import type { Previewed } from './previewed.ts';

/** By event id. @throws PreviewBusyError while another one runs, or where its time is up; FirefishError */
export type RunPreview = (tenant: Tenant, events: readonly Event[]) => Promise<Map<string, Previewed>>;

export const createPreview =
  (deps: BesideDeps): RunPreview =>
  (tenant, events) =>
    besideTurn(deps, tenant, (firefish) =>
      previewEvents(previewContext({ ...deps, tenant, firefish }), events),
    );
