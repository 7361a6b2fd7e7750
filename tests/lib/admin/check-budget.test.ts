/** The budget of checks of Firefish credentials, through all acts that check some. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Caller } from '../../../lib/admin/verb.ts';
import type { ConsoleServices } from '../../../lib/console/services.ts';
import { checkCredentials as checkEndpoint } from '../../../lib/console/tenants.ts';
import { checkCredentials, nextCheck } from '../../../lib/firefish/credentials-check.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { type Admin, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TurnStage } from '../firefish/turn-stage.ts';

const ACME = 'acme.firefishsoftware.com';
const WRONG = { firefishClientId: 'ff-wrong', firefishClientSecret: 'wrong' };
const RIGHT = { firefishClientId: 'acme', firefishClientSecret: 'acme-secret' };

let stage: TurnStage;
let audit: MemoryTable;
let admin: Admin;

beforeEach(() => {
  stage = new TurnStage();
  stage.addProfile('acme');
  const { clock, config, table, fetch } = stage;
  audit = new MemoryTable(clock);
  const tables = { credentials: new MemoryTable(clock), sync: table, audit };
  const deps = { config, clock, table, fetch };
  admin = makeAdmin(tables, testCipher, clock, (...given) => checkCredentials(deps, ...given));
  admin.services.nextCheck = (asker) => nextCheck(deps, asker);
});

type Act = (role: Caller['role'], credentials: typeof WRONG) => Promise<unknown>;
const verb =
  (name: string): Act =>
  (role, credentials) =>
    admin.run({ verb: name, domain: ACME, ...credentials }, role);

let requests = 0;
const checkFirefish: Act = (role, credentials) =>
  checkEndpoint(admin.services as ConsoleServices)({
    domain: ACME,
    parameters: {},
    principal: { issuer: 'https://id.example', subject: 'u1', issuedAt: 0, role, domains: new Set([ACME]) },
    event: {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
      requestContext: { requestId: `check-${String((requests += 1))}` },
    } as unknown as APIGatewayProxyEventV2,
  });

describe.each<[string, Act]>([
  ['check-firefish', checkFirefish],
  ['enable', verb('enable')],
  ['firefish-credentials', verb('firefish-credentials')],
])('%s', (name, act) => {
  const refused = async (words: RegExp): Promise<void> => {
    await expect(stage.clock.run(act('super-user', WRONG))).rejects.toThrow(words);
  };

  beforeEach(async () => {
    if (name !== 'firefish-credentials') return;
    await stage.clock.run(admin.enable(ACME, RIGHT));
    await stage.clock.advance(2 * 3_600_000);
  });

  test('leaves no entry in the audit trail if no check is possible now, however often it is tried', async () => {
    const asked = stage.tokensAsked();
    const entries = audit.all().length;
    for (let n = 0; n < 40; n += 1) {
      await refused(/^Firefish/);
      await stage.clock.advance(10_000);
    }
    expect(stage.tokensAsked() - asked).toBe(5);
    // Begin and end of each that was made.
    expect(audit.all().length - entries).toBe(10);
  });

  test.each([
    ['in a minute', 0],
    ['in an hour', 30_000],
  ])('is possible for an operator after super users have used what the agency has %s', async (_, pauseMs) => {
    for (let n = 0; n < 20; n += 1) {
      await stage.clock.advance(pauseMs);
      await refused(/^Firefish/);
    }
    await refused(/^Firefish limits how often/);
    await stage.clock.run(act('operator', RIGHT));
  });
});
