/**
 * Each AWS call of each verb fails, once or for as long as the SDK repeats it, before or after it took effect, and the
 * verb is repeated if it failed. The end state is the same, and every secret that was shown works as promised.
 */
import type { EventId } from '../../../lib/ids.ts';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VERBS } from '../../../lib/admin/verbs.ts';
import { openAuthentication } from '../../../lib/credentials/open-authentication.ts';
import { SqsWakeUps } from '../../../lib/queue/sqs-wake-ups.ts';
import { ExportWriter } from '../../../lib/internal/export-pages.ts';
import { hashedAddress } from '../../../lib/internal/person-data.ts';
import { createIntake } from '../../../lib/intake/accept-batch.ts';
import { erasedPartition } from '../../../lib/store/keys.ts';
import { DynamoTable } from '../../../lib/store/dynamo-table.ts';
import { endedIndex, eventItemKey, inboxClasses, inboxPartition } from '../../../lib/store/sync-keys.ts';
import { queryAll } from '../../../lib/store/table.ts';
import { TenantStore } from '../../../lib/tenants/tenant-store.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { type LocalAws, startAws } from '../../support/aws.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';
import { FailingCalls, type Fault, FAULT_KINDS } from '../../support/failing-call.ts';

const HOUR = 3_600_000;
const EMAIL = 'ann@client.example';

/** The clock of verbs that wait for the turn: the turn works during the wait. */
class WaitingClock extends TestClock {
  work: () => Promise<void> = () => Promise.resolve();
  override async sleep(milliseconds: number): Promise<void> {
    await super.sleep(milliseconds);
    await this.work();
  }
}

const calls = new FailingCalls();
let aws: LocalAws;
let dynamo: DynamoDBClient;
let sqs: SQSClient;
let quiet: DynamoDBClient;

beforeAll(async () => {
  aws = await startAws();
  // As the functions' clients try, without their pauses.
  const retryStrategy = new ConfiguredRetryStrategy(3, () => 0);
  dynamo = new DynamoDBClient({ retryStrategy });
  sqs = new SQSClient({ retryStrategy, useQueueUrlAsEndpoint: false });
  quiet = new DynamoDBClient({});
  calls.watch(dynamo);
  calls.watch(sqs);
});
afterAll(async () => {
  for (const client of [dynamo, sqs, quiet]) client.destroy();
  await aws.close();
});

let agencies = 0;

/** One agency, administered over the wire, and read by other clients whose calls never fail. */
class Agency {
  readonly number = (agencies += 1);
  readonly domain = `agency-${this.number}.example`;
  readonly firefish = { firefishClientId: `ff-${this.number}`, firefishClientSecret: 'secret' };
  readonly clock = new WaitingClock();
  readonly admin: Admin;
  readonly others: { credentials: DynamoTable; sync: DynamoTable; audit: DynamoTable };
  issued!: Issued;

  constructor() {
    const table = (client: DynamoDBClient, name: string): DynamoTable =>
      new DynamoTable(client, name, this.clock);
    const tables = {
      credentials: table(dynamo, 'credentials'),
      sync: table(dynamo, 'sync'),
      audit: table(dynamo, 'audit'),
    };
    this.admin = makeAdmin(tables, testCipher, this.clock);
    const { services } = this.admin;
    services.wakeUps = new SqsWakeUps(sqs, aws.eventsQueueUrl);
    const { wakeUps, cipher, clock, newId } = services;
    services.intake = createIntake({ table: tables.sync, wakeUps, cipher, clock, newId });
    this.clock.work = () => this.turn();
    this.others = {
      credentials: table(quiet, 'credentials'),
      sync: table(quiet, 'sync'),
      audit: table(quiet, 'audit'),
    };
  }

  run(verb: string, options: object = {}): Promise<unknown> {
    return this.admin.run({ verb, domain: this.domain, ...options });
  }

  async enable(options: object = this.firefish): Promise<Issued> {
    this.issued = (await this.run('enable', options)) as Issued;
    return this.issued;
  }

  async rotate(overlap: string): Promise<Issued> {
    return (await this.run('rotate', { overlap })) as Issued;
  }

  async enters(...all: Issued[]): Promise<boolean[]> {
    const { clients } = openAuthentication(this.others.credentials, this.others.sync, this.clock);
    return Promise.all(
      all.map(
        async ({ clientId, clientSecret }) => (await clients.verify(clientId, clientSecret)) !== undefined,
      ),
    );
  }

  get tenants(): TenantStore {
    return new TenantStore(this.others.credentials, this.clock);
  }

