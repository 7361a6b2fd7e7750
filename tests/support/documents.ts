/** Files with the content that their names say. */
export const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n');
export const DOCX = Buffer.concat([
  Buffer.from('PK\x03\x04\x14\x00', 'latin1'),
  Buffer.from('word/document.xml'),
]);
export const DOC = Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on', 'latin1');
export const RTF = Buffer.from('{\\rtf1\\ansi Ann}');
export const TIF = Buffer.from('II*\0\x08\0\0\0', 'latin1');
