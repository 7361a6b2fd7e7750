import type { Firefish } from '../firefish/port.ts';
import type { ReadableTable } from '../store/table.ts';
import type { TurnContext } from '../turn/turn-context.ts';

/** What finding and planning people works with, in a turn and in a preview: nothing can be written with it. */
export interface ReadContext extends Pick<TurnContext, 'tenant' | 'cipher' | 'clock' | 'contentOf'> {
  table: ReadableTable;
}

/** What reading facts works with besides. */
export interface FactReader {
  firefish: Pick<Firefish, 'searchByEmail' | 'read'>;
  /** Refs of the companies of a name, best match first. */
  findCompany: (name: string) => Promise<readonly number[]>;
}
