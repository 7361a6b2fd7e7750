import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const lines = readFileSync(new URL('SECURITY.md', root), 'utf8').split('\n');
const header = lines.findIndex((line) => /^\| threat +\| mitigation +\| proof/.test(line));
const rows = lines
  .slice(header + 2, lines.indexOf('', header))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, threat = '', mitigation = '', proof = '']) => ({ threat, mitigation, proof }));

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

describe('the table from threat to mitigation to proof', () => {
  test.each(rows)('$threat: is mitigated, and the tests that prove it are there', ({ mitigation, proof }) => {
    expect(mitigation).not.toBe('');
    const paths = [...proof.matchAll(/`(tests\/[^`]+)`/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      expect([path, existsSync(new URL(path, root))]).toEqual([path, true]);
      // A folder is named as one; a file is one that Jest runs.
      const isFolder = statSync(new URL(path, root)).isDirectory();
      expect(path).toMatch(isFolder ? /\/$/ : /\.test\.ts$/);
    }
  });

  test('has all of the OWASP API Security Top 10, by number and name', () => {
    const named = rows.flatMap(({ threat }) => {
      const [, id, name] = /\*\*(API\d+) ([^*]+)\*\*/.exec(threat) ?? [];
      return id === undefined ? [] : [`${id} ${name!.toLowerCase()}`];
    });
    expect(named).toEqual(OWASP_2023.map((name, n) => `API${n + 1} ${name.toLowerCase()}`));
  });
});
