/** Every text that a verb takes has a limit, and no refusal is longer than what a person reads. */
import { beforeAll, expect, test } from '@jest/globals';
import { UsageError } from '../../../lib/admin/verb.ts';
import { VERBS } from '../../../lib/admin/verbs.ts';
import { MemoryTable } from '../../../lib/store/memory-table.ts';
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

test.each(texts)('%s takes no %s of any length', async (verb, payload) => {
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
] as const)('settings takes no %s of any length', async (_what, set) => {
  expect(Object.keys(settingsSchema.shape)).toContain(Object.keys(set)[0]);
  const message = await refusalOf({ verb: 'settings', domain: RIGHT['domain'], set });
  expect(message.length).toBeLessThan(3_000);
});
