/** A tenant with its administration and its turn, in one process and in virtual time. */
import { runVerb } from '../../../lib/admin/run-verb.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import type { Item } from '../../../lib/store/table.ts';
import type { Settings } from '../../../lib/tenants/settings.ts';
import { makeAdmin } from '../../support/admin.ts';
import { CrashPoint } from '../../support/crash.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { CLIENT_SECRET, openHarness, plainCipher } from '../../support/harness.ts';
import type { Passage } from '../../support/passage.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const DOMAIN = 'acme.firefishsoftware.com';
export const EMAIL = 'ann@client.example';

/** What Firefish answers to some requests instead. */
export type Refusal = (request: Request) => Response | undefined;

export async function openTenant(
  refuse: Refusal = () => undefined,
  settings: Partial<Settings> = {},
  /** How long a call to Firefish takes. */
  delay: () => Promise<void> = () => Promise.resolve(),
) {
  const clock = new VirtualClock();
  const [credentials, sync, audit] = [new MemoryTable(clock), new MemoryTable(clock), new MemoryTable(clock)];
  const admin = makeAdmin({ credentials, sync, audit }, plainCipher, clock);
  const { tenantId: id } = await admin.enable(DOMAIN, { firefishClientSecret: CLIENT_SECRET, settings });
  const tenant = await admin.services.loadTenant(id);
  if (tenant === undefined) throw new Error('the tenant that was just enabled is not there');
  const harness = openHarness({
    ...{ clock, tenant, table: sync },
    loadTenant: (tenantId) => admin.services.loadTenant(tenantId, 'now'),
    network: async (request) => {
      await delay();
      return refuse(request) ?? harness.simulator.handle(request);
    },
  });
  const services = { ...admin.services, wakeUps: harness.queue, intake: harness.intake };
  const caller = { by: 'a test', requestId: 'r', role: 'operator' as const };
  const ask = (verb: string, options: object): Promise<unknown> => {
    caller.requestId = `r-${harness.newId()}`;
    return clock.run(runVerb(services, { verb, domain: DOMAIN, ...options }, { ...caller }));
  };
  return {
    ...{ clock, harness, sync, audit, tenant },
    /** The first answer, which waits at most 20 s of the test's clock. */
    ask,
    /** The same without letting time pass. */
    begin: (verb: string, options: object): Promise<unknown> =>
      runVerb(services, { verb, domain: DOMAIN, ...options }, { ...caller, requestId: harness.newId() }),
    /** Asks, lets the turn work, and asks again for the outcome. */
    verb: async (verb: string, options: object): Promise<unknown> => {
      const first = await ask(verb, options);
      if (typeof first !== 'object' || first === null || !('pending' in first)) return first;
      await drainTurns(harness, clock);
      return ask(verb, options);
    },
    push: async (...events: Parameters<typeof harness.receive>[0][number][]): Promise<void> => {
      await clock.run(harness.receive(events));
      await drainTurns(harness, clock);
    },
    /** @param passage what the turn awaits passes it */
    drain: async (passage?: Passage): Promise<void> => {
      const isDead = (): boolean => passage instanceof CrashPoint && passage.dead;
      await drainTurns(harness, clock, { instance: harness.makeInstance({ passage }), isDead });
    },
  };
}

/** Everything in the table as text: what the cipher of tests "encrypts" shows in it. */
export const textOf = (items: readonly Item[]): string =>
  JSON.stringify(items, (_, value: unknown) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
  );
