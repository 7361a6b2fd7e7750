import { Readable } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { runVerb } from '../../../lib/admin/run-verb.ts';
import type { AdminServices } from '../../../lib/admin/verb.ts';
import type { SourceWhaleEvent } from '../../../lib/events/event.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
import type { Item } from '../../../lib/store/table.ts';
import { DEFAULT_SETTINGS } from '../../../lib/tenants/settings.ts';
import { TenantStore } from '../../../lib/tenants/tenant-store.ts';
import { drain } from '../../support/drain.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { AGENCY, inProcess, plainCipher, TENANT_ID } from '../../support/in-process.ts';
import { Passage } from '../../support/passage.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const ADDRESS = 'ann@client.example';
const HOME = 'ann@home.example';
const DOMAIN = 'acme.firefishsoftware.com';

type System = ReturnType<typeof inProcess>;

async function makeErase(
  system: System,
  clock: VirtualClock,
): Promise<(email?: string, verb?: 'erase' | 'export') => Promise<unknown>> {
  const credentials = new MemoryTable(clock);
  const tenants = new TenantStore(credentials, clock);
  await tenants.reserve(DOMAIN, { tenantId: TENANT_ID, clientId: 'sw_x' });
  const none = new Uint8Array();
  const status = 'enabled' as const;
  await tenants.put(
    {
      ...{
        tenantId: TENANT_ID,
        clientId: 'sw_x',
        domain: DOMAIN,
        status,
        secrets: [],
        settings: DEFAULT_SETTINGS,
      },
      ...{ firefish: none, hashingKey: none, missingScopes: [], firefishCheckedAt: 0, enabledAt: 0 },
    },
    'absent',
  );
  const services: AdminServices = {
    ...{ tenants, clock, cipher: plainCipher, random: randomBytes },
    ...{ sync: system.table, queue: system.queue, audit: new MemoryTable(clock) },
    loadTenant: () => Promise.resolve(system.tenant),
    checkCredentials: () => Promise.resolve({ ok: true, missingScopes: [] }),
    probe: () => Readable.from([]),
  };
  return (email = ADDRESS, verb = 'erase') =>
    runVerb(services, { verb, domain: DOMAIN, email }, { by: 'a test', requestId: String(Math.random()) });
}

/** Everything of an item as text: what is "encrypted" here is readable. */
const textOf = (item: Item): string =>
  JSON.stringify(item, (_, value: unknown) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
  );

/** The items that still hold an address, an id of hers, her name, or what an address is hashed to. */
function traces({ table, tenant }: System): string[] {
  const hashes = [ADDRESS, HOME].map((address) => tenant.hash(`email ${address}`));
  const words = [ADDRESS, HOME, ...hashes, 'sw-ann', 'Ann', 'Lee'];
  return table
    .all()
    .map(textOf)
    .filter((text) => words.some((word) => text.includes(word)));
}
const isOptOut = (text: string): boolean => text.includes('#marketing') && !text.includes('"optedOut":false');

/** Calls back before the `at`-th thing that a worker asks of its ports, and lets time pass there. */
class Interruption extends Passage {
  calls = 0;
  readonly #at: number;
  readonly #then: () => Promise<void>;

  constructor(at: number, then: () => Promise<void>) {
    super();
    this.#at = at;
    this.#then = then;
  }

