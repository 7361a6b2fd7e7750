/** Who can be written to, by the newest opt-in or opt-out of the person or of their domain. */
import { domainOf } from './firefish-state.ts';
import { goodAddresses, listedNow, type ExpectedPerson } from './expected-people.ts';
import type { SampleEvent } from './samples.ts';

export const CHANNELS = ['email', 'sms', 'post'] as const;
export type Channel = (typeof CHANNELS)[number];

/** `untouched`: no opt-in or opt-out. `either`: the rules allow both. */
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
  // The demo does not check whether a domain's opt-out reaches people who have left it, or other channels than e-mail.
  if (possible !== certain && possible?.at !== certain?.at) return 'either';
  if (certain === undefined && channel === 'email' && goodAddresses(person).length === 0) return 'out';
  return certain?.permission ?? 'untouched';
}

/** The domain's opt-in or opt-out for a record that no person's event is about. */
export const permissionAtDomain = (events: readonly SampleEvent[], domain: string): Permission =>
  newest(domainWords(events, new Set([domain])))?.permission ?? 'untouched';
