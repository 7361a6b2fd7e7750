/** Every text that a verb takes has a limit, and no refusal is longer than what a person reads. */
import { beforeAll, expect, test } from '@jest/globals';
import { emailOption } from '../../../lib/admin/people/email-option.ts';
import { UsageError } from '../../../lib/admin/verb.ts';
import { VERBS } from '../../../lib/admin/verbs.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { settingsSchema } from '../../../lib/tenants/settings.ts';
import { COMMANDS } from '../../../local/admin/command.ts';
import { type Admin, makeAdmin } from '../../support/admin.ts';
import { testCipher } from '../../support/cipher.ts';
import { TestClock } from '../../support/clock.ts';

const LONG = 'x'.repeat(90_000);
/** Right options, so that only the long one is wrong. */
const RIGHT: Readonly<Record<string, string>> = {
  ...{ domain: 'acme.firefishsoftware.com', to: 'other.firefishsoftware.com' },
  ...{ confirm: 'acme.firefishsoftware.com', email: 'ann@person.example' },
  ...{ firefishClientId: 'ff-1', firefishClientSecret: 'ff-1-secret' },
  ...{ event: 'e1', as: 'same-person' },
};
let admin: Admin;

beforeAll(async () => {
  const clock = new TestClock();
  const tables = { credentials: new MemoryTable(clock), sync: new MemoryTable(clock) };
  admin = makeAdmin({ ...tables, audit: new MemoryTable(clock) }, testCipher, clock);
  await admin.enable(RIGHT['domain']!);
});

const texts = Object.keys(VERBS).flatMap((verb) =>
  Object.values(COMMANDS[verb]?.options ?? {})
    .filter(({ value, kind }) => value !== undefined && kind !== 'json-file' && kind !== 'number')
    .map(({ payload }) => [verb, payload] as const),
);

async function refusalOf(payload: { verb: string } & Record<string, unknown>): Promise<string> {
  const refused = await admin.run(payload).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UsageError);
  return (refused as UsageError).message;
}

test.each(texts)('%s refuses a %s that is too long', async (verb, payload) => {
  const required = Object.values(COMMANDS[verb]!.options).flatMap(({ payload: name, required: must }) =>
    must === true ? [[name, RIGHT[name]] as const] : [],
  );
  const message = await refusalOf({ verb, ...Object.fromEntries(required), [payload]: LONG });
  expect(message).toContain(payload);
  expect(message.length).toBeLessThan(1_000);
});

const many = Array.from({ length: 5_000 }, (_, number) => `field-${number}`);
test.each([
  ['defaultSource', { defaultSource: LONG }],
  ['defaultOwnerEmail', { defaultOwnerEmail: `ann@${'agency.'.repeat(5_000)}example` }],
  ['mandatoryFields', { mandatoryFields: { candidate: many } }],
  ['mandatoryFields of one long name', { mandatoryFields: { contact: [LONG] } }],
  ['updatePolicy', { updatePolicy: { fields: Object.fromEntries(many.map((name) => [name, 'never'])) } }],
  ['noteChannels', { noteChannels: many.map(() => 'email') }],
  ['campaignNotes', { campaignNotes: many.map(() => 'replied') }],
] as const)('settings refuses a %s that is too long', async (_what, set) => {
  expect(Object.keys(settingsSchema.shape)).toContain(Object.keys(set)[0]);
  const message = await refusalOf({ verb: 'settings', domain: RIGHT['domain'], set });
  expect(message.length).toBeLessThan(3_000);
});

const nested = (depth: number, inner: unknown = {}): object => ({
  ['x'.repeat(1_000)]: depth === 0 ? inner : nested(depth - 1, inner),
});
test.each([
  ['a long name', { [LONG]: 1 }],
  ['many names', Object.fromEntries(many.map((name) => [name, 1]))],
  ['a long name below', { addWhen: { [LONG]: 1 } }],
  ['a long name with a wrong value', { updatePolicy: { fields: { [LONG]: 'x' } } }],
  ['many wrong values', { updatePolicy: { fields: Object.fromEntries(many.map((name) => [name, 'x'])) } }],
  ['half a character below long names', nested(60, '\ud800')],
  ['names below names without end', nested(90)],
] as const)('unknown settings are not repeated: %s', async (_what, set) => {
  expect((await refusalOf({ verb: 'settings', domain: RIGHT['domain'], set })).length).toBeLessThan(3_000);
});

test('an address is read without the text around it, and refused with a control character inside', async () => {
  const erase = (email: string): Promise<unknown> =>
    admin.run({ verb: 'erase', domain: RIGHT['domain'], email });
  expect(emailOption.parse(' ann@person.example\r\n')).toBe('ann@person.example');
  for (const email of ['ann@per\rson.example', 'ann\n@person.example', 'ann@person.example\r\nBcc: x'])
    await expect(erase(email)).rejects.toThrow('email: must be an e-mail address');
});
