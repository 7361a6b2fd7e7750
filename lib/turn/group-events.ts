/**
 * The events that a turn has loaded, and which of them start next. Events that share a name are one group; a group
 * starts only while none of its names is in hand. Pure: no time passes here.
 */
import type { EventId } from '../ids.ts';
import type { Urgency, Work } from '../events/urgency.ts';
import type { EventHandler, Loaded } from './turn-context.ts';

export interface Entry extends Loaded {
  readonly id: EventId;
  /** Names the event in the turn record. */
  readonly hash: string;
  readonly handler: EventHandler;
  readonly names: readonly string[];
  readonly urgency: Urgency;
  /** Epoch milliseconds: it waits inside the turn until then. */
  notBefore: number;
}

export interface Group {
  readonly entries: readonly Entry[];
  readonly names: readonly string[];
  readonly work: Work;
}

/** A handler works on so many events of one group at most; the rest follow. */
const LARGEST_GROUP = 100;

export class EventBoard {
  readonly #ready = new Map<string, Entry>();
  readonly inHand = new Set<Group>();
  /** The group in hand that has the name. */
  readonly #taken = new Map<string, Group>();

  /** Loaded and not in hand, in the order in which they came. */
  get ready(): Iterable<Entry> {
    return this.#ready.values();
  }

  get size(): number {
    return this.#ready.size + [...this.inHand].reduce((sum, { entries }) => sum + entries.length, 0);
  }

  /** An urgent event that shares a name with a group in hand makes all that group's work as urgent. */
  add(entry: Entry): void {
    this.#ready.set(entry.id, entry);
    for (const name of entry.names) {
      const group = this.#taken.get(name);
      if (group !== undefined && entry.urgency < group.work.urgency) group.work.urgency = entry.urgency;
    }
  }

  /** An event that has ended, or waits elsewhere. */
  remove(id: string): void {
    this.#ready.delete(id);
  }

  /** Takes the group in hand: its names are free again after `release`. */
  take(group: Group): void {
    for (const { id } of group.entries) this.#ready.delete(id);
    for (const name of group.names) this.#taken.set(name, group);
    this.inHand.add(group);
  }

  /** Puts back what is still open of the group. */
  release(group: Group, open: readonly Entry[]): void {
    this.inHand.delete(group);
    for (const name of group.names) this.#taken.delete(name);
    for (const entry of open) this.#ready.set(entry.id, entry);
  }

  /**
   * The groups that start next, most urgent first, as if each were taken in turn.
   * @param may whether an event may start now; those that may not are left out of all groups
   */
  next(count: number, may: (entry: Entry) => boolean): Group[] {
    const candidates = [...this.#ready.values()].filter(may);
    // The sort is stable: events of one urgency keep the order in which they came.
    candidates.sort((a, b) => a.urgency - b.urgency);
    const named = candidates.flatMap((entry) => entry.names.map((name) => ({ name, entry })));
    const byName = Map.groupBy(named, ({ name }) => name);
    const groups: Group[] = [];
    const used = new Set<Entry>();
    const names = new Set<string>();
    for (const entry of candidates) {
      if (groups.length >= count) break;
      if (used.has(entry)) continue;
      const group = this.#groupOf(entry, byName);
      for (const one of group.entries) used.add(one);
      if (group.names.some((name) => this.#taken.has(name) || names.has(name))) continue;
      for (const name of group.names) names.add(name);
      groups.push(group);
    }
    return groups;
  }

  /** All candidates that are connected with this one by names. An event that failed before works alone. */
  #groupOf(first: Entry, byName: ReadonlyMap<string, readonly { entry: Entry }[]>): Group {
    const entries = new Set([first]);
    const names = new Set<string>();
    for (const entry of entries) {
      for (const name of entry.names) {
        if (names.has(name)) continue;
        names.add(name);
        if (isAlone(first)) continue;
        for (const { entry: other } of byName.get(name) ?? []) {
          if (entries.size >= LARGEST_GROUP) break;
          if (other.handler === first.handler && !isAlone(other)) entries.add(other);
        }
      }
    }
    const inOrder = [...entries].sort((a, b) => (a.item.order < b.item.order ? -1 : 1));
    return { entries: inOrder, names: [...names], work: { urgency: first.urgency } };
  }
}

const isAlone = ({ item }: Entry): boolean => (item.errors ?? 0) > 0;
