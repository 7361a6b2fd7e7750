/** An opt-out is never lost and never undone except by a newer opt-in. */
import {
  CHANNELS,
  permissionAtDomain,
  permissionFor,
  type Channel,
  type Permission,
} from '../expected-marketing.ts';
import { addressOf, domainOf, notesOn, rowsOf, type Row } from '../firefish-state.ts';
import { byRef, describeRow, type Check, type Seen, type PersonRow, type SeenPerson } from '../look.ts';
import { KINDS } from '../samples.ts';

/** Firefish writes `SMSMarketing` and reads `SmsMarketing`. */
function isAllowed(row: Row | undefined, channel: Channel): boolean {
  const fields = {
    email: ['EmailMarketing'],
    sms: ['SmsMarketing', 'SMSMarketing'],
    post: ['PostalMarketing'],
  };
  return fields[channel].some((field) => row?.[field] === true);
}

const channelsOf = ({ kind }: PersonRow): readonly Channel[] => (kind === 'candidate' ? CHANNELS : ['email']);

/** The person's own records and every other that has one of their addresses, archived or not. */
function reached({ after }: Seen, { rows, duplicates, vetoed }: SeenPerson): PersonRow[] {
  const others = [...duplicates, ...vetoed].flatMap(({ kind, row: was }) => {
    const row = byRef(rowsOf(after, kind), was.Ref);
    return row === undefined ? [] : [{ kind, row, was }];
  });
  return [...rows, ...others];
}

function wrongRows(
  look: Seen,
  permission: Permission,
  isWrong: (one: PersonRow, channel: Channel) => boolean,
): string[] {
  return look.people.flatMap((person) =>
    reached(look, person).flatMap((one) =>
      channelsOf(one)
        .filter(
          (channel) => permissionFor(person, look.events, channel) === permission && isWrong(one, channel),
        )
        .map((channel) => `${person.id}, ${describeRow(one)}: ${channel}`),
    ),
  );
}

export const optOutsInForce: Check = {
  name: 'opt-outs are in force on every matching record of both kinds',
  problems: (look) => wrongRows(look, 'out', ({ row }, channel) => isAllowed(row, channel)),
};

/** A person who shares an address cannot opt another person in. */
export const optInsInForce: Check = {
  name: 'newer opt-ins are in force',
  problems: (look) =>
    wrongRows(
      { ...look, people: look.people.map((person) => ({ ...person, vetoed: [] })) },
      'in',
      ({ row }, channel) => !isAllowed(row, channel),
    ),
};

export const silenceKept: Check = {
  name: 'without a word a new record is opted out, and one that was there is as it was',
  problems: (look) =>
    wrongRows(
      look,
      'untouched',
      ({ row, was }, channel) => isAllowed(row, channel) !== isAllowed(was, channel),
    ),
};

export const domainsInForce: Check = {
  name: 'an opted-out domain holds for everyone with an address there, and for no other person',
  problems: (look) => {
    const { people } = look;
    return KINDS.flatMap((kind) =>
      rowsOf(look.after, kind)
        .filter((row) => !people.some((person) => person.addresses.has(addressOf(row))))
        .flatMap((row) => {
          const word = permissionAtDomain(look.events, domainOf(addressOf(row)));
          const was = isAllowed(byRef(rowsOf(look.before, kind), row.Ref), 'email');
          const wanted = word === 'untouched' ? was : word === 'in';
          return isAllowed(row, 'email') === wanted
            ? []
            : [`${describeRow({ kind, row })} <${addressOf(row)}>`];
        }),
    );
  },
};

/** A contact has no field for text messages or post: there, consent is a note. */
export const notedWhereNoField: Check = {
  name: 'an opt-out for which a contact has no field is in a note',
  problems: (look) =>
    look.people.flatMap((person) =>
      (['sms', 'post'] as const)
        .filter((channel) => permissionFor(person, look.events, channel) === 'out')
        .flatMap((channel) =>
          reached(look, person)
            .filter(({ kind }) => kind === 'contact')
            .filter(
              ({ kind, row }) =>
                !notesOn(look.after, kind, row.Ref).some((note) => saysOptOut(note, channel)),
            )
            .map((one) => `${person.id}, ${describeRow(one)}: ${channel}`),
        ),
    ),
};

const saysOptOut = (note: string, channel: 'sms' | 'post'): boolean =>
  /opt|unsubscrib/i.test(note) && (channel === 'sms' ? /sms|text/i : /post/i).test(note);
