/** Who may be written to, by the newest word of the person or of their domain. */
import { domainOf } from './firefish-state.ts';
import { goodAddresses, listedNow, type ExpectedPerson } from './expected-people.ts';
import type { SampleEvent } from './samples.ts';

export const CHANNELS = ['email', 'sms', 'post'] as const;
export type Channel = (typeof CHANNELS)[number];

/** `untouched`: nobody said anything. `either`: the rules leave it open. */
export type Permission = 'in' | 'out' | 'untouched' | 'either';

interface Word {
  at: string;
  permission: 'in' | 'out';
}

const permissionOf = ({ type }: SampleEvent): 'in' | 'out' => (type.endsWith('opted_in') ? 'in' : 'out');
const wordOf = (event: SampleEvent): Word => ({ at: event.occurredAt, permission: permissionOf(event) });
const newest = (words: readonly Word[]): Word | undefined =>
  words.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);

const domainWords = (events: readonly SampleEvent[], domains: ReadonlySet<string>): Word[] =>
  events.filter((event) => event.domain !== undefined && domains.has(event.domain.toLowerCase())).map(wordOf);

/** @param events all of them, in order */
export function permissionFor(
  person: ExpectedPerson,
  events: readonly SampleEvent[],
  channel: Channel,
): Permission {
  const own = person.events
    .filter(({ marketing }) => marketing !== undefined && (marketing.channels ?? CHANNELS).includes(channel))
    .map(wordOf);
  const now = new Set(
    listedNow(person)
      .filter((address) => !person.flagged.has(address))
      .map(domainOf),
  );
  const ever = new Set([...person.addresses].map(domainOf));
  const certain = newest([...own, ...(channel === 'email' ? domainWords(events, now) : [])]);
  const possible = newest([...own, ...domainWords(events, ever)]);
  // Whether a word on a domain reaches who has left it, or more than e-mail, is not for the demo to say.
  if (possible !== certain && possible?.at !== certain?.at) return 'either';
  if (certain === undefined && channel === 'email' && goodAddresses(person).length === 0) return 'out';
  return certain?.permission ?? 'untouched';
}

/** The word on a domain for a record that no event of a person speaks of. */
export const permissionAtDomain = (events: readonly SampleEvent[], domain: string): Permission =>
  newest(domainWords(events, new Set([domain])))?.permission ?? 'untouched';
