/** `POST /v1/documents`: where to upload a document that an event `document.added` then names. */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Cipher } from '../crypto/cipher.ts';
import type { SignUpload } from '../documents/document-files.ts';
import { storeDocument } from '../documents/documents.ts';
import {
  type DocumentFormat,
  formatOfContentType,
  formatOfName,
  FORMATS,
  MAX_DOCUMENT_BYTES,
} from '../documents/formats.ts';
import type { Table } from '../store/table.ts';
import { tidy } from '../text/visible.ts';
import type { TenantEvent } from './authentication.ts';
import { Problem } from './problem.ts';
import { readJson } from './read-json.ts';
import { type HttpResponse, json } from './response.ts';

const MAX_BODY_BYTES = 10_000;
const MAX_NAME = 255;

export const documentRequestSchema = z.object({
  name: z
    .string()
    .describe(
      'The file name, with the extension docx, doc, rtf, pdf, tif or tiff. A path before it is ignored.',
    ),
  contentType: z
    .enum(Object.values(FORMATS).flatMap(({ contentTypes }) => contentTypes))
    .describe('Of the same format as the extension.'),
  size: z.int().min(1).max(MAX_DOCUMENT_BYTES).describe('Bytes.'),
});

interface Deps {
  table: Table;
  cipher: Cipher;
  clock: Clock;
  signUpload: SignUpload;
  newId: () => string;
}

export const createDocument =
  ({ signUpload, newId, ...deps }: Deps) =>
  async (event: TenantEvent): Promise<HttpResponse> => {
    const { name, format, size } = readRequest(readJson(event, MAX_BODY_BYTES));
    const { tenantId } = event.tenant;
    const documentId = `doc_${newId()}`;
    const upload = await signUpload({ tenantId, documentId, format, size });
    await storeDocument({ ...deps, tenantId }, { documentId, name, format }, deps.clock);
    return json(201, { documentId, upload });
  };

const refuse = (detail: string): never => {
  throw new Problem('invalid-request', detail);
};

/** @throws Problem that says what to change */
function readRequest(body: unknown): { name: string; format: DocumentFormat; size: number } {
  const shape = z.object({ name: z.string(), contentType: z.string(), size: z.number() }).safeParse(body);
  if (!shape.success) {
    return refuse('Send {"name": "…", "contentType": "…", "size": …}: two texts, and a number of bytes.');
  }
  const { contentType, size } = shape.data;
  const name = fileName(shape.data.name);
  if (name.length > MAX_NAME) return refuse(`Send a name of at most ${MAX_NAME} characters.`);
  const format = formatOfName(name);
  if (format === undefined) {
    return refuse(
      'Firefish accepts docx, doc, rtf, pdf and tif files: send a name with one of these extensions.',
    );
  }
  if (formatOfContentType(contentType) !== format) {
    const [expected] = FORMATS[format].contentTypes;
    return refuse(`The contentType is not that of a ${format} file: send ${expected}.`);
  }
  if (!Number.isInteger(size) || size < 1 || size > MAX_DOCUMENT_BYTES) {
    return refuse(`The size must be 1 to ${MAX_DOCUMENT_BYTES} bytes (10 MB).`);
  }
  return { name, format, size };
}

/** Without a path before it and without invisible characters. */
const fileName = (name: string): string => tidy(name.split(/[/\\]/).at(-1) ?? '');
