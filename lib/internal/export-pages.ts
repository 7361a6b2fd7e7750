/**
 * The result of an export, from the turn to the verb: encrypted, in documents of some entries each, answered in pages.
 * It is deleted with the last page, after an hour at most.
 */
import type { TenantId, EventId } from '../ids.ts';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import { resultKey, resultsFrom } from '../store/sync-keys.ts';
import { queryAll, type Table } from '../store/table.ts';
import { ASKED_KEPT_SECONDS } from '../times.ts';

interface Context {
  table: Table;
  cipher: Cipher;
  clock: Clock;
  tenant: { tenantId: TenantId };
}

/** In the order in which they are answered. */
const SECTIONS = ['people', 'marketing', 'events'] as const;
type Section = (typeof SECTIONS)[number];

interface Document {
  email: string;
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
  readonly #eventId: EventId;
  readonly #email: string;
  readonly #open = { people: newDocument(), marketing: newDocument(), events: newDocument() };

  private constructor(context: Context, eventId: EventId, email: string) {
    this.#context = context;
    this.#eventId = eventId;
    this.#email = email;
  }

  /** Without what a turn that died has left of it. */
  static async begin(context: Context, eventId: EventId, email: string): Promise<ExportWriter> {
    await deleteResult(context, eventId);
    return new ExportWriter(context, eventId, email);
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
    const head = JSON.stringify({ email: this.#email, section }).slice(0, -1);
    const text = Buffer.from(`${head},"entries":[${texts.join(',')}]}`).toString('base64');
    const expiresAt = Math.floor(clock.now() / 1000) + ASKED_KEPT_SECONDS;
    const document = `${SECTIONS.indexOf(section)}-${String(number).padStart(5, '0')}`;
    for (let slice = 0; slice * SLICE_LENGTH < text.length; slice += 1) {
      const key = resultKey(tenant.tenantId, this.#eventId, document, slice);
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

export type ExportPage = { email: string } & Record<Section, unknown[]> & {
    /** The last document of the page, if others follow. */
    last?: string;
  };

/**
 * The documents after one, as many as a page takes; the last page deletes all. `undefined` where they are gone, or are
 * another person's.
 */
export async function readPage(
  context: Omit<Context, 'clock'>,
  { eventId, email, after }: { eventId: EventId; email: string; after?: string | undefined },
): Promise<ExportPage | undefined> {
  const page: ExportPage = { email, people: [], marketing: [], events: [] };
  let bytes = 0;
  let last: string | undefined;
  for await (const { name, text } of documents(context, eventId, after)) {
    // Only `ExportWriter` writes them.
    const document = JSON.parse(text) as Document;
    // They are deleted in order: if the last one of the page before is there, so are all behind it.
    if (document.email !== email || (last === undefined && name !== (after ?? name))) return undefined;
    if (name !== after) {
      const more = Buffer.byteLength(text);
      if (last !== undefined && bytes > 0 && bytes + more > PAGE_BYTES) return { ...page, last };
      bytes += more;
      page[document.section].push(...document.entries);
    }
    last = name;
  }
  if (last === undefined) return undefined;
  await deleteResult(context, eventId);
  return page;
}

/** Each document once its last slice is read. */
async function* documents(
  { table, cipher, tenant: { tenantId } }: Omit<Context, 'clock'>,
  eventId: EventId,
  from?: string,
): AsyncGenerator<{ name: string; text: string }> {
  let [name, slices] = ['', ''];
  const whole = () => ({ name, text: Buffer.from(slices, 'base64').toString('utf8') });
  for await (const { pk, sk, sealed } of queryAll(table, resultsFrom(tenantId, eventId, from))) {
    const [, document = ''] = sk.split('#');
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

async function deleteResult(
  { table, tenant: { tenantId } }: Pick<Context, 'table' | 'tenant'>,
  eventId: EventId,
): Promise<void> {
  for await (const { pk, sk } of queryAll(table, resultsFrom(tenantId, eventId)))
    await table.delete({ pk, sk });
}
