import { describe, expect, test } from '@jest/globals';
import {
  type DocumentFormat,
  formatOfContentType,
  formatOfName,
  hasFormat,
} from '../../../lib/documents/formats.ts';
import { DOC, DOCX, PDF, RTF, TIF } from '../../support/documents.ts';

const FILES = { docx: DOCX, doc: DOC, rtf: RTF, pdf: PDF, tif: TIF } satisfies Record<DocumentFormat, Buffer>;
const ALL = Object.entries(FILES);

describe('the format of a document', () => {
  test.each([
    ['Ann Lee.docx', 'docx'],
    ['CV.PDF', 'pdf'],
    ['a.b.doc', 'doc'],
    ['scan.tiff', 'tif'],
    ['scan.tif', 'tif'],
    ['letter.rtf', 'rtf'],
    ['cv.pdf.exe', undefined],
    ['pdf', undefined],
    ['cv.', undefined],
    ['', undefined],
  ])('by the name %j is %s', (name, format) => {
    expect(formatOfName(name)).toBe(format);
  });

  test.each([
    ['application/pdf', 'pdf'],
    ['Application/PDF; charset=binary', 'pdf'],
    ['text/rtf', 'rtf'],
    ['image/tiff', 'tif'],
    ['application/msword', 'doc'],
    ['application/octet-stream', undefined],
    ['', undefined],
  ])('by the content type %j is %s', (type, format) => {
    expect(formatOfContentType(type)).toBe(format);
  });

  test.each(ALL)('%s is recognised by its first bytes, and no other file is', (format, bytes) => {
    const seen = Object.keys(FILES).filter((one) => hasFormat(one as DocumentFormat, bytes)); // its keys
    expect(seen).toEqual([format]);
  });

  test('pdf is recognised if its header comes a little later', () => {
    expect(hasFormat('pdf', Buffer.concat([Buffer.from('\n\n'), PDF]))).toBe(true);
    expect(hasFormat('pdf', Buffer.concat([Buffer.alloc(2000), PDF]))).toBe(false);
  });

  test('docx is not recognised in another archive', () => {
    expect(hasFormat('docx', Buffer.from('PK\x03\x04xl/workbook.xml', 'latin1'))).toBe(false);
  });

  test('is not recognised in an empty file', () => {
    for (const [format] of ALL) expect(hasFormat(format as DocumentFormat, Buffer.alloc(0))).toBe(false); // its keys
  });
});
