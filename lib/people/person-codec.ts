/**
 * A person's state as it is stored: JSON in short form, deflated and encrypted. A person with 15 fields takes less
 * than 1 kB, the unit of a write. Hashes of addresses are not stored, they follow from the addresses.
 */
import type { Cipher } from '../crypto/cipher.ts';
import type { Key } from '../store/table.ts';
import { CHANNELS, type Kind, KINDS } from '../events/event.ts';
import type { EventOrder } from '../events/event-order.ts';
import type { AddressStart, AddressState, LinkedRecord, PersonState, Said } from '../plan/person-state.ts';
import { NAME_HALVES, type NamesSaid } from '../plan/said-names.ts';
import type { PersonName } from './names.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { addressOf } from './identity-index.ts';

/** Stored by their places: only ever append. A field that is not here is stored by its name. */
const FIELDS: readonly string[] = [
  ...[
    'FirstName',
    'Surname',
    'Title',
    'EmailAddress',
    'MobileNumber',
    'WorkNumber',
    'HomeNumber',
    'JobTitle',
  ],
  ...['CurrentCompanyName', 'Address', 'Address.Address1', 'Address.Address2', 'Address.Address3'],
  ...['Address.Town', 'Address.County', 'Address.PostCode', 'Address.Country', 'LinkedIn', 'Skills'],
  ...['RecruiterSummary', 'Source', 'LegalBasis', 'OwnerUserEmail', 'EmailMarketing', 'SMSMarketing'],
  ...['PostalMarketing', 'CompanyRef'],
];
type Field = number | string;
const fieldCode = (name: string): Field => (FIELDS.includes(name) ? FIELDS.indexOf(name) : name);
const fieldName = (code: Field): string => (typeof code === 'number' ? (FIELDS[code] ?? '') : code);

/** Numbers are places in the lists of orders (`o`), addresses (`a`) and hashes (`h`). */
interface Stored {
  o: string[];
  h: string[];
  /** -1: never flagged. */
  a: [text: string, since: number, flagged?: number, listed?: number][];
  i: string[];
  /** [place among the ids or -1, halves]. */
  n?: [id: number, halves: [half: number, order: number, text: string][]][];
  /** Decided: someone else than the records with a contradicting name. */
  x?: 1;
  b?: string[];
  /** The id is one of `i`, or -1 where none was said. */
  e?: [id: number, order: number, addresses: number[]][];
  /** By kind, then [field, order, hash]. */
  s: [Field, number, number][][];
  f?: string[];
  r: StoredRecord[];
  t?: Record<string, number>;
  p?: 1;
  l?: Partial<Record<Kind, [at: number, addresses: number[]]>>;
  u?: number[];
  g?: 1;
  c?: [kind: number, eventId: string, since: number, at: number, settlesAt: number][];
  w?: number;
  k?: number;
  v?: number;
}
interface StoredRecord {
  k: number;
  r: number;
  m?: number[];
  a?: [texts: (number | string)[], from?: number];
  c?: number;
  b?: string;
  n?: PersonName;
  s: [Field, number][];
  o?: [channel: number, order: number][];
}

const NEVER = -1;
const DIGITS = 15;
const NOT_FINER = '000000';

/** The digits of an event order as a short number; the rest, which begins with `!` or `~`, as it is. */
function shortOrder(order: EventOrder): string {
  const [, milliseconds, finer, rest = ''] = /^(\d{15})(\d{6})(.*)$/s.exec(order) ?? [];
  if (milliseconds === undefined) return order;
  return `${Number(milliseconds).toString(36)}${finer === NOT_FINER ? '' : `.${String(finer)}`}${rest}`;
}

function longOrder(text: string): EventOrder {
  const [, milliseconds, finer = NOT_FINER, rest = ''] =
    /^([\da-z]+)(?:\.(\d{6}))?([!~].*)$/s.exec(text) ?? [];
  if (milliseconds === undefined) return text as EventOrder;
  // As `eventOrder` makes it.
  return `${String(parseInt(milliseconds, 36)).padStart(DIGITS, '0')}${finer}${rest}` as EventOrder;
}

class Places {
  readonly list: string[] = [];
  readonly #places = new Map<string, number>();
  of(text: string): number {
    const known = this.#places.get(text) ?? this.list.push(text) - 1;
    this.#places.set(text, known);
    return known;
  }
}

