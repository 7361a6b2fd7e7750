/** The record that is made of a person who is not in Firefish yet. */
import { normaliseCompanyName } from '../mapping/company-name.ts';
import type { Fields } from '../mapping/fields.ts';
import type { Kind } from '../events/event.ts';
import { type Draft, hear, withCompany, wordsOf } from './plan-draft.ts';
import { COMPANY_FIELD, hashesOf, saidBy, type Sayings, valuesOf } from './plan-fields.ts';
import { primaryAddress } from './plan-identity.ts';
import { newRecordMarketing } from './plan-marketing.ts';
import { addressAt, type Creation, ownerOf } from './plan-presence.ts';
import type { CreateOperation } from './plan-types.ts';

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
  const marketing = newRecordMarketing(kind, wordsOf(draft), draft.input.settings.newRecordsOptedOut);
  const applied = hear(draft, { kind }, creation.stamp, marketing);
  const fields: Fields = {
    ...valuesOf(said),
    ...(address === undefined ? {} : { EmailAddress: draft.input.texts[address] ?? '' }),
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
      since: creation.stamp,
      sent: { ...hashesOf(said), ...(address === undefined ? {} : { EmailAddress: address }) },
      marketing: applied,
      credits: [{ eventId: creation.event.id, operation: 'created', fields: Object.keys(filled).sort() }],
    },
  ];
}

/** Where companies are not made, the newest may be one that Firefish lacks: then the one that allowed the creation. */
function creatable(draft: Draft, { event, stamp }: Creation, said: Sayings): Sayings {
  const newest = said[COMPANY_FIELD];
  if (typeof newest?.value !== 'string' || draft.input.settings.createCompanies) return said;
  const { companies } = draft.input.facts;
  const known = companies.get(normaliseCompanyName(newest.value));
  if (known === undefined || known.length > 0) return said;
  const until = draft.input.events.filter((one) => one.stamp <= stamp);
  const then = saidBy(draft.input, draft.person, event.record.kind, until)[COMPANY_FIELD];
  return then === undefined ? said : { ...said, [COMPANY_FIELD]: then };
}

/**
 * The address of a new record: the one that is right now, else the one that it came with. Where that was found
 * wrong since, a contact goes without and a candidate keeps it, opted out.
 */
function creationAddress(draft: Draft, { stamp }: Creation, kind: Kind): string | undefined {
  const primary = primaryAddress(draft.person);
  if (primary !== undefined) return primary;
  const until = draft.input.events.filter((one) => one.stamp <= stamp);
  const address = addressAt(draft.person, until, stamp);
  if (address === undefined || draft.person.addresses[address]?.flagged === undefined) return address;
  if (kind === 'contact') return undefined;
  const flag = draft.input.events.find(({ flagged }) => flagged === address);
  if (flag !== undefined) draft.lastAddressFlags.push(flag);
  return address;
}

function defaults(draft: Draft, { event }: Creation, said: Sayings): Fields {
  if (event.record.kind === 'contact') return {};
  const { settings } = draft.input;
  const owner = ownerOf(settings, event);
  return {
    ...(said['Source'] === undefined || said['Source'].value === ''
      ? { Source: settings.defaultSource }
      : {}),
    LegalBasis: settings.defaultLegalBasis,
    ...(owner === undefined ? {} : { OwnerUserEmail: owner }),
  };
}
