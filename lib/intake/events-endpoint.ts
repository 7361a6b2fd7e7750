import { MAX_EVENTS } from '../events/event.ts';
import type { Clock } from '../clock.ts';
import { withInnerIds } from '../events/inner-id.ts';
import type { TenantEvent } from '../http/authentication.ts';
import { unavailable } from '../http/http-edge.ts';
import { Problem } from '../http/problem.ts';
import { parseJson, readText, requireJson } from '../http/read-json.ts';
import { type HttpResponse, json } from '../http/response.ts';
import { logger } from '../logger.ts';
import { measure } from '../metrics.ts';
import type { Intake, Storing } from './accept-batch.ts';
import type { Remark } from '../events/reading/reading.ts';
import type { Table } from '../store/table.ts';
import { readEvents } from './read-events.ts';
import { ID_REUSED } from './reused-ids.ts';
import { withoutUnlinked } from './unlinked-companies.ts';

export const MAX_BODY_BYTES = 3_000_000;

interface Rejected {
  index: number;
  id?: string;
  errors: Remark[];
  /** Set if the event is valid but could not be stored: send it again unchanged. */
  retry?: true;
}

function notStored(index: number, id: string, how: Exclude<Storing, 'stored'>): Rejected {
  if (how === 'reused') return { index, id, errors: [ID_REUSED] };
  return { index, id, retry: true, errors: [{ path: '', message: 'could not be stored; send it again' }] };
}

const noValidEvent = (rejected: readonly Rejected[]): Problem =>
  new Problem('no-valid-event', 'Fix the events listed in "rejected", then send them again.', {
    members: { rejected },
  });

/** `POST /v1/events` */
export const eventsEndpoint =
  (intake: Intake, table: Pick<Table, 'getMany'>, clock: Clock) =>
  async (request: TenantEvent): Promise<HttpResponse> => {
    requireJson(request);
    const text = readText(request, MAX_BODY_BYTES);
    const { tenantId } = request.tenant;
    const read = readEvents(text, parseJson(text), MAX_EVENTS, new Date(clock.now()));
    const checked = await withoutUnlinked(table, tenantId, read);
    const valid = checked.filter((one) => 'event' in one);
    const rejected: Rejected[] = checked.filter((one) => 'errors' in one);
    if (valid.length === 0) {
      throw noValidEvent(rejected);
    }
    const receipt = await intake.accept(
      tenantId,
      valid.map(({ event, contentHash }) => ({ event: withInnerIds(event), contentHash })),
    );
    const accepted = [];
    for (const [position, { index, event, warnings }] of valid.entries()) {
      const how = receipt.results[position] ?? 'retry';
      if (how === 'stored') accepted.push({ index, id: event.id, ...(warnings.length > 0 && { warnings }) });
      else rejected.push(notStored(index, event.id, how));
    }
    const { batchId, repeats, woken } = receipt;
    const counts = { accepted: accepted.length, rejected: rejected.length, repeats, woken };
    logger.info('events received', { tenantId, batchId, ...counts });
    measure('EventsReceived', new Set(accepted.map(({ id }) => id)).size - repeats);
    measure('EventsRepeated', repeats);
    measure('EventsRejected', rejected.length);
    rejected.sort((a, b) => a.index - b.index);
    if (accepted.length === 0) {
      if (receipt.results.includes('retry')) {
        throw unavailable('No event could be stored; send the same request again.');
      }
      throw noValidEvent(rejected);
    }
    return json(202, { batchId, accepted, rejected });
  };