export function storedForm(person: PersonState): string {
  const orders = new Places();
  const hashes = new Places();
  const at = (order: EventOrder): number => orders.of(shortOrder(order));
  const known = Object.keys(person.addresses);
  const places = (list: readonly string[]): number[] =>
    list.map((hash) => known.indexOf(hash)).filter((place) => place >= 0);
  const texts = Object.values(person.addresses).map(({ text }) => text);
  const start = ({ texts: there, from }: AddressStart): NonNullable<StoredRecord['a']> => [
    there.map((text) => (texts.includes(text) ? texts.indexOf(text) : text)),
    ...(from === undefined ? ([] as const) : ([at(from)] as const)),
  ];
  const record = (one: LinkedRecord): StoredRecord => ({
    k: KINDS.indexOf(one.kind),
    r: one.ref,
    ...(one.start !== undefined && { a: start(one.start) }),
    ...(one.matchedBy.length > 0 && { m: places(one.matchedBy) }),
    ...(one.createdSince !== undefined && { c: at(one.createdSince) }),
    ...(one.createdBy !== undefined && { b: one.createdBy }),
    ...(one.unchecked !== undefined && { n: one.unchecked }),
    s: Object.entries(one.sent).map(([field, hash]) => [fieldCode(field), hashes.of(hash)]),
    ...(Object.keys(one.marketing).length > 0 && {
      o: CHANNELS.flatMap((channel, place): [number, number][] => {
        const order = one.marketing[channel];
        return order === undefined ? [] : [[place, at(order)]];
      }),
    }),
  });
  const { lists, lookups } = person;
  const stored: Omit<Stored, 'o' | 'h'> = {
    a: Object.values(person.addresses).map(({ text, since, flagged, listed }) => {
      const wrong = flagged === undefined ? NEVER : at(flagged);
      if (listed !== undefined) return [text, at(since), wrong, at(listed)];
      return wrong === NEVER ? [text, at(since)] : [text, at(since), wrong];
    }),
    i: person.candidateIds,
    ...storedNames(person, at),
    ...(person.isSomeoneElse === true && { x: 1 }),
    ...(person.absorbing.length > 0 && { b: person.absorbing }),
    ...(lists.length > 0 && {
      e: lists.map(({ id, order, hashes: list }) => [
        person.candidateIds.indexOf(id),
        at(order),
        places(list),
      ]),
    }),
    s: KINDS.map((kind) =>
      Object.entries(person.said[kind]).map(([field, { order, hash }]) => [
        fieldCode(field),
        at(order),
        hashes.of(hash),
      ]),
    ),
    ...(person.flaggedPhones.length > 0 && { f: person.flaggedPhones }),
    r: person.records.map(record),
    ...(Object.keys(person.steps).length > 0 && {
      t: Object.fromEntries(Object.entries(person.steps).map(([step, order]) => [step, at(order)])),
    }),
    ...(person.hasPending && { p: 1 }),
    ...(Object.keys(lookups).length > 0 && {
      l: Object.fromEntries(
        Object.entries(lookups).map(([kind, one]) => [kind, [one.at, places(one.hashes)]]),
      ),
    }),
    ...(person.unreached.length > 0 && { u: places(person.unreached) }),
    ...(person.gone && { g: 1 }),
    ...(person.createIntents.length > 0 && {
      c: person.createIntents.map((one) => [
        KINDS.indexOf(one.kind),
        one.eventId,
        at(one.since),
        one.at,
        one.settlesAt,
      ]),
    }),
    ...(person.unsettledUntil !== undefined && { w: person.unsettledUntil }),
    ...(person.conflictSince !== undefined && { k: person.conflictSince }),
    ...(person.linksSince !== undefined && { v: person.linksSince }),
  };
  return JSON.stringify({ ...stored, o: orders.list, h: hashes.list } satisfies Stored);
}

function storedNames(
  { candidateIds, names }: PersonState,
  at: (order: EventOrder) => number,
): Pick<Stored, 'n'> {
  const stored = Object.entries(names).map(([id, name]): NonNullable<Stored['n']>[number] => [
    candidateIds.indexOf(id),
    NAME_HALVES.flatMap((half, place): [number, number, string][] => {
      const said = name[half];
      return said === undefined ? [] : [[place, at(said.order), said.text]];
    }),
  ]);
  return stored.length === 0 ? {} : { n: stored };
}

