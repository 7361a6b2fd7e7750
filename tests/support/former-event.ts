/** A short form of events for tests: `eventOf` turns one into the event that the intake makes. */
import type {
  Campaign,
  CampaignStage,
  Clearable,
  Company,
  CompanyAddress,
  DocumentReference,
  Event,
  Kind,
  MarketingChannel,
  NamedPerson,
  Note,
  Person,
  PersonIds,
} from '../../lib/events/event.ts';
import { innerId, outerId, withInnerIds } from '../../lib/events/inner-id.ts';
import { readCompany } from '../../lib/events/reading/read-company.ts';
import { readEvent } from '../../lib/events/reading/read-event.ts';
import { readPerson } from '../../lib/events/reading/read-person.ts';
import { Reading } from '../../lib/events/reading/reading.ts';

export interface SourceWhalePerson {
  /** Empty: not sent. */
  candidateId: string;
  kind: Kind;
  salutation?: string | undefined;
  name?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  emails?: string[] | undefined;
  phones?: string[] | undefined;
  company?: string | undefined;
  role?: string | undefined;
  location?: string | undefined;
  city?: string | undefined;
  state?: string | undefined;
  postcode?: string | undefined;
  country?: string | undefined;
  socialLinks?: string[] | undefined;
  summary?: string | undefined;
  headline?: string | undefined;
  skills?: string[] | undefined;
  source?: string | undefined;
}

export interface SourceWhaleCompany {
  id: string;
  name: string;
  domain?: string | undefined;
  website?: string | undefined;
  phone?: string | undefined;
  address?: string | { [part: string]: string | undefined } | undefined;
}

interface Base {
  id: string;
  occurredAt: string;
  actor?: { email?: string | undefined } | undefined;
}
interface About extends Base {
  record: SourceWhalePerson;
}
export type PersonEvent =
  | (About & { type: 'record.created' | 'record.updated' | 'record.synced' })
  | (About & { type: `campaign.${CampaignStage}`; campaign: Campaign })
  | (About & { type: 'note.added'; note: Note })
  | (About & { type: 'document.added'; document: DocumentReference })
  | (About & {
      type: 'marketing.opted_out' | 'marketing.opted_in';
      marketing: { channels?: MarketingChannel[] | undefined; reason?: string | undefined };
    })
  | (About & { type: 'email.flagged'; email: string })
  | (About & { type: 'phone.flagged'; phone: string });
export type CompanyEvent = Base & {
  type: 'company.created' | 'company.updated';
  company: SourceWhaleCompany;
};
export type DomainEvent = Base & { type: 'domain.opted_out' | 'domain.opted_in'; domain: string };
export type SourceWhaleEvent = PersonEvent | CompanyEvent | DomainEvent;

const text = (said: Clearable<string> | undefined): string | undefined => (said === null ? '' : said);
const list = (said: Clearable<string[]> | undefined): string[] | undefined => (said === null ? [] : said);

/** The members that are not `undefined`. */
const defined = <Value extends object>(value: Value): Value =>
  // Leaving out what is undefined keeps an object of optional members what it is.
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Value;

function formerPerson(person: PersonIds & Partial<NamedPerson> & Partial<Person>): SourceWhalePerson {
  const linkedIn = text(person.linkedIn);
  const saysEmails = person.emails.length > 0 || person.emailsCleared === true;
  return defined({
    candidateId: person.candidateId === undefined ? '' : innerId(person.candidateId),
    kind: person.kind ?? 'candidate',
    salutation: text(person.title),
    name: person.oneWordName,
    firstName: person.firstName,
    lastName: person.lastName,
    emails: saysEmails ? person.emails : undefined,
    phones: list(person.phones),
    company: person.company,
    role: text(person.role),
    location: text(person.location),
    city: text(person.city),
    state: text(person.state),
    postcode: text(person.postcode),
    country: text(person.country),
    socialLinks: linkedIn === undefined ? undefined : linkedIn === '' ? [] : [linkedIn],
    summary: text(person.summary),
    skills: list(person.skills),
    source: person.source,
  });
}

const formerAddress = (address: CompanyAddress): { [part: string]: string | undefined } =>
  Object.fromEntries(
    Object.entries(address).map(([part, said]: [string, Clearable<string>]) => [part, said ?? '']),
  );

export function formerEvent(event: Event): SourceWhaleEvent {
  const base = {
    id: innerId(event.id),
    occurredAt: event.effectiveAt,
    ...(event.actor !== undefined && { actor: event.actor }),
  };
  if ('domain' in event) return { ...base, type: event.type, domain: event.domain };
  if ('company' in event) {
    const { id, name, domain, website, phone, address } = event.company;
    const said = { domain: text(domain), website: text(website), phone: text(phone) };
    const whole = { id, name: name ?? '', ...said, address: address && formerAddress(address) };
    return { ...base, type: event.type, company: defined(whole) };
  }
  const about = { ...base, record: formerPerson(event.record) };
  if ('channels' in event) {
    const { type, channels, reason } = event;
    return { ...about, type, marketing: { channels, ...(reason !== undefined && { reason }) } };
  }
  if ('campaign' in event) return { ...about, type: event.type, campaign: event.campaign };
  switch (event.type) {
    case 'note.added':
      return { ...about, type: event.type, note: event.note };
    case 'document.added':
      return { ...about, type: event.type, document: event.document };
    case 'email.flagged':
      return { ...about, type: event.type, email: event.email };
    case 'phone.flagged':
      return { ...about, type: event.type, phone: event.phone };
    case 'record.created':
    case 'record.updated':
    case 'record.synced':
      return { ...about, type: event.type };
  }
}

/** A raw event in the short form. @throws Error naming what is wrong with it */
export function readFormerEvent(raw: unknown): SourceWhaleEvent {
  return formerEvent(readIt(raw));
}

function readIt(raw: unknown): Event {
  const read = readEvent(raw, new Date('2100-01-01'));
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.event;
}

/** What intake makes of it. */
export function eventOf(event: SourceWhaleEvent): Event {
  const raw = { ...event, id: outerId(event.id) };
  if (!('record' in event)) return withInnerIds(readIt(raw));
  const { candidateId, ...record } = event.record;
  const id = candidateId === '' ? {} : { candidateId: outerId(candidateId) };
  return withInnerIds(readIt({ ...raw, record: { ...id, ...record } }));
}

/** The tidied person of a record. */
export function personOf(record: SourceWhalePerson): Person {
  const person = readPerson(new Reading(), { ...record });
  if (person === undefined) throw new TypeError('a record without a kind');
  return person;
}

export function companyOf(company: SourceWhaleCompany): Company {
  const read = readCompany(new Reading(), { company }, 'company.updated');
  if (read === undefined) throw new TypeError('a company without an id');
  return read;
}

export const emailAddresses = (record: SourceWhalePerson): string[] => personOf(record).emails;
