/** Texts of forms and exports that stand for nothing; folded. */
export const SAYS_NOTHING: ReadonlySet<string> = new Set([
  '-',
  'n/a',
  'n.a.',
  'null',
  'undefined',
  'unknown',
  '(unknown)',
  'linkedin member',
  '(null)',
  '[object object]',
  // Errors of a spreadsheet's formulas.
  ...'#n/a #name? #null! #ref! #value! #div/0!'.split(' '),
]);

/** The same of an id. A name can be None or Nan, an id cannot. */
export const NO_ID: ReadonlySet<string> = new Set([...SAYS_NOTHING, 'none', 'nan']);
