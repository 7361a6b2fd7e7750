/** What is common to reading every part of an event: what is wrong with it, what was dropped, and the tolerated forms. */
import { decodeEntities } from '../../text/entities.ts';
import { NO_ID, SAYS_NOTHING } from '../../text/placeholders.ts';
import { cut, fold, tidy } from '../../text/visible.ts';
import type { Clearable } from '../event.ts';

/** A finding, with its place in the event: `record.emails.1`. */
export interface Remark {
  path: string;
  message: string;
}

export const MAX_LINE = 1_000;
export const MAX_TEXT = 20_000;
export const MAX_LIST = 200;
export const MAX_ID = 1_000;
/** Enough to fix an event. A sender with more errors has another problem. */
const MAX_REMARKS = 20;
const AND_MORE: Remark = { path: '', message: `only the first ${MAX_REMARKS} warnings are named` };

export type Raw = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own member; `null` counts as absent. */
export const member = (raw: Raw, name: string): unknown =>
  Object.hasOwn(raw, name) ? (raw[name] ?? undefined) : undefined;

/** An integer beyond 2^53 was rounded while it was read: two ids could become one. */
const isExact = (value: number): boolean =>
  Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));

/** A number instead of a text counts as its text. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' && isExact(value) ? String(value) : undefined;

export interface ListItem {
  path: string;
  text: string;
}

const thousands = (count: number): string => count.toLocaleString('en-US');

export class Reading {
  readonly errors: Remark[] = [];
  readonly warnings: Remark[] = [];

  error(path: string, message: string): void {
    if (this.errors.length < MAX_REMARKS) this.errors.push({ path, message });
  }

  warn(path: string, message: string): void {
    if (this.warnings.length < MAX_REMARKS) this.warnings.push({ path, message });
    else if (this.warnings.length === MAX_REMARKS) this.warnings.push(AND_MORE);
  }

  /** The first characters of a text. `undefined`: not sent, or an error. */
  text(raw: Raw, name: string, path: string, max = MAX_TEXT): string | undefined {
    const value = member(raw, name);
    if (value === undefined) return undefined;
    const text = this.whole(value, `${path}.${name}`);
    if (text === undefined) {
      this.error(`${path}.${name}`, 'must be a text');
      return undefined;
    }
    return this.#cut(text, max, `${path}.${name}`);
  }

  /** A text, or a number as one, as `textOf`, but without halves of characters (lone surrogates): nothing can store them. */
  whole(value: unknown, path: string): string | undefined {
    const text = textOf(value);
    if (text === undefined || text.isWellFormed()) return text;
    this.warn(path, 'has half a character, which was dropped');
    return text.replace(/\p{Cs}/gu, '');
  }

  #cut(text: string, max: number, path: string): string {
    if (text.length > max) this.warn(path, `is longer than ${thousands(max)} characters: the rest was cut`);
    return cut(text, max);
  }

  /** One line; `null`: cleared. */
  line(raw: Raw, name: string, path: string): Clearable<string> | undefined {
    const text = this.text(raw, name, path, MAX_LINE);
    if (text === undefined) return undefined;
    return tidy(text) || null;
  }

  /** A line about a person or a company: entities decoded. What says nothing ("n/a") counts as not sent. */
  fact(raw: Raw, name: string, path: string): Clearable<string> | undefined {
    const said = this.line(raw, name, path);
    if (said === undefined || said === null) return said;
    const fact = tidy(decodeEntities(said));
    return fact === '' || SAYS_NOTHING.has(fold(fact)) ? undefined : fact;
  }

  /** A line that cannot be cleared: an empty one counts as not sent. */
  saidLine(raw: Raw, name: string, path: string): string | undefined {
    return this.line(raw, name, path) ?? undefined;
  }

  /** A line that the event needs. */
  neededLine(raw: Raw, name: string, path: string): string | undefined {
    return this.#needed(`${path}.${name}`, () => this.saidLine(raw, name, path));
  }

  /** Absent is an error, if it is none yet. */
  #needed(path: string, read: () => string | undefined): string | undefined {
    const count = this.errors.length;
    const said = read();
    if (said === undefined && this.errors.length === count) this.error(path, 'is missing');
    return said;
  }

  /**
   * An id. A too long id is refused, because two ids could be equal after a cut. `null` and the like are no id: all
   * people of an export would be one.
   */
  id(raw: Raw, name: string, path: string): string | undefined {
    const value = member(raw, name);
    if (value === undefined) return undefined;
    const at = `${path}.${name}`;
    const text = textOf(value);
    const id = tidy(text ?? '');
    if (text === undefined) this.error(at, 'must be a text');
    else if (!text.isWellFormed()) this.error(at, 'must be well-formed Unicode');
    else if (id.length > MAX_ID) this.error(at, `must not be longer than ${thousands(MAX_ID)} characters`);
    else if (NO_ID.has(fold(id))) this.warn(at, 'is no id, and was ignored');
    else return id || undefined;
    return undefined;
  }

  neededId(raw: Raw, name: string, path: string): string | undefined {
    return this.#needed(`${path}.${name}`, () => this.id(raw, name, path));
  }

  neededObject(raw: Raw, name: string): Raw | undefined {
    const value = member(raw, name);
    if (isObject(value)) return value;
    this.error(name, value === undefined ? 'is missing' : 'must be an object');
    return undefined;
  }

  /**
   * A list of texts, each with its path. One value counts as a list of one. An empty list: cleared. A list with only
   * nulls counts as not sent. `undefined`: not sent. @param wrong what to do about what is not a text
   */
  list(
    raw: Raw,
    name: string,
    path: string,
    wrong: (path: string, problem: string) => void = (at, problem) => {
      this.error(at, problem);
    },
  ): Clearable<ListItem[]> | undefined {
    const value = member(raw, name);
    if (value === undefined) return undefined;
    const at = `${path}.${name}`;
    const one = this.whole(value, at);
    if (one !== undefined) {
      const text = this.#cut(one, MAX_LINE, at);
      return text.trim() === '' ? null : [{ path: at, text }];
    }
    if (!Array.isArray(value)) {
      wrong(at, 'must be a list of texts');
      return undefined;
    }
    if (value.length === 0) return null;
    if (value.length > MAX_LIST) this.warn(at, `is longer than ${MAX_LIST} entries: the rest was cut`);
    const items = (value.slice(0, MAX_LIST) as unknown[]).flatMap((element, index): ListItem[] => {
      const place = `${at}.${index}`;
      if (element === null) return [];
      const text = this.whole(element, place);
      if (text === undefined) {
        wrong(place, 'must be a text');
        return [];
      }
      return text.trim() === '' ? [] : [{ path: place, text: this.#cut(text, MAX_LINE, place) }];
    });
    return items.length === 0 && value.some((element) => element === null) ? undefined : items;
  }
}
