import { MAX_EVENTS } from '../events/event.ts';
import type { Clock } from '../clock.ts';
import { outerId } from '../events/inner-id.ts';
import type { TenantEvent } from '../http/authentication.ts';
import { unavailable } from '../http/http-edge.ts';
import { Problem } from '../http/problem.ts';
import { parseJson, readText, requireJson } from '../http/read-json.ts';
import { type HttpResponse, json } from '../http/response.ts';
import { logger } from '../logger.ts';
import { measure } from '../metrics.ts';
import type { Intake } from './accept-events.ts';
import type { EventError } from './check-event.ts';
import { readEvents } from './read-events.ts';

export const MAX_BODY_BYTES = 3_000_000;

interface Rejected {
  index: number;
  id?: string;
  errors: EventError[];
  /** Set where the event was valid and our storing it failed: send it again as it is. */
  retry?: true;
}

const notStored = (index: number, id: string): Rejected => ({
  index,
  id,
  retry: true,
  errors: [{ path: '', message: 'could not be stored; send it again' }],
});

/** `POST /v1/events` */
export const eventsEndpoint =
  (intake: Intake, clock: Clock) =>
  async (request: TenantEvent): Promise<HttpResponse> => {
    requireJson(request);
    const text = readText(request, MAX_BODY_BYTES);
    const checked = readEvents(text, parseJson(text), MAX_EVENTS, clock.now());
    const valid = checked.filter((one) => 'event' in one);
    const rejected: Rejected[] = checked.filter((one) => 'errors' in one);
    if (valid.length === 0) {
      throw new Problem('no-valid-event', 'Mend what "rejected" names, then send the events again.', {
        members: { rejected },
      });
    }
    const { tenantId } = request.tenant;
    const receipt = await intake.accept(
      tenantId,
      valid.map(({ event }) => event),
    );
    const accepted = [];
    for (const [position, { index, event }] of valid.entries()) {
      if (receipt.stored[position] === true) accepted.push({ index, id: outerId(event.id) });
      else rejected.push(notStored(index, outerId(event.id)));
    }
    const { batchId, repeats, unsent } = receipt;
    const counts = { accepted: accepted.length, rejected: rejected.length, repeats, unsent };
    logger.info('events received', { tenantId, batchId, ...counts });
    measure('EventsReceived', new Set(accepted.map(({ id }) => id)).size - repeats);
    measure('EventsRepeated', repeats);
    measure('EventsRejected', rejected.length);
    if (accepted.length === 0) throw unavailable('No event could be stored; send the same request again.');
    rejected.sort((a, b) => a.index - b.index);
    return json(202, { batchId, accepted, rejected });
  };
