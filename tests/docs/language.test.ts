/** Phrases to avoid, and links. Single words and spelling: docs/language/, by `npm run lint`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.serverless', 'package-lock.json']);
const READ = /\.(?:md|tsx?|js|ya?ml|html|css)$/;

function filesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return READ.test(entry.name) ? [relative(ROOT, path)] : [];
  });
}
const files = filesIn(ROOT);
const pages = files.filter((file) => file.endsWith('.md'));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Each with what to write instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bfor want of\b/i, 'because there is no …'],
  [/\bof (?:its|their|one['’]s) own\b(?! [a-z])/i, 'own, separate; or leave it out'],
  [/\b(?:is|are|was|were|be) taken for\b/i, 'counts as'],
  [/\bread(?:s)? off\b/i, 'read from'],
  [/\bfor ever\b/i, 'forever'],
  [/\b(?:what (?:has )?(?:became|become) of)\b/i, 'what happened to'],
  [/\bgoes on\b(?! (?:a|the|its|behind|record))/i, 'continue'],
  [/\bof before\b(?!\))/i, 'earlier'],
  [/\bof old\b/i, 'old, earlier'],
  [/\bput right\b/i, 'fix'],
  [/\bat work\b/i, 'running; with work'],
  [/\b(?:heals|healed)\b/i, 'ends by itself'],
  [/\bpass(?:es|ed) over\b/i, 'skip'],
  [/\bhow (?:it|the \w+) (?:comes|came) (?:out|about)\b/i, 'the result'],
  [/\bin so many words\b/i, 'literally'],
  [/\ball the same\b/i, 'anyway'],
  [/\b(?:refused|failed|ended|stopped|gone) (?:\w+ )*for good\b/i, 'permanently'],
  [/\bsaid no\b/i, 'refused'],
  [/\bwas had\b/i, 'there was'],
  [/\bdied in between\b/i, 'ended in between'],
  [/@throws (?:\w+, )*\w+Error where\b/, '@throws … if'],
  [/\b(?:undefined|nothing) where\b/, '… if'],
];

test.each(PHRASES)('no file says %s: %s', (phrase, _instead) => {
  const found = files
    .filter((file) => file !== 'tests/docs/language.test.ts')
    .flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, number) => (phrase.test(line) ? [`${file}:${number + 1} ${line.trim()}`] : [])),
    );
  expect(found).toEqual([]);
});

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (page: string): string[] =>
  [...page.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  );

describe('links', () => {
  const links = pages.flatMap((page) =>
    [
      ...read(page)
        .replace(/```[\s\S]*?```/g, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ]
      .map(([, target = '']) => ({ page, target }))
      .filter(({ target }) => !/^(?:https?:|mailto:)/.test(target)),
  );

  test('are found at all', () => {
    expect(links.length).toBeGreaterThan(50);
  });

  test.each(links)('$page leads to $target', ({ page, target }) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, file))).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(read(file))).toContain(anchor);
  });

  test('to pages in comments, messages and other files lead somewhere', () => {
    const named = files.flatMap((file) =>
      [...read(file).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([path]) => ({ file, path })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
