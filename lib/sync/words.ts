/** The words on marketing of one person, over everything that they are known by. */
import { CHANNELS, type MarketingChannel, type PersonEvent } from '../events/event.ts';
import { marketingKey } from '../store/keys.ts';
import type { ReadContext, SyncContext } from './context.ts';
import { identityOf } from './loaded-event.ts';
import { newestWords, rememberWords, type Subject, type Word, type Words, wordsOf } from './marketing.ts';
import type { PersonState } from './person.ts';
import { channelsOf } from './plan-marketing.ts';
import { later, NOT_YET, type Stamp, stampOf } from './stamp.ts';

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

/** What a person is spoken of by. Of an address that was found wrong only the words from before the flag are about them. */
interface Spoken extends Subject {
  until: Stamp;
}

const addressesOf = (person: PersonState): [hash: string, domainHash: string, until: Stamp][] =>
  Object.entries(person.addresses).map(([hash, { domainHash, flagged }]) => [
    hash,
    domainHash,
    flagged ?? NOT_YET,
  ]);

/** By what a person's words are kept: whatever is left of these after an erasure still leads to them. */
const subjectsOf = (person: PersonState): Spoken[] => [
  ...Object.keys(person.candidateIds).map((of): Spoken => ({ by: 'candidate-id', of, until: NOT_YET })),
  ...addressesOf(person).map(([of, , until]): Spoken => ({ by: 'address', of, until })),
];

function domainsOf(person: PersonState): Spoken[] {
  const domains = new Map<string, Stamp>();
  for (const [, of, until] of addressesOf(person)) domains.set(of, later(domains.get(of) ?? until, until));
  return [...domains].map(([of, until]) => ({ by: 'domain', of, until }));
}

const wordsUntil = (until: Stamp, words: Words): Words =>
  Object.fromEntries(Object.entries(words).filter(([, word]) => word.stamp < until));

/** By subject, the words kept of it that are about the person. */
async function keptWords(
  { table, tenant }: ReadContext,
  subjects: readonly Spoken[],
): Promise<Map<Spoken, Words>> {
  const keys = subjects.map(({ by, of }) => marketingKey(tenant.tenantId, by, of));
  const items = await table.getMany(keys);
  return new Map(
    subjects.map((subject, index) => {
      const item = items.find(({ pk, sk }) => pk === keys[index]?.pk && sk === keys[index].sk);
      return [subject, wordsUntil(subject.until, wordsOf(item))];
    }),
  );
}

/** The newest words on the person, own and domains'. */
export async function readPersonWords(context: ReadContext, person: PersonState): Promise<Words> {
  const kept = await keptWords(context, [...subjectsOf(person), ...domainsOf(person)]);
  return newestWords([...kept.values()]);
}

/**
 * Remembers what is said now, and what was ever said of the person, by each of their ids and addresses, and
 * answers the newest. Comes before any write to Firefish: what dies here is not forgotten.
 */
export async function rememberPersonWords(
  context: SyncContext,
  person: PersonState,
  said: Words,
): Promise<Words> {
  const { table, tenant } = context;
  const own = subjectsOf(person);
  const kept = await keptWords(context, [...own, ...domainsOf(person)]);
  const wordsOn = (subject: Spoken): Words => kept.get(subject) ?? {};
  const personal = newestWords([said, ...own.map(wordsOn)]);
  await Promise.all(
    own.map(async (subject) => {
      const news = wordsUntil(subject.until, personal);
      if (sameWords(newestWords([wordsOn(subject), news]), wordsOn(subject))) return;
      await rememberWords(table, tenant.tenantId, subject, news);
    }),
  );
  return newestWords([personal, ...kept.values()]);
}

/**
 * Of events that nobody will work on any more, what they say last: an opt-out stays in force, by the ids and the
 * addresses it came with.
 */
export async function rememberOptOuts(
  { table, tenant }: Pick<SyncContext, 'table' | 'tenant'>,
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
