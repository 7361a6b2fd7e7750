import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { examineLocal } from '../../../local/doctor/doctor.ts';
import { invokeLocally } from '../../../local/admin/invoke.ts';
import { type LocalStack, startLocalStack } from '../../../local/stack/stack.ts';

let stack: LocalStack;
let port: number;
beforeAll(async () => {
  stack = await startLocalStack({ environment: { PORT: '0' }, onError: () => undefined });
  port = Number(new URL(stack.url).port);
}, 60_000);
afterAll(() => stack.stop());

describe('doctor without a stage', () => {
  test('checks the system on this machine: its API, and each agency', async () => {
    const domain = 'doctor.firefishsoftware.com';
    await invokeLocally(port, {
      verb: 'enable',
      domain,
      firefishClientId: 'ff-doc',
      firefishClientSecret: 'ff-doc-secret',
    });
    expect(await examineLocal(port)).toMatchObject([
      { part: 'api', state: 'ok' },
      { part: 'agencies', state: 'ok', found: '1 enabled, all is well with those asked' },
      { part: 'token budget', state: 'ok' },
    ]);
  });

  test('says what to do if nothing runs', async () => {
    expect(await examineLocal(1)).toMatchObject([
      { part: 'api', state: 'wrong', advice: expect.stringContaining('npm start') },
    ]);
  });
});
