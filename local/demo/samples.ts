/** The samples of the demo: what is in Firefish before, and what SourceWhale sends, in order of arrival. */
import { readFileSync } from 'node:fs';

/** An event as the sender writes it; the demo is SourceWhale here and takes no types from the receiver. */
export interface SampleEvent {
  id: string;
  type: string;
  occurredAt: string;
  actor?: { email: string };
  record?: SamplePerson;
  campaign?: { id: string; name: string };
  note?: { id: string; text: string; channel: string };
  marketing?: { channels?: string[] };
  email?: string;
  domain?: string;
  company?: { id: string; name: string; phone?: string };
}

export interface SamplePerson {
  candidateId: string;
  kind: Kind;
  name?: string;
  firstName?: string;
  lastName?: string;
  emails?: string[];
  phones?: string[];
  company?: string;
  role?: string;
  location?: string;
  city?: string;
  state?: string;
  postcode?: string;
  country?: string;
  socialLinks?: string[];
  skills?: string[];
  gender?: string;
  dominantRace?: string;
}

export type Kind = 'candidate' | 'contact';
export const KINDS: readonly Kind[] = ['candidate', 'contact'];

/** The file is part of the demo, so its form is known. */
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

export const readEvents = (): SampleEvent[] => (read('events.json') as { events: SampleEvent[] }).events;
export const readSeed = (): Record<string, Record<string, unknown>[]> =>
  read('firefish-seed.json') as Record<string, Record<string, unknown>[]>;

const order = (event: SampleEvent): string => `${new Date(event.occurredAt).toISOString()} ${event.id}`;

/** Each event once, in the order in which they happened; equal times by id. */
export function inOrder(events: readonly SampleEvent[]): SampleEvent[] {
  const unique = new Map(events.toReversed().map((event) => [event.id, event]));
  return [...unique.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
