/**
 * `POST …/test-event`: one event that reaches Firefish as if SourceWhale had sent it. It is a recruiter's own push of a
 * test person, so that no setting skips it. It is the same person each time, so that Firefish has only one such record.
 */
import { innerId } from '../events/inner-id.ts';
import type { TenantId, EventId } from '../ids.ts';
import { AdminError } from '../admin/verb.ts';
import type { RecordEvent } from '../events/event.ts';
import { instantAt } from '../events/instant.ts';
import { json } from '../http/response.ts';
import { Problem } from '../http/problem.ts';
import { NOTHING, readInput } from './read-input.ts';
import { readOptions, runOwnAct } from './run-act.ts';
import type { TenantEndpoint } from './router.ts';
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
  (services: ConsoleServices): TenantEndpoint =>
  async (request) => {
    readInput(NOTHING, readOptions(request));
    const eventId = innerId(`test-${services.newId()}`);
    await runOwnAct(services, request, 'test-event', { event: eventId }, async () => {
      const { tenantId, status } = await tenantRecordOf(services, request.domain);
      if (status === 'disabled') throw new AdminError('The integration is disabled: enable it first.');
      await send(services, tenantId, eventId);
    });
    return json(202, { eventId });
  };

async function send({ intake, clock }: ConsoleServices, tenantId: TenantId, id: EventId): Promise<void> {
  const occurredAt = instantAt(clock.now());
  const event: RecordEvent = {
    ...{ id, type: 'record.synced', occurredAt, effectiveAt: occurredAt, origin: 'user' },
    // Something new each time, so that there is something to write.
    record: {
      ...TEST_PERSON,
      emails: [...TEST_PERSON.emails],
      role: `Connection test of ${new Date(clock.now()).toISOString()}`,
    },
  };
  const { results } = await intake.accept(tenantId, [{ event }]);
  if (results[0] !== 'stored') throw new Problem('unavailable', 'The event could not be stored; try again.');
}