function namesFrom({ n = [], i }: Stored, order: (place: number) => EventOrder): NamesSaid {
  return Object.fromEntries(
    n.map(([id, halves]) => [
      i[id] ?? '',
      Object.fromEntries(halves.map(([half, at, text]) => [NAME_HALVES[half], { text, order: order(at) }])),
    ]),
  );
}

export function personOf(tenant: Pick<Tenant, 'hash'>, personId: string, text: string): PersonState {
  // Only `storedForm` writes it.
  const stored = JSON.parse(text) as Stored;
  const order = (place: number): EventOrder => longOrder(stored.o[place] ?? '');
  const hash = (place: number): string => stored.h[place] ?? '';
  const kindAt = (place: number): Kind => KINDS[place] ?? 'candidate';
  const addresses = stored.a.map(([address, since, flagged = NEVER, listed]): [string, AddressState] => {
    const { hash: key, domainHash } = addressOf(tenant, address);
    const state = {
      ...{ text: address, domainHash, since: order(since) },
      ...(flagged !== NEVER && { flagged: order(flagged) }),
      ...(listed !== undefined && { listed: order(listed) }),
    };
    return [key, state];
  });
  const textAt = (place: number | string): string =>
    typeof place === 'string' ? place : (stored.a[place]?.[0] ?? '');
  const hashesAt = (places: readonly number[]): string[] =>
    places.flatMap((place) => addresses[place]?.[0] ?? []);
  const said = (kind: Kind): Record<string, Said> =>
    Object.fromEntries(
      (stored.s[KINDS.indexOf(kind)] ?? []).map(([field, at, value]) => [
        fieldName(field),
        { order: order(at), hash: hash(value) },
      ]),
    );
  return {
    personId,
    absorbing: stored.b ?? [],
    candidateIds: stored.i,
    names: namesFrom(stored, order),
    addresses: Object.fromEntries(addresses),
    lists: (stored.e ?? []).map(([id, at, places]) => ({
      ...{ id: stored.i[id] ?? '', order: order(at), hashes: hashesAt(places) },
    })),
    said: { candidate: said('candidate'), contact: said('contact') },
    flaggedPhones: stored.f ?? [],
    records: stored.r.map((one) => ({
      kind: kindAt(one.k),
      ref: one.r,
      matchedBy: hashesAt(one.m ?? []),
      ...(one.a !== undefined && {
        start: {
          texts: one.a[0].map(textAt),
          ...(one.a[1] !== undefined && { from: order(one.a[1]) }),
        },
      }),
      ...(one.c !== undefined && { createdSince: order(one.c) }),
      ...(one.b !== undefined && { createdBy: one.b }),
      ...(one.n !== undefined && { unchecked: one.n }),
      sent: Object.fromEntries(one.s.map(([field, value]) => [fieldName(field), hash(value)])),
      marketing: Object.fromEntries(
        (one.o ?? []).flatMap(([place, at]) => {
          const channel = CHANNELS[place];
          return channel === undefined ? [] : [[channel, order(at)] as const];
        }),
      ),
    })),
    steps: Object.fromEntries(Object.entries(stored.t ?? {}).map(([step, at]) => [step, order(at)])),
    hasPending: stored.p === 1,
    lookups: Object.fromEntries(
      Object.entries(stored.l ?? {}).map(([kind, [at, places]]) => [kind, { at, hashes: hashesAt(places) }]),
    ),
    unreached: hashesAt(stored.u ?? []),
    gone: stored.g === 1,
    ...(stored.x === 1 && { isSomeoneElse: true as const }),
    createIntents: (stored.c ?? []).map(([kind, eventId, since, at, settlesAt]) => ({
      ...{ kind: kindAt(kind), eventId, since: order(since), at, settlesAt },
    })),
    ...(stored.w !== undefined && { unsettledUntil: stored.w }),
    ...(stored.k !== undefined && { conflictSince: stored.k }),
    ...(stored.v !== undefined && { linksSince: stored.v }),
  };
}

/** The one place where a person's state is encrypted; the cipher deflates it. @param key of the person's item */
export const sealState = (cipher: Cipher, tenantId: string, key: Key, text: string): Promise<Uint8Array> =>
  cipher.encrypt(text, { tenantId, key, field: 'blob' });

export const openState = (
  cipher: Cipher,
  tenantId: string,
  { pk, sk, blob }: Key & { blob: Uint8Array },
): Promise<string> => cipher.decrypt(blob, { tenantId, key: { pk, sk }, field: 'blob' });
