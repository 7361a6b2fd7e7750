/**
 * The result of an export, from the turn to the verb: encrypted, in documents of some entries each, answered in pages.
 * It is deleted with the last page, after an hour at most.
 */
import type { TenantId, EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { resultKey, resultsFrom, resultsPartition } from '../store/sync-keys.ts';
import { queryAll, type Query, type Table } from '../store/table.ts';
import { ASKED_KEPT_SECONDS } from '../times.ts';

interface Context {
  table: Table;
  cipher: Cipher;
  clock: Clock;
  tenant: { tenantId: TenantId };
}

/** In the order in which they are answered. */
const SECTIONS = ['people', 'marketing', 'events', 'mentionedIn'] as const;
type Section = (typeof SECTIONS)[number];

/** Which export: the person, and the event that asked for it. */
interface Export {
  /** The tenant's keyed hash. */
  addressHash: string;
  eventId: EventId;
}

interface Document {
  section: Section;
  entries: unknown[];
}

/** A document ends with the entry that makes it longer than this: one item holds most of them. */
const DOCUMENT_BYTES = 150_000;
/** Characters of base64. An item of DynamoDB holds 400 kB. */
const SLICE_LENGTH = 250_000;
/** A page ends before the document that makes it longer than this. Lambda answers at most 6 MB. */
const PAGE_BYTES = 2_000_000;

export class ExportWriter {
  readonly #context: Context;
  readonly #export: Export;
  readonly #open = {
    ...{ people: newDocument(), marketing: newDocument(), events: newDocument() },
    mentionedIn: newDocument(),
  };

  private constructor(context: Context, of: Export) {
    this.#context = context;
    this.#export = of;
  }

  /** Without the rest of a turn that ended early. */
  static async begin(context: Context, of: Export): Promise<ExportWriter> {
    await deleteResults(context, of);
    return new ExportWriter(context, of);
  }

  async add(section: Section, entry: unknown): Promise<void> {
    const open = this.#open[section];
    const text = JSON.stringify(entry);
    open.texts.push(text);
    open.bytes += Buffer.byteLength(text);
    if (open.bytes > DOCUMENT_BYTES) await this.#write(section);
  }

  /** A result without entries is one too: it has a document of no people. */
  async end(): Promise<void> {
    for (const section of SECTIONS)
      if (section === 'people' || this.#open[section].texts.length > 0) await this.#write(section);
  }

  async #write(section: Section): Promise<void> {
    const { table, cipher, clock, tenant } = this.#context;
    const { texts, number } = this.#open[section];
    const text = Buffer.from(`{"section":"${section}","entries":[${texts.join(',')}]}`).toString('base64');
    const expiresAt = Math.floor(clock.now() / 1000) + ASKED_KEPT_SECONDS;
    const document = `${SECTIONS.indexOf(section)}-${String(number).padStart(5, '0')}`;
    for (let slice = 0; slice * SLICE_LENGTH < text.length; slice += 1) {
      const key = resultKey(tenant.tenantId, this.#export, document, slice);
      const part = text.slice(slice * SLICE_LENGTH, (slice + 1) * SLICE_LENGTH);
      const sealed = await cipher.encrypt(part, { tenantId: tenant.tenantId, key, field: 'sealed' });
      await table.put({ ...key, sealed, expiresAt }, 'anything');
    }
    this.#open[section] = newDocument(number + 1);
  }
}

const newDocument = (number = 0): { number: number; texts: string[]; bytes: number } => ({
  number,
  texts: [],
  bytes: 0,
});

export type ExportPage = Record<Section, unknown[]> & {
  /** The last document of the page, if others follow. */
  last?: string;
};

/**
 * The documents after one, as many as a page takes; the last page deletes all. `undefined` if they are gone, or are
 * another person's.
 */
export async function readPage(
  context: Omit<Context, 'clock'>,
  of: Export,
  after?: string,
): Promise<ExportPage | undefined> {
  const page: ExportPage = { people: [], marketing: [], events: [], mentionedIn: [] };
  let bytes = 0;
  let last: string | undefined;
  for await (const { name, text } of documents(context, of, after)) {
    // Only `ExportWriter` writes them.
    const document = JSON.parse(text) as Document;
    // They are deleted in order: if the last one of the page before is there, so are all behind it.
    if (last === undefined && name !== (after ?? name)) return undefined;
    if (name !== after) {
      const more = Buffer.byteLength(text);
      if (last !== undefined && bytes > 0 && bytes + more > PAGE_BYTES) return { ...page, last };
      bytes += more;
      page[document.section].push(...document.entries);
    }
    last = name;
  }
  if (last === undefined) return undefined;
  await deleteResults(context, of);
  return page;
}

/** Each document once its last slice is read. */
async function* documents(
  { table, cipher, tenant: { tenantId } }: Omit<Context, 'clock'>,
  of: Export,
  from?: string,
): AsyncGenerator<{ name: string; text: string }> {
  let [name, slices] = ['', ''];
  const whole = () => ({ name, text: Buffer.from(slices, 'base64').toString('utf8') });
  for await (const { pk, sk, sealed } of queryAll(table, resultsFrom(tenantId, of, from))) {
    const [, , document = ''] = sk.split('#');
    if (name !== '' && document !== name) {
      yield whole();
      slices = '';
    }
    name = document;
    // Only `ExportWriter` writes them.
    slices += await cipher.decrypt(sealed as Uint8Array, { tenantId, key: { pk, sk }, field: 'sealed' });
  }
  if (name !== '') yield whole();
}

const deleteResults = (context: Pick<Context, 'table' | 'tenant'>, of: Export): Promise<void> =>
  deleteFound(context, resultsFrom(context.tenant.tenantId, of));

/** Of all exports of the tenant: that of one person can quote what Firefish said of another. */
export const deleteAllResults = (context: Pick<Context, 'table' | 'tenant'>): Promise<void> =>
  deleteFound(context, { pk: resultsPartition(context.tenant.tenantId) });

async function deleteFound({ table }: Pick<Context, 'table'>, query: Query): Promise<void> {
  for await (const { pk, sk } of queryAll(table, query)) await table.delete({ pk, sk });
}
