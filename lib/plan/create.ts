/** The record that is made of a person who is not in Firefish yet. */
import { companyNameKey } from '../names/company-name.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Kind } from '../events/event.ts';
import { ADDRESS_FIELD, addressNow, addressSent } from './address.ts';
import {
  COMPANY_FIELD,
  fieldCredits,
  hashesOf,
  saidBy,
  type Sayings,
  valuesOf,
  withCompany,
} from './fields.ts';
import { addressKept, applyConsent, marketingCredits } from './notes.ts';
import { newRecordMarketing } from './consent.ts';
import { type Creation, ownerOf } from './presence.ts';
import type { CreateOperation, Draft } from './types.ts';
import type { RefusedError } from '../firefish/errors.ts';

/** The creation, where an event in hand makes the person: at most one. */
export function createOf(draft: Draft, sayings: Record<Kind, Sayings>): CreateOperation[] {
  const { creation } = draft.presence;
  if (creation === undefined) return [];
  const { kind } = creation.event.record;
  // What was said and sent before a record was deleted is not kept: the events in hand must do.
  const inHand = saidBy(draft.input, draft.person, kind, draft.input.events);
  const { newCompany, said } = withCompany(
    draft,
    creatable(draft, creation, { ...inHand, ...sayings[kind] }),
  );
  const address = creationAddress(draft, creation, kind);
  const marketing = newRecordMarketing(kind, draft.input.consents, draft.input.settings.newRecordsOptedOut);
  const applied = applyConsent(draft, { kind }, creation.order, marketing);
  const fields: Fields = {
    ...valuesOf(said),
    ...(address.text === undefined ? {} : { [ADDRESS_FIELD]: address.text }),
    ...defaults(draft, creation, said),
    ...marketing.fields,
  };
  const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
  return [
    {
      do: 'create',
      kind,
      fields: filled,
      ...(newCompany === undefined ? {} : { newCompany }),
      eventId: creation.event.id,
      since: creation.order,
      sent: { ...hashesOf(said), [ADDRESS_FIELD]: address.sent },
      marketing: applied,
      credits: [
        { eventId: creation.event.id, operation: 'created', fields: Object.keys(filled).sort() },
        ...fieldCredits(said).filter(({ eventId }) => eventId !== creation.event.id),
        ...(marketing.news.length > 0 ? marketingCredits(draft) : []),
      ],
    },
  ];
}

/** Where companies are not made, the newest may be one that Firefish lacks: then the one that allowed the creation. */
function creatable(draft: Draft, { event, order }: Creation, said: Sayings): Sayings {
  const newest = said[COMPANY_FIELD];
  if (typeof newest?.value !== 'string' || draft.input.settings.createCompanies) return said;
  const { companies } = draft.input.facts;
  const known = companies.get(companyNameKey(newest.value));
  if (known === undefined || known.length > 0) return said;
  const until = draft.input.events.filter((one) => one.order <= order);
  const then = saidBy(draft.input, draft.person, event.record.kind, until)[COMPANY_FIELD];
  return then === undefined ? said : { ...said, [COMPANY_FIELD]: then };
}

/**
 * The address of a new record: the one that it came with, and what happened to it since. Where that was found wrong and
 * no other is known, a contact goes without, and a candidate, who needs one, keeps it.
 */
function creationAddress(
  { input, person, outcomeNotes }: Draft,
  { order }: Creation,
  kind: Kind,
): { text?: string; sent: string } {
  const { texts, by, isWrong } = addressNow(person, input.settings, kind, {
    texts: [],
    from: order,
    isNew: true,
  });
  const sent = addressSent(input.hash, person, texts);
  const [text] = texts;
  const event = isWrong === true ? input.events.find((one) => one.order === by)?.event : undefined;
  if (event !== undefined) outcomeNotes.push({ eventId: event.id, text: addressKept({ kind }) });
  return { sent, ...(text !== undefined && { text }) };
}

function defaults(draft: Draft, { event }: Creation, said: Sayings): Fields {
  if (event.record.kind === 'contact') return {};
  const { settings, refused } = draft.input;
  const owner = ownerOf(settings, event);
  const note = (text: string): void => {
    draft.outcomeNotes.push({ eventId: event.id, text });
  };
  const isSourceSaid = said['Source'] !== undefined && said['Source'].value !== '';
  if (isSourceSaid && refused.has('Source')) note(SOURCE_REFUSED);
  if (owner !== undefined && refused.has('OwnerUserEmail')) note(OWNER_REFUSED);
  return {
    ...(!isSourceSaid || refused.has('Source') ? { Source: settings.defaultSource } : {}),
    LegalBasis: settings.defaultLegalBasis,
    ...(owner === undefined || refused.has('OwnerUserEmail') ? {} : { OwnerUserEmail: owner }),
  };
}

export type Fallback = 'OwnerUserEmail' | 'Source' | 'CompanyRef';

/** How Firefish names them; in ModelState by the field, in a message in words. */
const NAMED: Record<Fallback, RegExp> = {
  OwnerUserEmail: /OwnerUserEmail|\bowner\b/i,
  Source: /\bsource\b/i,
  CompanyRef: /CompanyRef|\b(?:company|employer)\b/i,
};

/** Which of the fields that were sent the refusal names. */
export function refusedFields({ words }: RefusedError, sent: readonly string[]): Fallback[] {
  const fallbacks: Fallback[] = ['OwnerUserEmail', 'Source', 'CompanyRef'];
  return fallbacks.filter((field) => sent.includes(field) && NAMED[field].test(words));
}

const OWNER_REFUSED = 'owner-refused: Firefish does not take this owner; created without one';
const SOURCE_REFUSED =
  'source-refused: Firefish does not take this source; created with the setting defaultSource';
export const COMPANY_MISSING =
  'company-missing: Firefish has no company of this name, and createCompanies is off';
