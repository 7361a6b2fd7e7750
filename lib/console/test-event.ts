/**
 * `POST …/test-event`: one event that goes the whole way, as if SourceWhale had sent it: stored, queued, taken up, looked
 * up and written to Firefish. It is a recruiter's own push of one test person, so that no setting keeps it out, and
 * the same person each time, so that Firefish holds one such record and no more.
 */
import type { SourceWhaleEvent } from '../events/event.ts';
import { json } from '../http/response.ts';
import { Problem } from '../http/problem.ts';
import { readOptions } from './run-act.ts';
import type { TenantDoor } from './router.ts';
import type { ConsoleServices } from './services.ts';
import { tenantRecordOf } from './tenant-id.ts';

const TEST_PERSON = {
  candidateId: 'sourcewhale-firefish-connection-test',
  kind: 'candidate',
  firstName: 'SourceWhale',
  lastName: 'Connection Test',
  // A domain that nobody can have (RFC 2606).
  emails: ['sourcewhale-connection-test@example.com'],
} as const;

export const sendTestEvent =
  (services: ConsoleServices): TenantDoor =>
  async (request) => {
    readOptions(request);
    const { tenantId, status } = await tenantRecordOf(services, request.domain);
    if (status === 'disabled')
      throw new Problem('act-refused', 'The integration is disabled: enable it first.');
    const occurredAt = new Date(services.clock.now()).toISOString();
    const event: SourceWhaleEvent = {
      id: `test-${services.newId()}`,
      type: 'record.synced',
      occurredAt,
      // Something new each time, so that there is something to write.
      record: { ...TEST_PERSON, emails: [...TEST_PERSON.emails], role: `Connection test of ${occurredAt}` },
    };
    const { stored } = await services.intake.accept(tenantId, [event]);
    if (stored[0] !== true) throw new Problem('unavailable', 'The event could not be stored; try again.');
    return json(202, { eventId: event.id });
  };