  async end(eventId: string, facts: object): Promise<void> {
    const key = eventItemKey(this.issued.tenantId, eventId as EventId);
    const event = { type: 'record.created', batchId: 'b', attempts: 1, actions: [], notes: [] };
    const now = this.clock.now();
    const item = { ...key, ...event, receivedAt: now, finishedAt: now, ...facts };
    await this.others.sync.put({ ...item, indexSk: new Date(now - 1).toISOString() }, 'absent');
  }

  fail(eventId: string): Promise<void> {
    const indexPk = endedIndex(this.issued.tenantId, 'failed');
    return this.end(eventId, { state: 'failed', reason: 'refused', indexPk });
  }

  /**
   * Ends what verbs ask for as the turn would, from what it would find: tests/lib/internal has what it does for that,
   * and what happens if the turn ends early.
   */
  async turn(): Promise<void> {
    const { tenantId } = this.issued;
    const { sync } = this.others;
    const asked = { pk: inboxPartition(tenantId), ...inboxClasses(0, 0) };
    for await (const { eventIds } of queryAll(sync, asked)) {
      for (const id of eventIds as string[]) {
        const item = await sync.get(eventItemKey(tenantId, id as EventId));
        if (item?.['state'] !== 'queued') continue;
        if (item['type'] === 'internal.export') await this.writeExport(id as EventId);
        const done = { replayed: 1, dismissed: 1, decided: 1, people: 1, events: 1 };
        await sync.put({ ...item, state: 'synced', notes: [JSON.stringify(done)] }, item.version);
      }
    }
  }

  async writeExport(eventId: EventId): Promise<void> {
    const { clock, issued } = this;
    const tenant = await this.admin.services.loadTenant(issued.tenantId);
    const addressHash = hashedAddress(tenant!, EMAIL).hash;
    const context = { table: this.others.sync, cipher: testCipher, clock, tenant: issued };
    const writer = await ExportWriter.begin(context, { addressHash, eventId });
    await writer.end();
  }

  event(eventId: string): Promise<Record<string, unknown> | undefined> {
    return this.others.sync.get(eventItemKey(this.issued.tenantId, eventId as EventId));
  }
}

interface Scenario {
  verb: string;
  prepare?: (agency: Agency) => Promise<unknown>;
  act: (agency: Agency) => Promise<unknown>;
  /** What must hold in the end, whatever failed. */
  check: (agency: Agency, answer: unknown, prepared: unknown) => Promise<void>;
}

const enable = (agency: Agency): Promise<Issued> => agency.enable();
const ofVerb =
  (verb: string, options: object = {}): Scenario['act'] =>
  (agency) =>
    agency.run(verb, options);
/** It answers: there is nothing that it changes. */
const answers = (_agency: Agency, answer: unknown): Promise<void> => {
  expect(answer).toBeDefined();
  return Promise.resolve();
};

const answersWith =
  (expected: object) =>
  (_agency: Agency, answer: unknown): Promise<void> => {
    expect(answer).toEqual(expected);
    return Promise.resolve();
  };

