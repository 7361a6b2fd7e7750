import { expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { METRICS } from '../../lib/metrics.ts';

/** Dashboard and alarms are held to the same list by tests/template. */
test('every metric is measured somewhere', () => {
  const root = new URL('../../', import.meta.url).pathname;
  const files = globSync('{lib,functions}/**/*.ts', { cwd: root }).filter(
    (file) => file !== 'lib/metrics.ts',
  );
  const code = files
    .map((file) => readFileSync(root + file, 'utf8'))
    .filter((text) => text.includes('measure('));
  const unmeasured = Object.keys(METRICS).filter((name) => !code.some((text) => text.includes(`'${name}'`)));
  expect(unmeasured).toEqual([]);
});
