/** A plan in the making: what all its parts read, and what they gather for one another. */
import { normaliseCompanyName } from '../mapping/company-name.ts';
import { newestWords, type Words } from './marketing.ts';
import type { PersonState } from './person.ts';
import { COMPANY_FIELD, type Sayings } from './plan-fields.ts';
import { appliedAtOnce, type MarketingPatch } from './plan-marketing.ts';
import type { Matching } from './plan-matching.ts';
import { marketingNotes, type NoteContext, type Target, targetsOf } from './plan-notes.ts';
import type { Presence } from './plan-presence.ts';
import type { Credit, InHand, Need, NoteOperation, PlanInput } from './plan-types.ts';
import type { Stamp } from './stamp.ts';

export interface Draft {
  input: PlanInput;
  person: PersonState;
  matching: Matching;
  presence: Presence;
  notes: NoteContext;
  /** Gathered: what must be known before there can be a plan. */
  needs: Need[];
  /** Gathered: flags that found the wrong address on a candidate who has no other: it stays, opted out. */
  lastAddressFlags: InHand[];
  /** Gathered while marketing is planned: what has no field. */
  marketingNotes: NoteOperation[];
}

export function startDraft(
  input: PlanInput,
  person: PersonState,
  matching: Matching,
  presence: Presence,
): Draft {
  const targets = targetsOf(presence.records, presence.creation);
  const notes = { input, person, presence, targets };
  return { input, person, matching, presence, notes, needs: [], lastAddressFlags: [], marketingNotes: [] };
}

export const lastAddressWords = ({ stamp }: InHand): Words => ({ email: { stamp, optedOut: true } });

/** The words on the person, with those that follow from a wrong address that had to stay. */
export function wordsOf(draft: Draft): Words {
  return newestWords([draft.input.words, ...draft.lastAddressFlags.map(lastAddressWords)]);
}

/** Leaves the notes that new words ask for; answers the words that are applied without one. */
export function hear(
  draft: Draft,
  target: Target,
  since: Stamp,
  marketing: MarketingPatch,
): MarketingPatch['applied'] {
  const notes = marketingNotes(draft.notes, target, since, marketing.heard);
  draft.marketingNotes.push(...notes);
  return appliedAtOnce(marketing, notes);
}

export function marketingCredits(draft: Draft): Credit[] {
  return draft.input.events.flatMap(({ event }): Credit[] =>
    'marketing' in event
      ? [{ eventId: event.id, operation: event.type === 'marketing.opted_out' ? 'opted_out' : 'opted_in' }]
      : [],
  );
}

/** Turns a company's name into its Ref, or into a company to be made; without either nothing is said of it. */
export function withCompany(draft: Draft, sayings: Sayings): { said: Sayings; newCompany?: string } {
  const saying = sayings[COMPANY_FIELD];
  if (saying === undefined || typeof saying.value !== 'string') return { said: sayings };
  const { [COMPANY_FIELD]: company, ...others } = sayings;
  const refs = draft.input.facts.companies.get(normaliseCompanyName(saying.value));
  if (refs === undefined) {
    draft.needs.push({ need: 'company', name: saying.value });
    return { said: others };
  }
  const [ref] = refs;
  if (ref !== undefined && company !== undefined)
    return { said: { ...others, [COMPANY_FIELD]: { ...company, value: ref } } };
  if (!draft.input.settings.createCompanies) return { said: others };
  return { said: sayings, newCompany: saying.value };
}
