/** A plan in the making: what all its parts read, and what they gather for one another. */
import type { EventId } from '../ids.ts';
import { companyNameKey } from '../companies/company-name.ts';
import type { PersonEvent } from '../events/event.ts';
import { isAboutConsent } from './consent.ts';
import { COMPANY_MISSING } from './fallbacks.ts';
import type { PersonState } from './person-state.ts';
import { ambiguousCompanies } from './note-text.ts';
import { COMPANY_FIELD, type Sayings } from './fields.ts';
import { appliedAtOnce, type MarketingPatch } from './marketing.ts';
import type { Matching } from './matching.ts';
import { consentNotes, type NoteContext, type Target, targetsOf } from './notes.ts';
import type { Presence } from './presence.ts';
import type { Credit, Need, NoteOperation, PlanInput } from './types.ts';
import type { EventOrder } from '../events/event-order.ts';

export interface Draft {
  input: PlanInput;
  person: PersonState;
  matching: Matching;
  presence: Presence;
  notes: NoteContext;
  /** Gathered: what must be known before there can be a plan. */
  needs: Need[];
  /** Gathered: what the outcomes of events say besides, such as that an owner was refused. */
  outcomeNotes: { eventId: EventId; text: string }[];
  /** Gathered while marketing is planned: what has no field. */
  consentNotes: NoteOperation[];
}

export function startDraft(
  input: PlanInput,
  person: PersonState,
  matching: Matching,
  presence: Presence,
): Draft {
  const targets = targetsOf(presence.records, presence.creation);
  const needs: Need[] = [];
  const notes = {
    input,
    person,
    presence,
    targets,
    needs,
    planned: new Set<string>(),
    versions: new Map(),
    older: new Set<string>(),
  };
  return {
    input,
    person,
    matching,
    presence,
    notes,
    needs,
    outcomeNotes: [],
    consentNotes: [],
  };
}

/** Adds the notes that new consent asks for; answers the consent that is applied without one. */
export function applyConsent(
  draft: Draft,
  target: Target,
  since: EventOrder,
  marketing: MarketingPatch,
): MarketingPatch['applied'] {
  const notes = consentNotes(draft.notes, target, since, marketing.news);
  draft.consentNotes.push(...notes);
  return appliedAtOnce(marketing, notes);
}

export function marketingCredits(draft: Draft): Credit[] {
  return draft.input.events.flatMap(({ event }): Credit[] => {
    const operation = consentOperation(event);
    return operation === undefined ? [] : [{ eventId: event.id, operation }];
  });
}

/** What a marketing event does to a record; nothing for other events. */
export function consentOperation(event: PersonEvent | undefined): 'opted_out' | 'opted_in' | undefined {
  if (event === undefined || !isAboutConsent(event)) return undefined;
  return event.type === 'marketing.opted_out' ? 'opted_out' : 'opted_in';
}

/** Turns a company's name into its Ref, or into a company to be made; without either nothing is said of it. */
export function withCompany(draft: Draft, sayings: Sayings): { said: Sayings; newCompany?: string } {
  const saying = sayings[COMPANY_FIELD];
  if (saying === undefined || typeof saying.value !== 'string') return { said: sayings };
  const { [COMPANY_FIELD]: company, ...others } = sayings;
  const refs = draft.input.facts.companies.get(companyNameKey(saying.value));
  if (refs === undefined) {
    draft.needs.push({ need: 'company', name: saying.value });
    return { said: others };
  }
  const [ref] = refs;
  for (const text of ambiguousCompanies(refs)) draft.outcomeNotes.push({ eventId: saying.eventId, text });
  if (ref !== undefined && company !== undefined)
    return { said: { ...others, [COMPANY_FIELD]: { ...company, value: ref } } };
  if (!draft.input.settings.createCompanies) {
    draft.outcomeNotes.push({ eventId: saying.eventId, text: COMPANY_MISSING });
    return { said: others };
  }
  return { said: sayings, newCompany: saying.value };
}
