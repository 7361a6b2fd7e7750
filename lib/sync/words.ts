/** The words on marketing of one person, over everything that they are known by. */
import { CHANNELS, type MarketingChannel, type PersonEvent } from '../events/event.ts';
import { marketingKey } from '../store/keys.ts';
import type { ReadContext } from './context.ts';
import { identityOf } from './loaded-event.ts';
import { newestWords, rememberWords, type Subject, type Word, type Words, wordsOf } from './marketing.ts';
import { liveAddresses, type PersonState } from './person.ts';
import { channelsOf } from './plan-marketing.ts';
import { stampOf } from './stamp.ts';

/** One word on these channels; none named: on all. */
export const wordsOn = (channels: readonly MarketingChannel[] | undefined, word: Word): Words =>
  Object.fromEntries(channelsOf(channels).map((channel) => [channel, word]));

/** What a marketing event says; nothing for other events. */
export const wordsSaid = (event: PersonEvent): Words =>
  'marketing' in event
    ? wordsOn(event.marketing.channels, {
        stamp: stampOf(event),
        optedOut: event.type === 'marketing.opted_out',
      })
    : {};

/** By what a person's words are kept: whatever is left of these after an erasure still leads to them. */
const subjectsOf = (person: PersonState): Subject[] => [
  ...Object.keys(person.candidateIds).map((of): Subject => ({ by: 'candidate-id', of })),
  ...liveAddresses(person).map((of): Subject => ({ by: 'address', of })),
];

const domainsOf = (person: PersonState): Subject[] =>
  [...new Set(liveAddresses(person).map((hash) => person.addresses[hash]?.domainHash))]
    .filter((of) => of !== undefined)
    .map((of) => ({ by: 'domain', of }));

/** The newest words on the person, own and domains'. */
export async function readPersonWords({ table, tenant }: ReadContext, person: PersonState): Promise<Words> {
  const subjects = [...subjectsOf(person), ...domainsOf(person)];
  const items = await table.getMany(subjects.map(({ by, of }) => marketingKey(tenant.tenantId, by, of)));
  return newestWords(items.map(wordsOf));
}

/**
 * Remembers what is said now, and what was ever said of the person, by each of their ids and addresses, and
 * answers the newest. Comes before any write to Firefish: what dies here is not forgotten.
 */
export async function rememberPersonWords(
  context: ReadContext,
  person: PersonState,
  said: Words,
): Promise<Words> {
  const { table, tenant } = context;
  const own = subjectsOf(person);
  const domains = domainsOf(person);
  const keys = [...own, ...domains].map(({ by, of }) => marketingKey(tenant.tenantId, by, of));
  const items = await table.getMany(keys);
  const wordsOn = ({ by, of }: Subject): Words => {
    const { pk, sk } = marketingKey(tenant.tenantId, by, of);
    return wordsOf(items.find((item) => item.pk === pk && item.sk === sk));
  };
  const personal = newestWords([said, ...own.map(wordsOn)]);
  const behind = own.filter(
    (subject) => !sameWords(newestWords([wordsOn(subject), personal]), wordsOn(subject)),
  );
  await Promise.all(behind.map((subject) => rememberWords(table, tenant.tenantId, subject, personal)));
  return newestWords([personal, ...domains.map(wordsOn)]);
}

/**
 * Of events that nobody will work on any more, what they say last: an opt-out stays in force, by the ids and the
 * addresses it came with.
 */
export async function rememberOptOuts(
  { table, tenant }: Pick<ReadContext, 'table' | 'tenant'>,
  events: readonly PersonEvent[],
): Promise<void> {
  const said = Object.entries(newestWords(events.map(wordsSaid))).filter(([, word]) => word.optedOut);
  if (said.length === 0) return;
  const speaking = events.filter((event) => 'marketing' in event).map((event) => identityOf(tenant, event));
  const ids = new Set(speaking.flatMap(({ candidateId }) => candidateId ?? []));
  const hashes = new Set(speaking.flatMap(({ addresses }) => addresses.map(({ hash }) => hash)));
  const subjects = [
    ...[...ids].map((of): Subject => ({ by: 'candidate-id', of })),
    ...[...hashes].map((of): Subject => ({ by: 'address', of })),
  ];
  for (const subject of subjects) {
    await rememberWords(table, tenant.tenantId, subject, Object.fromEntries(said));
  }
}

export const sameWords = (a: Words, b: Words): boolean =>
  CHANNELS.every((channel) => a[channel]?.stamp === b[channel]?.stamp);
