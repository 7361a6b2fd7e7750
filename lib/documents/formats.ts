/** The formats of documents that Firefish accepts, and how a file is recognised. */

/** Firefish accepts at most 10 MB. */
export const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;

export type DocumentFormat = 'docx' | 'doc' | 'rtf' | 'pdf' | 'tif';

interface Format {
  extensions: readonly string[];
  /** The first one is sent to Firefish. */
  contentTypes: readonly [string, ...string[]];
  hasContent: (bytes: Buffer) => boolean;
}

const startsWith =
  (...starts: readonly string[]) =>
  (bytes: Buffer): boolean =>
    starts.some((start) => bytes.subarray(0, start.length).equals(Buffer.from(start, 'latin1')));

/** PDF 1.7, annex H.3: readers look for the header within the first 1,024 bytes. */
const PDF_HEADER_WITHIN = 1024;

export const FORMATS = {
  docx: {
    extensions: ['docx'],
    contentTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    // A zip archive with files in word/: their names are not compressed.
    hasContent: (bytes) => startsWith('PK\x03\x04')(bytes) && bytes.includes('word/'),
  },
  doc: {
    extensions: ['doc'],
    contentTypes: ['application/msword'],
    hasContent: startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
  },
  rtf: {
    extensions: ['rtf'],
    contentTypes: ['application/rtf', 'text/rtf'],
    hasContent: startsWith('{\\rtf'),
  },
  pdf: {
    extensions: ['pdf'],
    contentTypes: ['application/pdf'],
    hasContent: (bytes) => bytes.subarray(0, PDF_HEADER_WITHIN).includes('%PDF-'),
  },
  tif: {
    extensions: ['tif', 'tiff'],
    contentTypes: ['image/tiff'],
    hasContent: startsWith('II*\0', 'MM\0*'),
  },
} as const satisfies Record<DocumentFormat, Format>;

// The keys of FORMATS, which TypeScript does not keep.
const FORMAT_NAMES = Object.keys(FORMATS) as DocumentFormat[];

/** The format that a file name's extension says; upper and lower case are the same. */
export function formatOfName(name: string): DocumentFormat | undefined {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return FORMAT_NAMES.find((format) => isIn(FORMATS[format].extensions, extension));
}

/** The format that a media type says; its parameters do not count. */
export function formatOfContentType(contentType: string): DocumentFormat | undefined {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return FORMAT_NAMES.find((format) => isIn(FORMATS[format].contentTypes, type));
}

const isIn = (words: readonly string[], word: string): boolean => words.includes(word);

/** Whether the file begins like a file of this format. */
export const hasFormat = (format: DocumentFormat, bytes: Uint8Array): boolean =>
  FORMATS[format].hasContent(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
