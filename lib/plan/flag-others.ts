/** Wrong addresses and numbers on records that only share an address: they go all the same, and nothing is linked. */
import type { FirefishRecord } from '../firefish/port.ts';
import type { Fields } from '../mapping/fields.ts';
import { readAddresses } from '../events/addresses.ts';
import type { Draft } from './draft.ts';
import type { OtherRecord } from './matching.ts';
import { recordKey } from './person-state.ts';
import { fieldsWithPhone } from './phone-flags.ts';
import type { UpdateOperation } from './types.ts';
import type { PersonEvent } from '../events/event.ts';

export function flagOthers(draft: Draft): UpdateOperation[] {
  const vetoed = draft.matching.others.filter(({ isVetoed }) => isVetoed === true);
  return draft.input.events
    .filter(({ pending }) => !pending)
    .flatMap(({ event }) => vetoed.flatMap((record) => withoutFlagged(draft, event, record)));
}

function withoutFlagged(draft: Draft, event: PersonEvent, { kind, ref }: OtherRecord): UpdateOperation[] {
  if (event.type !== 'email.flagged' && event.type !== 'phone.flagged') return [];
  const key = recordKey({ kind, ref });
  const row = draft.matching.rows.get(key);
  const profile = draft.input.facts.profiles.get(key);
  const known = event.type === 'email.flagged' ? (profile ?? row) : profile;
  if (known === undefined) {
    draft.needs.push({ need: 'profile', kind, ref });
    return [];
  }
  const fields =
    event.type === 'email.flagged'
      ? addressFields(known, event.email)
      : Object.fromEntries(
          fieldsWithPhone(known, event.phone, event.record.country).map((field) => [field, '']),
        );
  const names = Object.keys(fields);
  if (names.length === 0) return [];
  const kept = 'EmailAddress' in fields ? { blanksAddress: true as const } : {};
  const credits = [{ eventId: event.id, operation: 'updated' as const, fields: names }];
  return [{ do: 'update', kind, ref, fields, sent: {}, marketing: {}, isVetoed: true, credits, ...kept }];
}

/** Of two addresses in one field one alone does not go. */
function addressFields({ EmailAddress: there }: FirefishRecord, address: string): Fields {
  const isIt = (one: string): boolean => one === address;
  const { addresses } = readAddresses(there ?? '');
  return addresses.length > 0 && addresses.every(isIt) ? { EmailAddress: '' } : {};
}