  async pass<T>(call: () => Promise<T>): Promise<T> {
    this.calls += 1;
    if (this.calls === this.#at) await this.#then();
    return call();
  }
}

const HER_EVENTS: SourceWhaleEvent[] = [
  makeEvent('record.created', 1, { record: ann() }),
  makeEvent('note.added', 2, { record: ann(), note: { id: 'n1', text: 'Ann called', channel: 'call' } }),
  makeEvent('marketing.opted_out', 3, { record: ann(), marketing: { channels: ['email'] } }),
  makeEvent('record.updated', 4, { record: ann({ candidateId: 'sw-ann-2', emails: [HOME] }) }),
  // Two persons until now.
  makeEvent('record.updated', 5, { record: ann({ emails: [ADDRESS, HOME] }) }),
];

describe('erase', () => {
  test('leaves nothing of a person but the opt-out, in any of the table’s items', async () => {
    const clock = new VirtualClock();
    const system = inProcess({ clock });
    const erase = await makeErase(system, clock);
    for (const event of HER_EVENTS) {
      await system.receive([event]);
      await drain(system, clock);
    }
    expect(traces(system).length).toBeGreaterThan(5);
    expect(await clock.run(erase())).toEqual({ erased: { people: 1, events: HER_EVENTS.length } });
    expect(traces(system).filter((text) => !isOptOut(text))).toEqual([]);
    expect(traces(system).filter(isOptOut).length).toBeGreaterThan(0);
    expect(await clock.run(erase())).toEqual({ erased: { people: 0, events: 0 } });
  });

  test('what is still queued about the person ends skipped: erased, and touches nobody in Firefish', async () => {
    const clock = new VirtualClock();
    const system = inProcess({ clock });
    const erase = await makeErase(system, clock);
    await system.receive(HER_EVENTS);
    await system.receive([
      makeEvent('record.created', 1, { record: ann({ candidateId: 'b', emails: ['bo@x.example'] }) }),
    ]);
    await clock.run(erase());
    await drain(system, clock);
    for (const { id } of HER_EVENTS) {
      expect(await system.outcome(id)).toMatchObject({ state: 'skipped', reason: 'erased' });
    }
    const { candidates, contacts } = system.simulator.state('agency') as Record<string, unknown[]>;
    expect([candidates!.length, contacts!.length]).toEqual([1, 0]);
  });

  test('whoever has an address now that was once taken off the person stays', async () => {
    const clock = new VirtualClock();
    const system = inProcess({ clock });
    const erase = await makeErase(system, clock);
    const shared = 'office@client.example';
    const bo = { candidateId: 'sw-bo', firstName: 'Bo', lastName: 'Oz', kind: 'candidate', emails: [shared] };
    const both = { record: ann({ emails: [ADDRESS, shared] }) };
    await system.receive([
      makeEvent('record.created', 1, both),
      makeEvent('email.flagged', 2, { ...both, email: shared }),
      makeEvent('record.created', 3, { record: bo }),
      makeEvent('marketing.opted_in', 4, { record: bo, marketing: {} }),
      // SourceWhale may go on listing it.
      makeEvent('record.updated', 5, both),
    ]);
    await drain(system, clock);
    const late = makeEvent('record.updated', 6, { record: { ...bo, role: 'CTO' } });
    await system.receive([late]);
    await clock.run(erase());
    expect(traces(system).filter((text) => !isOptOut(text))).toEqual([]);
    await drain(system, clock);
    expect(await system.outcome(late.id)).toMatchObject({
      state: 'synced',
      actions: [{ entity: 'candidate', operation: 'updated' }],
    });
    expect(system.table.all().map(textOf).join()).toContain('"optedOut":false');
  });

  test('a later event starts afresh, opted out as before', async () => {
    const clock = new VirtualClock();
    const system = inProcess({ clock, settings: { newRecordsOptedOut: false } });
    const erase = await makeErase(system, clock);
    await system.receive(HER_EVENTS.slice(0, 3));
    await drain(system, clock);
    await clock.run(erase());
    system.simulator.seed('agency', { candidates: [], contacts: [] });
    const again = makeEvent('record.created', 60, {
      record: ann({ kind: 'contact', candidateId: 'sw-new', company: 'Acme' }),
    });
    await system.receive([again]);
    await drain(system, clock);
    expect(await system.outcome(again.id)).toMatchObject({ state: 'synced' });
    const state = system.simulator.state('agency') as Record<string, Record<string, unknown>[]>;
    const found = [...state['candidates']!, ...state['contacts']!].filter(
      (one) => one['EmailAddress'] === ADDRESS,
    );
    expect(found.map((one) => one['EmailMarketing'])).toEqual(found.map(() => false));
    expect(found.length).toBeGreaterThan(0);
  });

  test('at any moment of a worker’s work on the person, nothing of them is left afterwards', async () => {
    const total = await worked(Infinity).then(({ calls }) => calls);
    expect(total).toBeGreaterThan(10);
    for (let at = 1; at <= total; at += 1) {
      const { left } = await worked(at);
      expect({ at, left }).toEqual({ at, left: [] });
    }
  });
});

/** Works on her events, and erases her in the middle. */
async function worked(at: number): Promise<{ calls: number; left: string[] }> {
  const clock = new VirtualClock();
  let erasing: Promise<unknown> | undefined;
  let erase: () => Promise<unknown> = () => Promise.resolve();
  const wrap = new Interruption(at, () => {
    erasing = erase();
    return clock.sleep(1_000);
  });
  const system = inProcess({ clock, wrap: () => wrap });
  erase = await makeErase(system, clock);
  await system.receive(HER_EVENTS.slice(0, 3));
  await drain(system, clock);
  await clock.run(erasing ?? erase());
  await drain(system, clock);
  return { calls: wrap.calls, left: traces(system).filter((text) => !isOptOut(text)) };
}

test('whom only a domain’s word has found can be exported: nobody has said since when the address is theirs', async () => {
  const clock = new VirtualClock();
  const system = inProcess({ clock });
  system.simulator.seed(AGENCY, {
    candidates: [{ FirstName: 'Ann', Surname: 'Lee', EmailAddress: ADDRESS }],
  });
  await system.receive([makeEvent('domain.opted_out', 1, { domain: 'client.example' })]);
  await drain(system, clock);

  const admin = await makeErase(system, clock);

  expect(await admin(ADDRESS, 'export')).toMatchObject({
    people: [{ emailAddresses: [{ address: ADDRESS }] }],
  });
});
