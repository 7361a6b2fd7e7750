/** The simulator's data in a file, change by change: an answered change is kept, even after a kill. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from './records/agency.ts';

interface Entry {
  agency: string;
  change: Change;
}

const lineOf = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

function entryIn(line: string): Entry[] {
  try {
    // Only this file writes it. A line that a kill has cut short was never answered.
    return [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}

/** The record that a change is about. */
function subjectOf(change: Change): string | undefined {
  if (!('collection' in change)) return undefined;
  return `${change.collection} ${'record' in change ? change.record.Ref : change.deletedRef}`;
}

/** Only the newest version of each record counts. */
function newest(entries: readonly Entry[]): Entry[] {
  const kept = new Map<string, Entry>();
  for (const [index, entry] of entries.entries()) {
    const { agency, change } = entry;
    kept.set(`${agency} ${subjectOf(change) ?? `line ${index}`}`, entry);
  }
  return [...kept.values()];
}

export class Journal {
  readonly #file: string;

  /** @param directory created if there is none */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#file = join(directory, 'changes.jsonl');
  }

  /** For the simulator's `onChange`. Synchronous, so that nothing is answered before it is stored. */
  append(agency: string, change: Change): void {
    appendFileSync(this.#file, lineOf({ agency, change }));
  }

  /** Restores the stored changes; called once, before anything is appended. */
  restoreInto(simulator: { restore(agency: string, change: Change): void }): void {
    if (!existsSync(this.#file)) return;
    const entries = newest(readFileSync(this.#file, 'utf8').split('\n').flatMap(entryIn));
    for (const { agency, change } of entries) simulator.restore(agency, change);
    // Written again without outdated lines, and without a cut line that the next one would be appended to.
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, entries.map(lineOf).join(''));
    renameSync(fresh, this.#file);
  }
}
