/** `GET …/events/{eventId}`: the story of one event, for a person who asks what became of it. */
import { failureGroup } from '../admin/parked.ts';
import type { SourceWhaleEvent } from '../events/event.ts';
import { innerId } from '../events/inner-id.ts';
import type { StoredEvent } from '../events/stored-event.ts';
import { type Gate, visibleState } from '../events/visible-state.ts';
import { json } from '../http/response.ts';
import { candidateIdKey, eventKey } from '../store/keys.ts';
import type { LeadItem } from '../sync/leads.ts';
import { openEvent } from '../sync/loaded-event.ts';
import { readPersonItem } from '../sync/person-lease.ts';
import { iso, summaryOf } from './describe-event.ts';
import { notFound, type TenantDoor } from './router.ts';
import { type ConsoleServices, readGateOf } from './services.ts';
import { type Step, stepsOf } from './steps.ts';
import { tenantIdOf } from './tenant-id.ts';
import { whatToDo } from './what-to-do.ts';

export const showEvent =
  (services: ConsoleServices): TenantDoor =>
  async ({ domain, parameters }) => {
    const tenantId = await tenantIdOf(services, domain);
    const [item, gate] = await Promise.all([
      services.sync.get(eventKey(tenantId, innerId(parameters['eventId'] ?? ''))),
      readGateOf(services, tenantId),
    ]);
    if (item === undefined) throw notFound();
    // Only the intake and the sync write event items, as StoredEvent says.
    return json(200, await storyOf(services, tenantId, item as StoredEvent, gate));
  };

async function storyOf(
  services: ConsoleServices,
  tenantId: string,
  event: StoredEvent,
  gate: Gate | undefined,
): Promise<Record<string, unknown>> {
  const now = services.clock.now();
  const visible = visibleState(event, gate, now);
  const isWorkedOn = event.state === 'queued' && (await hasWorker(services, tenantId, event));
  const steps: Step[] = stepsOf(event, visible, isWorkedOn);
  const waitsUntil = visible.state === 'deferred' ? Math.max(event.deferredUntil ?? 0, gate?.until ?? 0) : 0;
  const advice = whatToDo(visible);
  return {
    ...summaryOf(event, gate, now),
    batchId: event.batchId,
    notes: event.notes ?? [],
    ...(waitsUntil > now ? { waitsUntil: iso(waitsUntil) } : {}),
    ...(advice === undefined ? {} : { whatToDo: advice }),
    ...(event.state === 'failed' ? { group: failureGroup(event.reason) } : {}),
    steps,
    keptUntil: iso((event.expiresAt ?? 0) * 1000),
  };
}

/** Whether somebody holds the person of an open event right now. */
async function hasWorker(
  { sync, cipher, clock, loadTenant }: ConsoleServices,
  tenantId: string,
  item: StoredEvent,
): Promise<boolean> {
  const tenant = await loadTenant(tenantId);
  const loaded = tenant && (await openEvent({ cipher, tenant }, item));
  const candidateId = loaded && candidateIdOf(loaded.event);
  if (candidateId === undefined) return false;
  const lead = (await sync.get(candidateIdKey(tenantId, candidateId))) as LeadItem | undefined;
  const person = lead?.personId && (await readPersonItem({ table: sync, tenantId }, lead.personId));
  return person !== undefined && person !== '' && (person.lease?.until ?? 0) > clock.now();
}

const candidateIdOf = (event: SourceWhaleEvent): string | undefined =>
  'record' in event ? event.record.candidateId : undefined;
