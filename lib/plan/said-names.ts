/** The names that were said of a person: for each id of SourceWhale, half by half the newest. */
import { defined } from '../defined.ts';
import { namesContradict, type PersonName } from '../names/person-names.ts';
import type { EventOrder } from '../events/event-order.ts';

const NAME_HALVES = ['first', 'last', 'full'] as const;
type NameHalf = (typeof NAME_HALVES)[number];

interface SaidHalf {
  text: string;
  order: EventOrder;
}
type SaidName = Partial<Record<NameHalf, SaidHalf>>;

/** By SourceWhale's id; `''`: said without one. */
export type NamesSaid = Readonly<Record<string, SaidName>>;

/** What is compared fits in here; a longer text is no name. */
const LONGEST = 100;
/** This many ids of one person keep a name: the state must stay small. */
const MOST_NAMED = 20;

const newestOf = (name: SaidName): EventOrder | '' =>
  NAME_HALVES.map((half) => name[half]?.order ?? ('' as const)).reduce((a, b) => (a > b ? a : b));

function newerHalves(a: SaidName, b: SaidName): SaidName {
  const merged = { ...a };
  for (const half of NAME_HALVES) {
    const [known, said] = [a[half], b[half]];
    if (said !== undefined && (known === undefined || said.order > known.order)) merged[half] = said;
  }
  return merged;
}

export function mergeNames(a: NamesSaid, b: NamesSaid): NamesSaid {
  const merged: Record<string, SaidName> = { ...a };
  for (const [id, name] of Object.entries(b)) merged[id] = newerHalves(merged[id] ?? {}, name);
  const newestFirst = Object.entries(merged).sort(([, x], [, y]) => (newestOf(x) > newestOf(y) ? -1 : 1));
  return Object.fromEntries(newestFirst.slice(0, MOST_NAMED));
}

/** The name that one event says. */
export function namesSaidBy(candidateId: string, name: PersonName, order: EventOrder): NamesSaid {
  const said = NAME_HALVES.flatMap((half) => {
    const text = name[half]?.slice(0, LONGEST) ?? '';
    return text === '' ? [] : [[half, { text, order }] as const];
  });
  return said.length === 0 ? {} : { [candidateId]: Object.fromEntries(said) };
}

/** One word alone counts as long as no half was said after it. */
function nameOf({ first, last, full }: SaidName): PersonName {
  const isNewest =
    full !== undefined && [first, last].every((half) => half === undefined || half.order < full.order);
  return defined({ first: first?.text, last: last?.text, full: isNewest ? full.text : undefined });
}

/** The names to compare: those of the ids; else what was said without an id. */
export function namesOf(said: NamesSaid): PersonName[] {
  const { '': without, ...byId } = said;
  const ofIds = Object.values(byId).map(nameOf);
  if (ofIds.length > 0) return ofIds;
  return without === undefined ? [] : [nameOf(without)];
}

/** Whether both sides have names, and each of one contradicts each of the other. */
export const allContradict = (ones: readonly PersonName[], others: readonly PersonName[]): boolean =>
  ones.length > 0 &&
  others.length > 0 &&
  ones.every((one) => others.every((other) => namesContradict(one, other)));
