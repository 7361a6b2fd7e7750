/** How long things are kept, as SECURITY.md says: events for thirty days, a person's data until it is erased. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import type { Item } from '../../../lib/store/table.ts';
import { kindOf } from '../../../lib/retention.ts';
import { drainTurns } from '../../support/drain-turns.ts';
import { ann, makeEvent } from '../../support/events.ts';
import { type Harness, openHarness, TENANT_ID } from '../../support/harness.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SECOND_MS = 1_000;
const DAYS_30_MS = 30 * 24 * 3_600_000;
const SOURCE_WHALE_ID = 'canary-7';

const person = (id: string, more: object = {}): Record<string, unknown> => ({
  record: ann({ candidateId: id, firstName: 'Canary', emails: [`${id}@canary.example`], ...more }),
});
const note = { id: 'n', text: 'Canary note', channel: 'call' };

describe('thirty days after events have ended', () => {
  let clock: VirtualClock;
  let system: Harness;
  /** One event for each kind of end, and a note that waits for its person. */
  const events: SourceWhaleEvent[] = [
    makeEvent('record.created', 0, person('canary-1', { company: 'Canary Ltd' })),
    makeEvent('record.created', 1, person(SOURCE_WHALE_ID, { role: 'Canary role', company: 'Canary Ltd' })),
    makeEvent('note.added', 2, { ...person('canary-3'), note }),
    makeEvent('marketing.opted_out', 3, { ...person('canary-4'), marketing: { reason: 'Canary reason' } }),
    makeEvent('company.created', 4, { company: { id: 'c', name: 'Canary Ltd' } }),
  ];
  const states = async (): Promise<unknown[]> =>
    Promise.all(events.map(async ({ id }) => (await system.outcome(id))?.state));
  /** Items that DynamoDB will have removed; readers ignore them from that second on. */
  const kept = (): Item[] =>
    system.memory.all().filter(({ expiresAt = Infinity }) => expiresAt * SECOND_MS > clock.now());
  const textOf = (item: Item): string =>
    JSON.stringify(item, (_, inner: unknown) =>
      inner instanceof Uint8Array ? Buffer.from(inner).toString('latin1') : inner,
    );

  beforeAll(async () => {
    clock = new VirtualClock();
    system = openHarness({ clock });
    system.simulator.faults.add({ kind: 'status', status: 400, endpoint: /POST .candidates/, times: 1 });
    await system.receive(events);
    await drainTurns(system, clock);
    expect(await states()).toEqual(['failed', 'synced', 'skipped', 'skipped', 'synced']);
  });

  test('every item that is written is in SECURITY.md, and expires as SECURITY.md says', () => {
    const seconds = Math.floor(clock.now() / SECOND_MS);
    for (const { pk, sk, expiresAt } of system.memory.all()) {
      const kind = kindOf('sync', { pk, sk }, TENANT_ID);
      expect([pk, sk, kind]).toEqual([pk, sk, expect.anything()]);
      if (kind?.seconds === undefined) expect([pk, sk, expiresAt]).toEqual([pk, sk, undefined]);
      else expect(expiresAt).toBeLessThanOrEqual(seconds + kind.seconds + 1);
    }
  });

  test('and not a second earlier, the events, their batch and their content are gone', async () => {
    const endedAt = Math.max(
      ...(await Promise.all(events.map(({ id }) => system.outcome(id)))).map((event) =>
        event?.state === 'queued' ? 0 : (event?.finishedAt ?? 0),
      ),
    );
    await clock.advance(endedAt + DAYS_30_MS - 2 * SECOND_MS - clock.now());
    expect(await states()).toContain('skipped');
    await clock.advance(2 * SECOND_MS);
    expect(await states()).toEqual(events.map(() => undefined));
    await clock.run(system.sweep.sweep());
    const kinds = new Set(kept().map(({ pk }) => pk.split('#')[1] ?? pk));
    expect([...kinds].sort()).toEqual(['addr', 'company', 'consent', 'p', 'turn']);
  });

  test('what is left of a person is ids, hashes, and their names and addresses, encrypted', () => {
    const readable = kept().map((item) => textOf({ ...item, blob: undefined, firefish: undefined }));
    expect(readable.filter((text) => /Canary|@canary|canary\.example/.test(text))).toEqual([]);
    const sealed = kept().filter((item) => item['blob'] !== undefined);
    expect(sealed.length).toBeGreaterThan(0);
    for (const item of sealed) expect(textOf(item)).not.toMatch(/Canary (role|Ltd|note|reason)/);
    expect(sealed.some((item) => textOf(item).includes('@canary.example'))).toBe(true);
  });
});
