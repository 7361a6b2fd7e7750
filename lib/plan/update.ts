/** What the records that are there already are sent. */
import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import {
  type AddressStart,
  type LinkedRecord,
  recordKey,
  recordSince,
  type ReleasedRecord,
} from './person-state.ts';
import { fieldsWithPhone } from './flags.ts';
import { ADDRESS_FIELD, changeAddress } from './address.ts';
import { applyConsent, marketingCredits } from './notes.ts';
import {
  COMPANY_FIELD,
  fieldCredits,
  hashOf,
  isSent,
  missedSayings,
  patchFor,
  type Sayings,
  withCompany,
} from './fields.ts';
import { marketingPatch } from './consent.ts';
import type { OtherRecord } from './matching.ts';
import type { Credit, Draft, Need, UpdateOperation } from './types.ts';
import { FROM_THE_BEGINNING } from '../events/event-order.ts';

/** What this record must be sent, or only be known to have, at most one operation. @param sayings the newest of each field */
export function updateOf(draft: Draft, record: LinkedRecord, sayings: Sayings): UpdateOperation[] {
  const { settings, facts } = draft.input;
  const key = recordKey(record);
  const row = draft.matching.rows.get(key);
  const profile = facts.profiles.get(key);
  const unsent = Object.fromEntries(
    Object.entries(sayings).filter(([field, saying]) => !isSent(record, field, saying)),
  );
  const { newCompany, said: own } = withCompany(draft, unsent);
  const said = { ...missed(draft, record, sayings), ...own };
  const patch = patchFor(settings, record, said, row, profile);
  if (patch.needsProfile && profile === undefined)
    draft.needs.push({ need: 'profile', kind: record.kind, ref: record.ref });
  const phones = flaggedPhones(draft, record, patch.fields, profile);
  const address = newAddress(draft, record, profile ?? row);
  const marketing = marketingPatch(record.kind, draft.input.consents, record.marketing);
  const since = recordSince(draft.person, record);
  const applied = applyConsent(draft, { kind: record.kind, ref: record.ref }, since, marketing);
  // What was sent early is not sent again; the notes that it asks for, and what they apply, are still to come.
  const marketingFields = draft.input.early.has(key) ? {} : marketing.fields;
  const fields = { ...patch.fields, ...marketingFields, ...phones.fields, ...address.fields };
  const sent = { ...patch.sent, ...phones.sent, ...address.sent };
  const isNothing = [fields, sent, applied].every((one) => Object.keys(one).length === 0);
  if (isNothing) return address.blanking;
  const credits = [
    ...fieldCredits(patch.sayings),
    ...phones.credits,
    ...address.credits,
    ...(Object.keys(marketing.fields).length > 0 ? marketingCredits(draft) : []),
  ];
  const company = fields[COMPANY_FIELD] !== undefined && newCompany !== undefined ? { newCompany } : {};
  const update: UpdateOperation = {
    ...{ do: 'update', kind: record.kind, ref: record.ref, fields, ...company },
    ...{ sent, marketing: applied, credits },
    ...(address.start !== undefined && { start: address.start }),
  };
  return [update, ...address.blanking];
}

interface NewAddress {
  fields: Fields;
  sent: Record<string, string>;
  start?: AddressStart;
  credits: Credit[];
  /** Takes a wrong address off where no other is known: apart from the rest, since Firefish may refuse it. */
  blanking: UpdateOperation[];
}

