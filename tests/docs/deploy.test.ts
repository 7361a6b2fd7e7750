import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { METRICS } from '../../lib/metrics.ts';
import { COMMANDS } from '../../local/admin/command.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/deploy.md');

interface Service {
  params: Record<string, Record<string, unknown>>;
  functions: Record<string, unknown>;
}
const { params, functions } = parse(read('serverless.yml'), { logLevel: 'error' }) as Service;
const parameters = [...new Set(Object.values(params).flatMap((stage) => Object.keys(stage)))];

/** The rows of the table of stage parameters: names, default, dev, prod. */
const rows = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\| ([^|]*)\| ([^|]*)\| ([^|]*)\|/gm)].map(
  ([, names, ...values]) => ({
    names: [...names!.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!),
    values: values.map((value) => value.trim()),
  }),
);

describe('the page on deployment', () => {
  test('has every stage parameter in its table, and no others', () => {
    expect(rows.flatMap(({ names }) => names).sort()).toEqual(parameters.sort());
  });

  test.each(['dev', 'prod'])('has the values of %s', (stage) => {
    const column = stage === 'dev' ? 1 : 2;
    for (const { names, values } of rows) {
      const own = names.map((name) => params[stage]?.[name]).filter((value) => value !== undefined);
      expect([names, values[column]]).toEqual([names, own.map(String).join(', ')]);
    }
  });

  test('names outputs and functions that the stack has, and counts its alarms and metrics', () => {
    const files = readdirSync(new URL('../../infrastructure/', import.meta.url)).filter((file) =>
      file.endsWith('.yml'),
    );
    const all = ['serverless.yml', ...files.map((file) => `infrastructure/${file}`)].map(read).join('\n');
    const outputs = [...page.matchAll(/\b\w+(?:TableName|QueueUrl|Target)\b/g)].map(([name]) => name);
    expect(new Set(outputs).size).toBe(4);
    for (const output of outputs)
      expect(all).toMatch(new RegExp(`^ +${output}:\\n(?: +Condition.*\\n)? +Value:`, 'm'));

    const listed = page.match(/each of\s+the functions that write: ([^.]*)\./)?.[1] ?? '';
    const writers = [...listed.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
    expect([...writers, 'console-page'].sort()).toEqual(Object.keys(functions).sort());

    const alarms = [...all.matchAll(/Type: AWS::CloudWatch::Alarm$/gm)].length;
    expect(page).toContain(`a KMS key, ${alarms} alarms`);
    expect(page).toContain(`about ${Object.keys(METRICS).length} metrics`);
  });

  test('names only verbs of administration that exist', () => {
    const verbs = [...page.matchAll(/npm run admin -- ([a-z-]+)/g)].map(([, verb]) => verb!);
    expect(verbs.length).toBeGreaterThan(1);
    expect(verbs.filter((verb) => verb !== '--stage' && !Object.hasOwn(COMMANDS, verb))).toEqual([]);
  });
});
