/** What the records that are there already are sent. */
import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { fold } from '../mapping/tidy.ts';
import { type LinkedRecord, recordKey, recordSince } from './person.ts';
import { fieldsWithPhone } from './phone-flags.ts';
import { type Draft, hear, marketingCredits, withCompany, wordsOf } from './plan-draft.ts';
import {
  addressSaying,
  COMPANY_FIELD,
  hashOf,
  missedSayings,
  patchFor,
  type Sayings,
} from './plan-fields.ts';
import { marketingPatch } from './plan-marketing.ts';
import { nextAddress } from './plan-identity.ts';
import type { Credit, InHand, Need, UpdateOperation } from './plan-types.ts';
import { FROM_THE_BEGINNING } from './stamp.ts';

/** What this record must be sent, or only be known to have, at most one operation. @param sayings the newest of each field */
export function updateOf(draft: Draft, record: LinkedRecord, sayings: Sayings): UpdateOperation[] {
  const { settings, facts } = draft.input;
  const key = recordKey(record);
  const row = draft.matching.rows.get(key);
  const profile = facts.profiles.get(key) ?? undefined;
  const unsent = Object.fromEntries(
    Object.entries(sayings).filter(([field, { hash }]) => record.sent[field] !== hash),
  );
  const { newCompany, said: own } = withCompany(draft, unsent);
  const said = { ...missed(draft, record, sayings), ...own };
  const address = addressSaying(draft.input, draft.person);
  const wanted: Sayings = address === undefined ? said : { ...said, EmailAddress: address };
  const patch = patchFor(settings, record, wanted, row, profile);
  if (patch.needsProfile && profile === undefined)
    draft.needs.push({ need: 'profile', kind: record.kind, ref: record.ref });
  const flags = flagFields(draft, record, patch.fields, row, profile);
  const marketing = marketingPatch(record.kind, wordsOf(draft), record.marketing);
  const since = recordSince(draft.person, record);
  const applied = hear(draft, { kind: record.kind, ref: record.ref }, since, marketing);
  const fields = { ...patch.fields, ...marketing.fields, ...flags.fields };
  const sent = { ...patch.sent, ...flags.sent };
  if (
    Object.keys(fields).length === 0 &&
    Object.keys(sent).length === 0 &&
    Object.keys(applied).length === 0
  ) {
    return [];
  }
  const credits = [
    ...fieldCredits(patch.sayings),
    ...flags.credits,
    ...(Object.keys(marketing.fields).length > 0 ? marketingCredits(draft) : []),
  ];
  const company = fields[COMPANY_FIELD] !== undefined && newCompany !== undefined ? { newCompany } : {};
  return [
    {
      do: 'update',
      kind: record.kind,
      ref: record.ref,
      fields,
      ...company,
      sent,
      marketing: applied,
      credits,
    },
  ];
}

/** What the person's other records were sent before this one was known to be theirs. */
function missed(draft: Draft, record: LinkedRecord, inHand: Sayings): Sayings {
  const { facts } = draft.input;
  const said = Object.fromEntries(
    Object.entries(draft.person.said[record.kind]).filter(([field]) => inHand[field] === undefined),
  );
  const donors = draft.presence.records
    .filter((one) => one !== record)
    .map((one) => ({ record: one, profile: facts.profiles.get(recordKey(one)) ?? undefined }));
  const { sayings, reads } = missedSayings(draft.input, record, said, donors);
  draft.needs.push(...reads.map(({ kind, ref }): Need => ({ need: 'profile', kind, ref })));
  return sayings;
}

/** What wrong addresses and numbers change on a record, but for fields that change anyway. */
function flagFields(
  draft: Draft,
  record: LinkedRecord,
  changed: Fields,
  row: FirefishRecord | undefined,
  profile: FirefishRecord | undefined,
): { fields: Fields; sent: Record<string, string>; credits: Credit[] } {
  const fields: Fields = {};
  const sent: Record<string, string> = {};
  const credits: Credit[] = [];
  for (const inHand of draft.input.events) {
    const { event } = inHand;
    if (event.type !== 'phone.flagged' && event.type !== 'email.flagged') continue;
    const known = event.type === 'phone.flagged' ? profile : (profile ?? row);
    if (known === undefined) {
      draft.needs.push({ need: 'profile', kind: record.kind, ref: record.ref });
      continue;
    }
    const replaced =
      event.type === 'phone.flagged'
        ? withoutPhone(draft, known, event.phone, event.record.country)
        : withoutAddress(draft, record, inHand, event.email, known);
    const own = Object.keys(replaced.fields).filter((field) => changed[field] === undefined);
    for (const field of own) {
      fields[field] = replaced.fields[field] ?? '';
      const hash = replaced.sent[field];
      if (hash !== undefined) sent[field] = hash;
    }
    if (own.length > 0) credits.push({ eventId: event.id, operation: 'updated', fields: own });
  }
  return { fields, sent, credits };
}

interface Replaced {
  fields: Fields;
  /** What is not in here is no saying: what is said next is sent. */
  sent: Record<string, string>;
}

function withoutPhone(
  { input }: Draft,
  known: FirefishRecord,
  phone: string,
  country: string | undefined,
): Replaced {
  const blanked = fieldsWithPhone(known, phone, country);
  return {
    fields: Object.fromEntries(blanked.map((field) => [field, ''])),
    sent: Object.fromEntries(blanked.map((field) => [field, hashOf(input.hash, field, '')])),
  };
}

/**
 * The next address takes the wrong one's place, whatever the update policy says. Where no other is known a contact's
 * is blanked; a candidate's stays, opted out.
 */
function withoutAddress(
  draft: Draft,
  record: LinkedRecord,
  flag: InHand,
  address: string,
  known: FirefishRecord,
): Replaced {
  const there = typeof known.EmailAddress === 'string' ? fold(known.EmailAddress) : '';
  if (there !== fold(address)) return { fields: {}, sent: {} };
  const next = nextAddress(draft.person);
  const text = next === undefined ? undefined : draft.input.texts[next];
  if (next !== undefined && text !== undefined)
    return { fields: { EmailAddress: text }, sent: { EmailAddress: next } };
  if (record.kind === 'contact') return { fields: { EmailAddress: '' }, sent: {} };
  if (!draft.lastAddressFlags.includes(flag)) draft.lastAddressFlags.push(flag);
  return { fields: {}, sent: {} };
}

/** Words that must reach every record with one of the addresses, also those that are not taken for the person. */
export function reachOthers(draft: Draft): UpdateOperation[] {
  if (!draft.input.reachAll) return [];
  return draft.matching.others.flatMap(({ kind, ref }): UpdateOperation[] => {
    const marketing = marketingPatch(
      kind,
      wordsOf(draft),
      draft.person.reached[recordKey({ kind, ref })] ?? {},
    );
    const applied = hear(draft, { kind, ref }, FROM_THE_BEGINNING, marketing);
    if (marketing.heard.length === 0) return [];
    return [
      {
        ...{ do: 'update', kind, ref, fields: marketing.fields, sent: {}, marketing: applied },
        credits: marketingCredits(draft),
      },
    ];
  });
}

/** Each event gets the fields that were its own. */
function fieldCredits(sayings: Sayings): Credit[] {
  const byEvent = new Map<string, string[]>();
  for (const [field, { eventId }] of Object.entries(sayings)) {
    byEvent.set(eventId, [...(byEvent.get(eventId) ?? []), field]);
  }
  return [...byEvent].map(([eventId, fields]) => ({ eventId, operation: 'updated', fields: fields.sort() }));
}