const SCENARIOS: Record<string, Scenario> = {
  'enable of a new agency': {
    verb: 'enable',
    act: enable,
    check: async (agency, answer) => {
      expect(await agency.enters(answer as Issued)).toEqual([true]);
      const claimed: unknown[] = [];
      for await (const { sk, tenantId } of queryAll(agency.others.credentials, { pk: 'clients' }))
        if (sk === (answer as Issued).clientId) claimed.push(tenantId);
      expect(claimed).toEqual([(answer as Issued).tenantId]);
    },
  },
  'enable of a disabled agency with another Firefish client': {
    verb: 'enable',
    prepare: async (agency) => {
      const before = await agency.enable();
      await agency.run('disable');
      agency.clock.advance(200_000);
      return before;
    },
    act: (agency) => agency.enable({ ...agency.firefish, firefishClientId: `new-${agency.number}` }),
    check: async (agency, answer, before) => {
      expect(answer).toMatchObject({ tenantId: (before as Issued).tenantId });
      expect(await agency.enters(before as Issued, answer as Issued)).toEqual([false, true]);
    },
  },
  'rotate with an overlap': {
    verb: 'rotate',
    prepare: enable,
    act: (agency) => agency.rotate('24h'),
    check: async (agency, answer, first) => {
      const shown = [first as Issued, answer as Issued];
      expect(await agency.enters(...shown)).toEqual([true, true]);
      agency.clock.advance(24 * HOUR - 60_000);
      expect(await agency.enters(...shown)).toEqual([true, true]);
      agency.clock.advance(60_000);
      expect(await agency.enters(...shown)).toEqual([false, true]);
    },
  },
  'rotate while an older secret has its promise still': {
    verb: 'rotate',
    prepare: async (agency) => [await agency.enable(), await agency.rotate('2h')],
    act: (agency) => agency.rotate('1h'),
    check: async (agency, answer, prepared) => {
      const shown = [...(prepared as Issued[]), answer as Issued];
      expect(await agency.enters(...shown)).toEqual([true, true, true]);
      agency.clock.advance(HOUR);
      expect(await agency.enters(...shown)).toEqual([true, false, true]);
      agency.clock.advance(HOUR);
      expect(await agency.enters(...shown)).toEqual([false, false, true]);
    },
  },
  'rotate at once': {
    verb: 'rotate',
    prepare: async (agency) => [await agency.enable(), await agency.rotate('2h')],
    act: (agency) => agency.rotate('0'),
    check: async (agency, answer, prepared) => {
      expect(await agency.enters(...(prepared as Issued[]), answer as Issued)).toEqual([false, false, true]);
    },
  },
  disable: {
    verb: 'disable',
    prepare: enable,
    act: ofVerb('disable'),
    check: async (agency, answer, issued) => {
      expect(answer).toMatchObject({ status: 'disabled' });
      expect(await agency.enters(issued as Issued)).toEqual([false]);
    },
  },
  'firefish-credentials': {
    verb: 'firefish-credentials',
    prepare: enable,
    act: (agency) =>
      agency.run('firefish-credentials', {
        firefishClientId: `next-${agency.number}`,
        firefishClientSecret: 'next',
      }),
    check: async (agency, _answer, issued) => {
      const [other, third] = [new Agency(), new Agency()];
      calls.arm(undefined);
      const taken = other.enable({ ...other.firefish, firefishClientId: `next-${agency.number}` });
      await expect(taken).rejects.toThrow(agency.domain);
      // The earlier client id is free, now or when a claim that was left behind has expired.
      third.clock.advance(HOUR);
      expect(await third.enable(agency.firefish)).toHaveProperty('clientSecret');
      expect(await agency.enters(issued as Issued)).toEqual([true]);
    },
  },
  'settings of a version': {
    verb: 'settings',
    prepare: enable,
    act: ofVerb('settings', { set: { defaultSource: 'SW' }, version: 1 }),
    check: async (agency, answer) => {
      expect(answer).toMatchObject({ settings: { defaultSource: 'SW' }, version: 2 });
      expect(await agency.tenants.ofDomain(agency.domain)).toMatchObject({ settingsVersion: 2 });
    },
  },
  move: {
    verb: 'move',
    prepare: enable,
    act: (agency) => agency.run('move', { to: `to-${agency.domain}` }),
    check: async (agency, answer, issued) => {
      const { tenantId } = issued as Issued;
      expect(answer).toMatchObject({ tenantId, domain: `to-${agency.domain}` });
      expect(await agency.tenants.ofDomain(agency.domain)).toBeUndefined();
      expect(await agency.tenants.ofDomain(`to-${agency.domain}`)).toMatchObject({ tenantId });
      expect(await agency.tenants.claimOfDomain(agency.domain)).toBeUndefined();
      expect(await agency.enters(issued as Issued)).toEqual([true]);
    },
  },
  delete: {
    verb: 'delete',
    prepare: async (agency) => {
      const issued = await agency.enable();
      await agency.fail('e1');
      await agency.run('disable');
      agency.clock.advance(200_000);
      return issued;
    },
    act: (agency) => agency.run('delete', { confirm: agency.domain }),
    check: async (agency, answer, issued) => {
      expect(answer).toMatchObject({ done: true });
      const { tenantId, clientId } = issued as Issued;
      expect(await agency.event('e1')).toBeUndefined();
      expect(await agency.tenants.read(tenantId)).toBeUndefined();
      expect(await agency.tenants.readOfClient(clientId)).toBeUndefined();
      expect(await agency.tenants.claimOfDomain(agency.domain)).toBeUndefined();
    },
  },
  replay: {
    verb: 'replay',
    prepare: async (agency) => {
      await agency.enable();
      await agency.fail('e1');
    },
    act: ofVerb('replay', { all: true }),
    check: answersWith({ replayed: 1 }),
  },
  dismiss: {
    verb: 'dismiss',
    prepare: async (agency) => {
      await agency.enable();
      await agency.fail('e1');
    },
    act: ofVerb('dismiss', { all: true, reason: 'typed by hand' }),
    check: answersWith({ dismissed: 1 }),
  },
  decide: {
    verb: 'decide',
    prepare: async (agency) => {
      await agency.enable();
      const notes = ['name-conflict: candidate 12'];
      await agency.end('e1', { state: 'skipped', reason: 'name-conflict', notes });
    },
    act: ofVerb('decide', { event: 'e1', as: 'same-person' }),
    check: answersWith({ event: 'e1', state: 'queued' }),
  },
  erase: {
    verb: 'erase',
    prepare: enable,
    act: ofVerb('erase', { email: EMAIL }),
    check: async (agency, answer) => {
      expect(answer).toEqual({ erased: { people: 1, events: 1 } });
      // What `repeat-erasures` goes by.
      const pk = erasedPartition(agency.issued.tenantId);
      expect((await agency.others.audit.query({ pk })).items).toHaveLength(1);
    },
  },
  'repeat-erasures': {
    verb: 'repeat-erasures',
    prepare: async (agency) => {
      await agency.enable();
      await agency.run('erase', { email: EMAIL });
    },
    act: ofVerb('repeat-erasures'),
    check: answersWith({ erased: { people: 1, events: 1 } }),
  },
  export: {
    verb: 'export',
    prepare: enable,
    act: ofVerb('export', { email: EMAIL }),
    check: answersWith({ email: EMAIL, people: [], marketing: [], events: [], mentionedIn: [] }),
  },
  list: {
    verb: 'list',
    prepare: enable,
    act: (agency) => agency.admin.run({ verb: 'list' }),
    check: answers,
  },
  show: { verb: 'show', prepare: enable, act: ofVerb('show'), check: answers },
  decisions: { verb: 'decisions', prepare: enable, act: ofVerb('decisions'), check: answers },
  ambiguous: { verb: 'ambiguous', prepare: enable, act: ofVerb('ambiguous'), check: answers },
  failed: { verb: 'failed', prepare: enable, act: ofVerb('failed'), check: answers },
  probe: { verb: 'probe', prepare: enable, act: ofVerb('probe'), check: answers },
  reencrypt: { verb: 'reencrypt', prepare: enable, act: ofVerb('reencrypt'), check: answers },
};

