/**
 * Reads one event as a sender writes it: checks what its type uses, tidies it, and says what was dropped. Pure. The
 * rules are sections 4 and 4.1 of the contract.
 */
import { defined } from '../../defined.ts';
import type { EventId } from '../../ids.ts';
import { plainText } from '../../text/html-text.ts';
import { cut, fold, tidy, tidyLines } from '../../text/visible.ts';
import { readAddress } from './addresses.ts';
import { contentHash } from '../content-hash.ts';
import { readOwnDomain } from './domains.ts';
import {
  type Campaign,
  CHANNELS,
  DOCUMENT_TYPES,
  type DocumentReference,
  type Event,
  type EventType,
  type MarketingChannel,
  type Note,
  NOTE_CHANNELS,
  type Origin,
  ORIGINS,
} from '../event.ts';
import { EVENT_TYPE_NAMES, isEventType } from '../event-types.ts';
import { type Instant, instantAt, millisecondsOf, OCCURRED_AT_FORMS, readInstant } from '../instant.ts';
import { phoneTexts } from './phone-texts.ts';
import { readCompany } from './read-company.ts';
import { readNamedPerson, readPerson, readPersonIds, readPhoneOwner } from './read-person.ts';
import { isObject, MAX_LINE, MAX_TEXT, member, type Raw, Reading, type Remark, textOf } from './reading.ts';

export type ReadEvent =
  | { ok: true; event: Event; warnings: Remark[]; contentHash: string }
  | { ok: false; id?: string; errors: Remark[] };

/** The form of an event's id. */
export const EVENT_ID = /^[A-Za-z0-9._:~-]{1,128}$/;
/** How far the sender's clock may be ahead of ours. */
const MAX_AHEAD_MS = 5 * 60_000;

type Base = Pick<Event, 'id' | 'occurredAt' | 'effectiveAt' | 'actor' | 'origin'>;
type WithoutBase<Of> = Of extends Event ? Omit<Of, keyof Base> : never;
/** The members of a type besides the common ones. */
type Body = WithoutBase<Event>;

/** @param now when the event arrived */
export function readEvent(raw: unknown, now: Date): ReadEvent {
  if (!isObject(raw)) return { ok: false, errors: [{ path: '', message: 'must be an object' }] };
  const id = eventId(raw);
  const reading = new Reading();
  const base = readBase(reading, raw, id, now);
  const type = member(raw, 'type');
  if (!isEventType(type)) reading.error('type', `must be one of ${EVENT_TYPE_NAMES.join(', ')}`);
  const body = isEventType(type) ? readBody(reading, raw, type) : undefined;
  if (reading.errors.length > 0 || base === undefined || body === undefined) {
    return { ok: false, ...defined({ id }), errors: reading.errors };
  }
  return { ok: true, event: { ...base, ...body }, warnings: reading.warnings, contentHash: contentHash(raw) };
}

/** The id of an event, even if the rest of the event is wrong. */
export function eventId(raw: unknown): EventId | undefined {
  const id = isObject(raw) ? textOf(member(raw, 'id')) : undefined;
  return id !== undefined && EVENT_ID.test(id) ? (id as EventId) : undefined;
}

