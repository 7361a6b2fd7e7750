import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('SECURITY.md');

/** The rows of every table that has proofs, by their headings. */
const rows = page.split('\n').reduce<{ columns: string[]; rows: Record<string, string>[] }>(
  ({ columns, rows: found }, line) => {
    if (!line.startsWith('|')) return { columns: [], rows: found };
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (columns.length === 0) return { columns: cells, rows: found };
    if (cells.every((cell) => /^-+$/.test(cell)) || !columns.includes('proof'))
      return { columns, rows: found };
    const row: Record<string, string> = Object.fromEntries(cells.map((cell, n) => [columns[n] ?? '', cell]));
    return { columns, rows: [...found, row] };
  },
  { columns: [], rows: [] },
).rows;

/** Files with the names of tests in them. */
const proofs = [...page.matchAll(/`(tests\/[^`]+)`((?:,? “[^”]+”)+)/g)].flatMap(([, path = '', names = '']) =>
  [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ path, name })),
);
/** Those of the page about itself are no proofs. */
const OF_THIS_PAGE = 'tests/docs/security.test.ts';

/** https://owasp.org/API-Security/editions/2023/en/0x11-t10/ */
const OWASP_2023 = [
  'Broken Object Level Authorization',
  'Broken Authentication',
  'Broken Object Property Level Authorization',
  'Unrestricted Resource Consumption',
  'Broken Function Level Authorization',
  'Unrestricted Access to Sensitive Business Flows',
  'Server Side Request Forgery',
  'Security Misconfiguration',
  'Improper Inventory Management',
  'Unsafe Consumption of APIs',
];

describe('the claims', () => {
  test.each(rows.map((row) => [Object.values(row)[0], row.proof] as const))(
    'have a proof: %s',
    (_claim, proof) => {
      expect(proof).toMatch(/^`tests\/[^`]+` “/);
    },
  );

  test.each(proofs)('name a test that exists: $path “$name”', ({ path, name }) => {
    expect(existsSync(new URL(path, root))).toBe(true);
    // `tests/template/template.test.ts` runs the other files of its directory.
    expect(path).toMatch(/\.test\.ts$|\.browser\.ts$|^tests\/aws\/run\.ts$|^tests\/template\/\w+\.ts$/);
    const quoted = ["'", '"', '`'].map((quote) => `${quote}${name}${quote}`);
    expect(quoted.some((one) => read(path).includes(one))).toBe(true);
  });

  test('name no test file without one of its tests', () => {
    const files = [...page.matchAll(/`(tests\/[^`]+)`/g)].map(([, path]) => path!);
    expect(new Set(files)).toEqual(new Set([...proofs.map(({ path }) => path), OF_THIS_PAGE]));
  });

  test('cover the OWASP API Security Top 10, by number and name', () => {
    const named = rows.flatMap(({ threat = '' }) => {
      const [, id, name] = /\*\*(API\d+) ([^*]+)\*\*/.exec(threat) ?? [];
      return id === undefined ? [] : [`${id} ${name!.toLowerCase()}`];
    });
    expect(named).toEqual(OWASP_2023.map((name, n) => `API${n + 1} ${name.toLowerCase()}`));
  });
});
