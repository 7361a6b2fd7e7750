/**
 * What Firefish must be sent of one company, so that it ends as if its events had come in order: a pure function
 * that says what it must know, as `plan` is for people.
 */
import type { CompanyEvent } from '../events/event.ts';
import type { SkipReason } from '../events/reasons.ts';
import type { CompanyRecord } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { companyFields } from '../mapping/company-fields.ts';
import { nameHashOf } from './company-item.ts';
import { companyNameKey } from '../names/company-name.ts';
import type { Settings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { LinkedRecord, Said } from '../plan/person-state.ts';
import { ambiguousCompanies } from '../plan/notes.ts';
import { hashOf, patchFor, type Sayings } from '../plan/fields.ts';
import { byOrder, eventOrder } from '../events/event-order.ts';

/** What is kept of a company by SourceWhale's id. */
export interface CompanyState {
  ref?: number | undefined;
  /** Of the name by which it was found, or was last given. */
  nameHash?: string | undefined;
  /** `Tenant.linksSince` as it was for the ref. */
  linksSince?: number | undefined;
  said?: Record<string, Said> | undefined;
  sent?: Record<string, string> | undefined;
}

/** What was read so far. */
interface CompanyFacts {
  /** By normalised name: refs of the companies of that name, best match first. */
  refs: Map<string, readonly number[]>;
  profile?: CompanyRecord;
}

export const nothingRead = (): CompanyFacts => ({ refs: new Map() });

/** What events say of a company. */
export interface CompanySayings {
  /** Every name in their order: in that order, the first of them would have found the company. */
  names: string[];
  /** Of each field, that which nothing newer is known of. */
  newest: Sayings;
}

export type CompanyPlan =
  | { need: 'refs'; name: string }
  | { need: 'profile'; ref: number }
  | { do: 'skip'; reason: SkipReason }
  | { do: 'create'; name: string; fields: Fields }
  | CompanyUpdate;

export interface CompanyUpdate {
  do: 'update';
  ref: number;
  nameHash: string | undefined;
  /** None: nothing is to be sent. */
  fields: Fields;
  sent: Record<string, string>;
  /** What a person should know: which of several of the name it is. */
  notes?: string[];
}

export function companySayings(
  hash: (value: string) => string,
  events: readonly CompanyEvent[],
  known: Record<string, Said>,
): CompanySayings {
  const newest: Sayings = {};
  const names = new Map<string, string>();
  const sorted = events.map((event) => ({ event, order: eventOrder(event) })).sort(byOrder);
  for (const { event, order } of sorted) {
    const { name } = event.company;
    if (name !== undefined && !names.has(companyNameKey(name))) names.set(companyNameKey(name), name);
    for (const [field, value] of Object.entries(companyFields(event.company))) {
      if (order < (known[field]?.order ?? '')) continue;
      newest[field] = { value, order, eventId: event.id, hash: hashOf(hash, field, value) };
    }
  }
  return { names: [...names.values()], newest };
}

/**
 * The company's own record is changed where one is known by its id or found by a name; else one is made, or the
 * events are skipped. Answers what must be read first, one thing at a time.
 */
export function planCompany(
  tenant: Pick<Tenant, 'settings' | 'hash'>,
  state: CompanyState,
  { names, newest }: CompanySayings,
  facts: CompanyFacts,
): CompanyPlan {
  const { settings, hash } = tenant;
  if (state.ref !== undefined) {
    return planUpdate(settings, newest, facts, state.ref, state.nameHash, state.sent ?? {});
  }
  const named = newest['Name'];
  // Linked when it came in, and gone from Firefish since: without a name it cannot be found again.
  if (names.length === 0) return { do: 'skip', reason: 'gone' };
  if (named === undefined || typeof named.value !== 'string') return { do: 'skip', reason: 'superseded' };
  for (const name of names) {
    const refs = facts.refs.get(companyNameKey(name));
    if (refs === undefined) return { need: 'refs', name };
    const [best] = refs;
    if (best === undefined) continue;
    // Found by name, the company's own way of writing it stays.
    const sent = { Name: hashOf(hash, 'Name', name) };
    const planned = planUpdate(settings, newest, facts, best, nameHashOf(tenant, name), sent);
    return 'need' in planned ? planned : { ...planned, notes: ambiguousCompanies(refs) };
  }
  if (!settings.createCompanies) return { do: 'skip', reason: 'createCompanies' };
  const fields = Object.entries(newest).flatMap(([field, { value }]) =>
    value === '' ? [] : [[field, value] as const],
  );
  return { do: 'create', name: named.value, fields: Object.fromEntries(fields) };
}

function planUpdate(
  settings: Settings,
  sayings: Sayings,
  { profile }: CompanyFacts,
  ref: number,
  nameHash: string | undefined,
  sent: Record<string, string>,
): CompanyUpdate | Extract<CompanyPlan, { need: 'profile' }> {
  // The same rules as for a person's record, of which a company's has the same form.
  const record: LinkedRecord = { kind: 'contact', ref, matchedBy: [], sent, marketing: {} };
  const patch = patchFor(settings, record, sayings, undefined, profile);
  const isNew = Object.keys(sent).every((field) => field === 'Name');
  const mustRead = patch.needsProfile || (isNew && Object.keys(patch.fields).length > 0);
  if (mustRead && profile === undefined) return { need: 'profile', ref };
  return { do: 'update', ref, nameHash, fields: patch.fields, sent: { ...sent, ...patch.sent } };
}