function readBase(reading: Reading, raw: Raw, id: EventId | undefined, now: Date): Base | undefined {
  if (id === undefined) reading.error('id', 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ : ~ -');
  const occurredAt = readInstant(member(raw, 'occurredAt'));
  if (occurredAt === undefined) reading.error('occurredAt', OCCURRED_AT_FORMS);
  else if (millisecondsOf(occurredAt) > now.getTime() + MAX_AHEAD_MS) {
    reading.error('occurredAt', 'must be at most five minutes ahead');
  }
  const actor = readActor(reading, raw);
  const origin = readOrigin(reading, raw);
  if (id === undefined || occurredAt === undefined) return undefined;
  const arrival = instantAt(now.getTime());
  const effectiveAt: Instant = occurredAt > arrival ? arrival : occurredAt;
  return { id, occurredAt, effectiveAt, ...defined({ actor }), origin };
}

/** Who did it. No type depends on it, so it never causes a rejection. */
function readActor(reading: Reading, raw: Raw): { email: string } | undefined {
  const actor = member(raw, 'actor');
  if (actor === undefined) return undefined;
  if (!isObject(actor)) {
    reading.warn('actor', 'is not an object, and was ignored');
    return undefined;
  }
  const said = member(actor, 'email');
  const text = reading.whole(said, 'actor.email');
  if (said === undefined || text?.trim() === '') return undefined;
  const email = text === undefined ? undefined : readAddress(text);
  if (email !== undefined) return { email };
  reading.warn('actor.email', 'is not one readable e-mail address, and was ignored');
  return undefined;
}

function readOrigin(reading: Reading, raw: Raw): Origin {
  const said = member(raw, 'origin');
  const origin = ORIGINS.find((one) => one === fold(reading.whole(said, 'origin') ?? ''));
  if (said !== undefined && origin === undefined) {
    reading.warn('origin', `is not one of ${ORIGINS.join(', ')}: it counts as user`);
  }
  return origin ?? 'user';
}

function readBody(reading: Reading, raw: Raw, type: EventType): Body | undefined {
  // The types of what is left are those of `readPersonBody`, which names each.
  /* eslint-disable @typescript-eslint/switch-exhaustiveness-check */
  switch (type) {
    case 'company.created': {
      const company = readCompany(reading, raw, type);
      return company?.name === undefined ? undefined : { type, company: { ...company, name: company.name } };
    }
    case 'company.updated': {
      const company = readCompany(reading, raw, type);
      return company && { type, company };
    }
    case 'domain.opted_out':
    case 'domain.opted_in': {
      const domain = readDomainOf(reading, raw);
      return domain === undefined ? undefined : { type, domain };
    }
    default: {
      const record = reading.neededObject(raw, 'record');
      // Other errors are reported, too.
      return readPersonBody(reading, raw, type, record ?? { candidateId: 'none', kind: 'candidate' });
    }
  }
  /* eslint-enable @typescript-eslint/switch-exhaustiveness-check */
}

type PersonType = Exclude<EventType, `company.${string}` | `domain.${string}`>;

function readPersonBody(reading: Reading, raw: Raw, type: PersonType, record: Raw): Body | undefined {
  switch (type) {
    case 'record.created':
    case 'record.updated':
    case 'record.synced': {
      const person = readPerson(reading, record);
      return person && { type, record: person };
    }
    case 'campaign.added':
    case 'campaign.messaged':
    case 'campaign.opened':
    case 'campaign.clicked':
    case 'campaign.replied':
    case 'campaign.interested':
    case 'campaign.meeting_booked': {
      const [person, campaign] = [readPerson(reading, record), readCampaign(reading, raw)];
      return person && campaign && { type, record: person, campaign };
    }
    case 'campaign.not_interested':
    case 'campaign.bounced':
    case 'campaign.finished': {
      const [person, campaign] = [readNamedPerson(reading, record), readCampaign(reading, raw)];
      return campaign && { type, record: person, campaign };
    }
    case 'note.added': {
      const [person, note] = [readNamedPerson(reading, record), readNote(reading, raw)];
      return note && { type, record: person, note };
    }
    case 'document.added': {
      const [person, document] = [readNamedPerson(reading, record), readDocument(reading, raw)];
      return document && { type, record: person, document };
    }
    case 'marketing.opted_out':
      return { type, record: readPersonIds(reading, record, false), ...readMarketing(reading, raw) };
    case 'marketing.opted_in':
      return { type, record: readNamedPerson(reading, record), ...readMarketing(reading, raw) };
    case 'email.flagged': {
      const email = readFlaggedEmail(reading, raw);
      const person = readPersonIds(reading, record, email !== undefined);
      return email === undefined ? undefined : { type, record: person, email };
    }
    case 'phone.flagged': {
      const phone = readFlaggedPhone(reading, raw);
      const person = readPhoneOwner(reading, record);
      return phone === undefined ? undefined : { type, record: person, phone };
    }
  }
}

function readCampaign(reading: Reading, raw: Raw): Campaign | undefined {
  const campaign = reading.neededObject(raw, 'campaign');
  if (campaign === undefined) return undefined;
  const id = reading.neededLine(campaign, 'id', 'campaign');
  const name = reading.neededLine(campaign, 'name', 'campaign');
  const step = reading.saidLine(campaign, 'step', 'campaign');
  if (id === undefined || name === undefined) return undefined;
  return { id, name, ...defined({ step }) };
}

/** The form of a channel's name for comparison: `In-Mail` is `inmail`. */
const plainWord = (word: string): string => fold(word).replace(/[^\p{L}\p{N}]/gu, '');

function readNote(reading: Reading, raw: Raw): Note | undefined {
  const note = reading.neededObject(raw, 'note');
  if (note === undefined) return undefined;
  const id = reading.neededId(note, 'id', 'note');
  const said = member(note, 'text');
  const html = reading.whole(said, 'note.text');
  if (html === undefined) reading.error('note.text', said === undefined ? 'is missing' : 'must be a text');
  const word = optionalWord(reading, note, 'channel', 'note');
  const channel = NOTE_CHANNELS.find((one) => one === plainWord(word ?? ''));
  const outcome = optionalWord(reading, note, 'outcome', 'note');
  if (id === undefined || html === undefined) return undefined;
  const text = tidyLines(plainText(html));
  if (text.length > MAX_TEXT) reading.warn('note.text', 'is longer than 20,000 characters: the rest was cut');
  return {
    id,
    text: cut(text, MAX_TEXT),
    channel: channel ?? 'other',
    ...defined({ channelWord: channel === undefined ? word : undefined, outcome }),
  };
}

/** An optional text: if its form is wrong, it is ignored, and the event is accepted. */
function optionalWord(reading: Reading, raw: Raw, name: string, path: string): string | undefined {
  const value = member(raw, name);
  if (value !== undefined && textOf(value) === undefined) {
    reading.warn(`${path}.${name}`, 'is not a text, and was ignored');
    return undefined;
  }
  return reading.saidLine(raw, name, path);
}

function readDocument(reading: Reading, raw: Raw): DocumentReference | undefined {
  const document = reading.neededObject(raw, 'document');
  if (document === undefined) return undefined;
  const documentId = reading.neededLine(document, 'documentId', 'document');
  const name = reading.neededLine(document, 'name', 'document');
  const word = optionalWord(reading, document, 'type', 'document');
  const type = word === undefined ? 'cv' : DOCUMENT_TYPES.find((one) => one === plainWord(word));
  if (type === undefined) {
    reading.warn('document.type', `is not one of ${DOCUMENT_TYPES.join(', ')}: it counts as other`);
  }
  return documentId === undefined || name === undefined
    ? undefined
    : { documentId, name, type: type ?? 'other' };
}

/** Without channels: all of them. */
function readMarketing(reading: Reading, raw: Raw): { channels: MarketingChannel[]; reason?: string } {
  const marketing = member(raw, 'marketing');
  if (marketing === undefined) return { channels: [...CHANNELS] };
  if (!isObject(marketing)) {
    reading.error('marketing', 'must be an object');
    return { channels: [] };
  }
  const reason = optionalWord(reading, marketing, 'reason', 'marketing');
  return { channels: readChannels(reading, marketing), ...defined({ reason }) };
}

function readChannels(reading: Reading, marketing: Raw): MarketingChannel[] {
  const unknown: string[] = [];
  const items = reading.list(marketing, 'channels', 'marketing', (path) => unknown.push(path));
  const channels = new Set<MarketingChannel>();
  for (const { path, text } of items ?? []) {
    for (const word of text.split(/[\s,;]+/u).filter(Boolean)) {
      const channel = CHANNELS.find((one) => one === plainWord(word));
      if (channel !== undefined) channels.add(channel);
      else if (unknown.at(-1) !== path) unknown.push(path);
    }
  }
  const known = `the channels are ${CHANNELS.join(', ')}`;
  if (channels.size === 0 && unknown.length === 0) return [...CHANNELS];
  for (const path of unknown) {
    if (channels.size === 0) reading.error(path, `is no channel: ${known}`);
    else reading.warn(path, `is no channel, and was ignored: ${known}`);
  }
  return CHANNELS.filter((channel) => channels.has(channel));
}

function readFlaggedEmail(reading: Reading, raw: Raw): string | undefined {
  const said = member(raw, 'email');
  const address = readAddress(cut(reading.whole(said, 'email') ?? '', MAX_LINE));
  if (address !== undefined) return address;
  const problem = said === undefined ? 'is missing: the wrong' : 'must be one readable';
  reading.error('email', `${problem} e-mail address`);
  return undefined;
}

function readFlaggedPhone(reading: Reading, raw: Raw): string | undefined {
  const said = member(raw, 'phone');
  const [number, ...others] = phoneTexts(cut(reading.whole(said, 'phone') ?? '', MAX_LINE));
  if (number !== undefined && others.length === 0) return number;
  reading.error('phone', `${said === undefined ? 'is missing: the wrong' : 'must be one'} telephone number`);
  return undefined;
}

function readDomainOf(reading: Reading, raw: Raw): string | undefined {
  const said = member(raw, 'domain');
  const read = readOwnDomain(tidy(reading.whole(said, 'domain') ?? ''));
  if ('domain' in read) return read.domain;
  reading.error('domain', said === undefined ? 'is missing: a domain, such as client.example' : read.problem);
  return undefined;
}