/** It uses no table except for its audit entry; tests/lib/admin/rotate-encryption-key.test.ts tests it. */
const ELSEWHERE = ['rotate-encryption-key'];

/** Prepares, acts with the fault, and repeats the act if it failed. */
async function tryOut({ prepare, act, check }: Scenario, fault: Fault): Promise<void> {
  const agency = new Agency();
  calls.arm(undefined);
  const prepared = await prepare?.(agency);
  calls.arm(fault);
  let answer: unknown;
  try {
    answer = await act(agency);
  } catch {
    expect(calls.struck).toBe(true);
    calls.arm(undefined);
    agency.clock.advance(1_000);
    answer = await act(agency);
  }
  calls.arm(undefined);
  await check(agency, answer, prepared);
}

/** Many more calls than any verb makes. */
const MOST_CALLS = 60;

describe('if one AWS call of a verb fails, and the verb is repeated', () => {
  test('every verb is covered', () => {
    const tried = [...Object.values(SCENARIOS).map(({ verb }) => verb), ...ELSEWHERE];
    expect([...new Set(tried)].sort()).toEqual(Object.keys(VERBS).sort());
  });

  const cases = Object.entries(SCENARIOS).flatMap(([name, scenario]) =>
    FAULT_KINDS.map((kind) => ({ name, kind, scenario })),
  );
  test.each(cases)('$name: $kind, at each call, one after the other', async ({ scenario, kind }) => {
    const agency = new Agency();
    calls.arm(undefined);
    await scenario.prepare?.(agency);
    calls.arm({ at: MOST_CALLS, kind });
    await scenario.act(agency);
    const { made } = calls;
    expect(made.length).toBeGreaterThan(0);
    expect(made.length).toBeLessThan(MOST_CALLS);
    for (const [place, command] of made.entries()) {
      const at = place + 1;
      // A read takes no effect.
      if (kind.startsWith('after') && /^(?:GetItem|BatchGetItem|Query)Command$/.test(command)) continue;
      try {
        await tryOut(scenario, { at, kind });
      } catch (error) {
        throw new Error(`call ${String(at)} of ${String(made.length)}`, { cause: error });
      }
    }
  });
});
