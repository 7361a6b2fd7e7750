/**
 * What Firefish must be sent of one company, so that it ends as if its events had come in order: a pure function
 * that says what it must know, as `plan` is for people.
 */
import type { CompanyEvent } from '../events/event.ts';
import type { CompanyRecord, Fields } from '../firefish/port.ts';
import { companyFields } from '../mapping/company-fields.ts';
import { normaliseCompanyName } from '../mapping/company-name.ts';
import type { Settings } from '../tenants/settings.ts';
import type { LinkedRecord, Said } from './person.ts';
import { patchFor, type Sayings } from './plan-fields.ts';
import { byStamp, stampOf } from './stamp.ts';

/** What is kept of a company by SourceWhale's id. */
export interface CompanyState {
  ref?: number;
  /** By which it was found, or was last given. */
  name?: string;
  said?: Record<string, Said>;
  sent?: Record<string, string>;
}

/** What was read so far. */
export interface CompanyFacts {
  /** Refs of the companies of the name, best match first. */
  refs?: readonly number[];
  profile?: CompanyRecord;
}

export type CompanyPlan =
  | { need: 'refs'; name: string }
  | { need: 'profile'; ref: number }
  | { do: 'skip'; reason: string }
  | { do: 'create'; name: string; fields: Fields }
  /** Without fields: nothing is to be sent. */
  | { do: 'update'; ref: number; name: string | undefined; fields: Fields; sent: Record<string, string> };

const HASH_LENGTH = 16;

/** Of what the events say, that which nothing newer is known of. */
export function companySayings(
  hash: (value: string) => string,
  events: readonly CompanyEvent[],
  known: Record<string, Said>,
): Sayings {
  const sayings: Sayings = {};
  const sorted = events.map((event) => ({ event, stamp: stampOf(event) })).sort(byStamp);
  for (const { event, stamp } of sorted) {
    for (const [field, value] of Object.entries(companyFields(event.company))) {
      if (stamp < (known[field]?.stamp ?? '')) continue;
      const same = field === 'Name' && typeof value === 'string' ? normaliseCompanyName(value) : value;
      const hashed = hash(`company.${field}=${JSON.stringify(same)}`).slice(0, HASH_LENGTH);
      sayings[field] = { value, stamp, eventId: event.id, hash: hashed };
    }
  }
  return sayings;
}

export function planCompany(
  settings: Settings,
  state: CompanyState,
  sayings: Sayings,
  facts: CompanyFacts,
): CompanyPlan {
  if (state.ref !== undefined) {
    return planUpdate(settings, sayings, facts, state.ref, state.name, state.sent ?? {});
  }
  const named = sayings['Name'];
  if (named === undefined || typeof named.value !== 'string') return { do: 'skip', reason: 'superseded' };
  if (facts.refs === undefined) return { need: 'refs', name: named.value };
  const [best] = facts.refs;
  if (best !== undefined) {
    // Found by name, the company's own way of writing it stays.
    return planUpdate(settings, sayings, facts, best, named.value, { Name: named.hash });
  }
  if (!settings.createCompanies) return { do: 'skip', reason: 'createCompanies' };
  const fields = Object.entries(sayings).flatMap(([field, { value }]) =>
    value === '' ? [] : [[field, value] as const],
  );
  return { do: 'create', name: named.value, fields: Object.fromEntries(fields) };
}

function planUpdate(
  settings: Settings,
  sayings: Sayings,
  { profile }: CompanyFacts,
  ref: number,
  name: string | undefined,
  sent: Record<string, string>,
): CompanyPlan {
  // The same rules as for a person's record, of which a company's has the same form.
  const record: LinkedRecord = { kind: 'contact', ref, matchedBy: [], sent, marketing: {} };
  const patch = patchFor(settings, record, sayings, undefined, profile);
  const isNew = Object.keys(sent).every((field) => field === 'Name');
  const mustRead = patch.needsProfile || (isNew && Object.keys(patch.fields).length > 0);
  if (mustRead && profile === undefined) return { need: 'profile', ref };
  return { do: 'update', ref, name, fields: patch.fields, sent: { ...sent, ...patch.sent } };
}

export const hashesOf = (sayings: Sayings): Record<string, string> =>
  Object.fromEntries(Object.entries(sayings).map(([field, { hash }]) => [field, hash]));
