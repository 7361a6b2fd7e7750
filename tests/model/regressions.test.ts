/**
 * Histories that were wrong once, each as the failing run printed it: `regressions/<what-went-wrong>.json`. They run in
 * process, in several interleavings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { History } from './histories.ts';
import { describeFailure, differencesOf } from './run-history.ts';
import { makeInProcessSystem } from './system.ts';

const DIRECTORY = fileURLToPath(new URL('regressions/', import.meta.url));
/** The interleaving that failed, and others, because the error may depend on it. */
const INTERLEAVINGS = 5;

const read = (file: string): { name: string; history: History } => ({
  name: basename(file, '.json').replaceAll('-', ' '),
  history: JSON.parse(readFileSync(DIRECTORY + file, 'utf8')) as History, // as a failing run printed it
});

describe('histories that were wrong once end as the model does now', () => {
  it.each(readdirSync(DIRECTORY).map(read))('$name', async ({ history }) => {
    for (let more = 0; more < INTERLEAVINGS; more += 1) {
      const found = await differencesOf({ ...history, chance: history.chance + more }, makeInProcessSystem);

      expect(found.length === 0 ? '' : describeFailure(found, history)).toBe('');
    }
  });
});
