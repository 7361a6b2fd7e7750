/**
 * What `JSON.parse` does not say about a text: names that occur twice in one object (parsers differ on which of them
 * counts), endless nesting, and how many bytes each event took. One pass, no recursion.
 */

export interface Finding {
  /** The path from the event, or from the whole body for what is outside the events. */
  path: (string | number)[];
  message: string;
}

export interface ScannedEvent {
  bytes: number;
  findings: Finding[];
}

export interface ScannedBody {
  events: ScannedEvent[];
  outside: Finding[];
}

export const MAX_DEPTH = 32;
/** Enough to fix an event. A sender with more errors has another problem. */
export const MAX_FINDINGS = 20;

interface Container {
  isObject: boolean;
  /** The position of the scan in the container: a name in an object, a position in a list. */
  step: string | number;
  expectsName: boolean;
  firstName: string | undefined;
  /** Created with the second name: a hostile nesting has one name in each object. */
  names: Set<string> | undefined;
}

class Scanner {
  readonly #text: string;
  /** How many containers are around an event: none, or the body's object and its list. */
  readonly #eventDepth: 0 | 2;
  readonly #open: Container[] = [];
  readonly #body: ScannedBody = { events: [], outside: [] };
  #event: ScannedEvent | undefined;
  #eventStart = 0;

  constructor(text: string, eventDepth: 0 | 2) {
    this.#text = text;
    this.#eventDepth = eventDepth;
  }

  scan(): ScannedBody {
    const text = this.#text;
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at];
      if (character === '{' || character === '[') this.#enter(character === '{', at);
      else if (character === '}' || character === ']') this.#leave(at);
      else if (character === ',') this.#next();
      else if (character === '"') at = this.#string(at);
      else if (character !== ':' && !isSpace(character)) at = this.#literal(at);
    }
    return this.#body;
  }

  #enter(isObject: boolean, at: number): void {
    this.#beginValue(at);
    this.#open.push({
      isObject,
      step: isObject ? '' : 0,
      expectsName: isObject,
      firstName: undefined,
      names: undefined,
    });
    if (this.#open.length === this.#eventDepth + MAX_DEPTH + 1) {
      this.#find(`must not be nested deeper than ${MAX_DEPTH} levels`);
    }
  }

  #leave(at: number): void {
    this.#open.pop();
    this.#endValue(at + 1);
  }

  #next(): void {
    const container = this.#open.at(-1);
    if (container === undefined) return;
    if (typeof container.step === 'number') container.step += 1;
    container.expectsName = container.isObject;
  }

  /** Returns where the string ends. */
  #string(start: number): number {
    let end = this.#text.indexOf('"', start + 1);
    while (isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    const container = this.#open.at(-1);
    if (container?.expectsName === true) {
      this.#name(container, this.#text.slice(start, end + 1));
    } else {
      this.#beginValue(start);
      this.#endValue(end + 1);
    }
    return end;
  }

  #name(container: Container, quoted: string): void {
    // An escape can spell the same name in another way.
    const name = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
    const twice = name === container.firstName || container.names?.has(name) === true;
    if (container.firstName === undefined) container.firstName = name;
    else (container.names ??= new Set()).add(name);
    container.step = name;
    container.expectsName = false;
    if (twice) this.#find('must occur once in its object');
  }

  /** A number, or one of the three words. */
  #literal(start: number): number {
    this.#beginValue(start);
    let end = start + 1;
    while (end < this.#text.length && !/[\s,\]}]/.test(this.#text[end] ?? ',')) end += 1;
    this.#endValue(end);
    return end - 1;
  }

  #beginValue(at: number): void {
    if (!this.#isAtEvent()) return;
    this.#event = { bytes: 0, findings: [] };
    this.#eventStart = at;
  }

  #endValue(at: number): void {
    if (this.#event === undefined || !this.#isAtEvent()) return;
    this.#event.bytes = Buffer.byteLength(this.#text.slice(this.#eventStart, at));
    this.#body.events.push(this.#event);
    this.#event = undefined;
  }

  #isAtEvent(): boolean {
    if (this.#open.length !== this.#eventDepth) return false;
    return this.#eventDepth === 0 || this.#open[0]?.step === 'events';
  }

  #find(message: string): void {
    const found = this.#event?.findings ?? this.#body.outside;
    if (found.length >= MAX_FINDINGS) return;
    const path = this.#open.slice(this.#event === undefined ? 0 : this.#eventDepth, MAX_DEPTH);
    found.push({ path: path.map(({ step }) => step), message });
  }
}

const isSpace = (character: string | undefined): boolean =>
  character === ' ' || character === '\n' || character === '\r' || character === '\t';

/** Whether there is an odd number of backslashes before the quotation mark. */
function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1;
  while (text[before] === '\\') before -= 1;
  return (quote - before) % 2 === 0;
}

/** @param text JSON that has been parsed: one event, or an object whose `events` is a list of them */
export const scanEvents = (text: string, form: 'one event' | 'list of events'): ScannedBody =>
  new Scanner(text, form === 'one event' ? 0 : 2).scan();
