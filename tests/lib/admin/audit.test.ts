/**
 * The audit entries of each act, through the route that names the caller: one begin and one end for acts that change
 * something or show personal data, nothing for other reads, and never an option's value.
 */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { administerEndpoint } from '../../../lib/admin/administer-endpoint.ts';
import { VERBS } from '../../../lib/admin/verbs.ts';
import { Problem } from '../../../lib/http/problem.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { type Admin, type Issued, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

const DOMAIN = 'acme.firefishsoftware.com';
const WHO = 'arn:aws:iam::123456789012:user/olive';
const REQUEST_ID = 'request-of-the-route';
const firefish = { firefishClientId: 'canary-id', firefishClientSecret: 'canary-secret' };
const email = 'canary@person.example';

interface Traced {
  /** Besides the verb and the domain. */
  options: Record<string, unknown>;
  /** What the entry has besides who, what and when; `false` if there is none. */
  trace: Record<string, unknown> | false;
  domain?: string;
  before?: 'disable';
  outcome?: 'refused';
}
const ACTS: Record<string, Traced> = {
  enable: { options: firefish, trace: {}, before: 'disable' },
  rotate: { options: { overlap: '1h' }, trace: {} },
  disable: { options: {}, trace: {} },
  'firefish-credentials': { options: firefish, trace: {} },
  settings: { options: { set: { defaultOwnerEmail: 'canary@agency.example' } }, trace: {} },
  move: { options: { to: 'new.firefishsoftware.com' }, trace: { to: 'new.firefishsoftware.com' } },
  delete: { options: { confirm: DOMAIN }, trace: {}, before: 'disable' },
  list: { options: { domain: undefined }, trace: false },
  show: { options: {}, trace: false },
  failed: { options: {}, trace: false },
  replay: { options: { all: true }, trace: { all: true } },
  dismiss: {
    options: { all: true, reason: 'canary: Ann asked for it' },
    trace: { all: true },
  },
  decisions: { options: {}, trace: false },
  ambiguous: { options: {}, trace: false },
  decide: {
    options: { event: 'e-1', as: 'same-person', ref: 'candidate:12' },
    trace: { event: 'e-1', as: 'same-person', ref: 'candidate:12' },
    outcome: 'refused',
  },
  // Nothing works on the turn here: after a while the answer is `pending`.
  erase: { options: { email }, trace: {} },
  export: { options: { email }, trace: {} },
  'repeat-erasures': { options: {}, trace: {} },
  probe: { options: {}, trace: {} },
  reencrypt: { options: {}, trace: {} },
  // The key belongs to all tenants; and here the cipher has no key file.
  'rotate-encryption-key': { options: { domain: undefined }, trace: {}, domain: '-', outcome: 'refused' },
};

describe('the audit trail', () => {
  let clock: TestClock;
  let audit: MemoryTable;
  let admin: Admin;
  let issued: Issued;

  const ask = (payload: object, authorizer: unknown = { iam: { userArn: WHO } }): Promise<unknown> =>
    administerEndpoint(admin.services)({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      isBase64Encoded: false,
      requestContext: { requestId: REQUEST_ID, authorizer },
    } as unknown as APIGatewayProxyEventV2);

  beforeEach(async () => {
    clock = new TestClock();
    audit = new MemoryTable(clock);
    const tables = { credentials: new MemoryTable(clock), sync: new MemoryTable(clock), audit };
    admin = makeAdmin(tables, testCipher, clock);
    issued = await admin.enable(DOMAIN);
    clock.advance(1_000);
  });

  test('has a row here for every verb', () => {
    expect(Object.keys(ACTS).sort()).toEqual(Object.keys(VERBS).sort());
  });

  test.each(Object.entries(ACTS))(
    '%s: has what, when, which request and who, each once, and never a secret or an address',
    async (verb, { options, trace, domain = DOMAIN, before, outcome = 'done' }) => {
      if (before !== undefined) await admin.run({ verb: before, domain: DOMAIN });
      const known = new Set(audit.all().map(({ sk }) => sk));
      const begun = clock.now();
      let answer: unknown;
      try {
        answer = await ask({ verb, domain: DOMAIN, ...options });
      } catch (error) {
        if (outcome !== 'refused' || !(error instanceof Problem)) throw error;
      }
      const entries = audit.all().filter(({ pk, sk }) => pk.startsWith('audit#') && !known.has(sk));
      const act = { pk: `audit#${domain}`, verb, domain, by: WHO, requestId: REQUEST_ID, version: 1 };
      const step = (name: string, time: number): Record<string, unknown> => {
        const at = new Date(time).toISOString();
        return { ...act, at, sk: `${at}#${REQUEST_ID}#${name}`, step: name };
      };
      const expected = [
        { ...step('begun', begun), ...trace },
        { ...step('ended', clock.now()), outcome },
      ];
      expect(entries).toEqual(trace === false ? [] : expected);
      const { clientSecret } = (answer as { body?: string } | undefined)?.body?.startsWith('{')
        ? (JSON.parse((answer as { body: string }).body) as Partial<Issued>)
        : {};
      const written = JSON.stringify(audit.all());
      for (const secret of ['canary', issued.clientSecret, clientSecret ?? 'canary']) {
        expect(written).not.toContain(secret);
      }
    },
  );

  test('distinguishes refused acts from failed ones, without the content of the options', async () => {
    await expect(ask({ verb: 'rotate', domain: DOMAIN, overlap: 'canary' })).rejects.toThrow(Problem);
    clock.advance(1);
    admin.services.checkCredentials = () => Promise.reject(new TypeError('canary'));
    await expect(ask({ verb: 'firefish-credentials', domain: DOMAIN, ...firefish })).rejects.toThrow(
      TypeError,
    );
    const outcomes = audit
      .all()
      .flatMap(({ verb, outcome }) => (outcome === undefined ? [] : [[verb, outcome]]));
    expect(outcomes).toEqual(
      expect.arrayContaining([
        ['rotate', 'refused'],
        ['firefish-credentials', 'failed: TypeError'],
      ]),
    );
    expect(JSON.stringify(audit.all())).not.toContain('canary');
  });

  test.each([undefined, {}, { iam: {} }, { iam: { userArn: '' } }, { jwt: { claims: { sub: WHO } } }])(
    'a caller who only claims to be %j can do nothing and leaves no entry',
    async (authorizer) => {
      const before = audit.all().length;
      await expect(
        ask({ verb: 'disable', domain: DOMAIN, by: WHO }, authorizer ?? null),
      ).rejects.toMatchObject({
        type: 'unauthorized',
      });
      expect(audit.all()).toHaveLength(before);
    },
  );

  test('an act is not done if its begin cannot be recorded', async () => {
    admin.services.audit = {
      ...audit,
      put: () => Promise.reject(new Error('away')),
    } as unknown as MemoryTable;
    await expect(ask({ verb: 'rotate', domain: DOMAIN })).rejects.toThrow('away');
    expect((await admin.services.tenants.read(issued.tenantId))?.secrets).toHaveLength(1);
  });
});