/** What becomes of the record's address; it is read only where what is known of addresses would change it. */
function newAddress(
  { input, person, needs }: Draft,
  record: LinkedRecord,
  there: FirefishRecord | undefined,
): NewAddress {
  const nothing: NewAddress = { fields: {}, sent: {}, credits: [], blanking: [] };
  const { kind, ref } = record;
  const change = changeAddress(input, person, record, there);
  if (change === 'read') {
    needs.push({ need: 'profile', kind, ref });
    return nothing;
  }
  const { address, start } = change;
  const sent = change.sent === undefined ? {} : { [ADDRESS_FIELD]: change.sent };
  const known = { sent, ...(start !== undefined && { start }) };
  if (address === undefined) return { ...nothing, ...known };
  const fields = { [ADDRESS_FIELD]: address.texts.join('; ') };
  const credits = input.events
    .filter(({ order }) => order === address.by)
    .map(({ event }): Credit => ({ eventId: event.id, operation: 'updated', fields: [ADDRESS_FIELD] }));
  if (address.texts.length > 0) return { ...nothing, ...known, fields, credits };
  const blanking: UpdateOperation = {
    ...{ do: 'update', kind, ref, fields, ...known, marketing: {}, credits, blanksAddress: true },
  };
  return { ...nothing, blanking: [blanking] };
}

/** What the person's other records were sent before this one was known to be theirs. */
function missed(draft: Draft, record: LinkedRecord, inHand: Sayings): Sayings {
  const { facts } = draft.input;
  const said = Object.fromEntries(
    Object.entries(draft.person.said[record.kind]).filter(([field]) => inHand[field] === undefined),
  );
  const donors = draft.presence.records
    .filter((one) => one !== record)
    .map((one) => ({ record: one, profile: facts.profiles.get(recordKey(one)) }));
  const { sayings, reads } = missedSayings(draft.input, record, said, donors);
  draft.needs.push(...reads.map(({ kind, ref }): Need => ({ need: 'profile', kind, ref })));
  return sayings;
}

/** What wrong numbers change on a record, except for fields that change anyway. */
function flaggedPhones(
  { input, needs }: Draft,
  { kind, ref }: LinkedRecord,
  changed: Fields,
  profile: FirefishRecord | undefined,
): { fields: Fields; sent: Record<string, string>; credits: Credit[] } {
  const fields: Fields = {};
  const sent: Record<string, string> = {};
  const credits: Credit[] = [];
  for (const { event } of input.events) {
    if (event.type !== 'phone.flagged') continue;
    if (profile === undefined) {
      needs.push({ need: 'profile', kind, ref });
      continue;
    }
    const own = fieldsWithPhone(profile, event.phone, event.record.country).filter(
      (field) => changed[field] === undefined,
    );
    for (const field of own) {
      fields[field] = '';
      sent[field] = hashOf(input.hash, field, '');
    }
    if (own.length > 0) credits.push({ eventId: event.id, operation: 'updated', fields: own });
  }
  return { fields, sent, credits };
}

/** Consent that must reach every record with one of the addresses, also those that are not taken for the person. */
export function reachOthers(draft: Draft): UpdateOperation[] {
  const released = draft.person.released ?? [];
  const isReleased = ({ kind, ref }: OtherRecord): boolean =>
    released.some((one) => one.kind === kind && one.ref === ref);
  const others = draft.input.reachAll ? draft.matching.others.filter((one) => !isReleased(one)) : [];
  return [...others, ...released.map((record) => ({ ...record, isVetoed: true as const }))].flatMap(
    ({ kind, ref, isVetoed, marketing: before }: OtherRecord & Partial<ReleasedRecord>) => {
      const applied = before ?? draft.input.facts.reached.get(recordKey({ kind, ref }));
      if (applied === undefined) {
        draft.needs.push({ need: 'reached', kind, ref });
        return [];
      }
      const { consents, optOuts } = draft.input;
      // An older opt-out than the person's own newer opt-in still holds for other people with the address.
      const marketing = marketingPatch(kind, isVetoed === true ? optOuts : consents, applied);
      const atOnce = applyConsent(draft, { kind, ref }, FROM_THE_BEGINNING, marketing, isVetoed === true);
      if (marketing.news.length === 0) return [];
      return [
        {
          ...{ do: 'update', kind, ref, fields: marketing.fields, sent: {}, marketing: atOnce },
          ...(isVetoed === true && { isVetoed }),
          credits: marketingCredits(draft),
        },
      ];
    },
  );
}
