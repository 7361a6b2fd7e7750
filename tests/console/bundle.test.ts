import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildConsolePage } from '../../build.ts';
import { makeTemporaryDirectory } from '../local/temporary-directory.ts';

let directory: ReturnType<typeof makeTemporaryDirectory>;
beforeEach(async () => {
  directory = makeTemporaryDirectory();
  await buildConsolePage(directory.path);
});
afterEach(() => {
  directory.remove();
});

const read = (file: string): Buffer => readFileSync(join(directory.path, file));

test('the script of the console stays below 60 kB, compressed', () => {
  expect(gzipSync(read('app.js')).length).toBeLessThan(60_000);
});

test('nothing in the page needs inline code or style, another origin, or eval', () => {
  const html = read('index.html').toString();
  expect(html.match(/<script\b[^>]*>/g)).toEqual(['<script type="module" src="/console/app.js">']);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  const script = read('app.js').toString();
  expect(script).not.toMatch(/\beval\(|new Function\(|\.innerHTML=(?!\w+\.__html)/);
  expect(read('app.css').toString()).not.toMatch(/url\(|@import/);
});

test('nothing moves if the person has asked for reduced motion', () => {
  const style = readFileSync(new URL('../../console/app.css', import.meta.url), 'utf8');
  const moving = style.slice(style.indexOf('@media (prefers-reduced-motion: no-preference)'));
  const block = moving.slice(0, moving.indexOf('\n}\n'));
  const all = style.match(/\b(?:transition|animation|scroll-behavior)\b/g) ?? [];
  expect(all.length).toBeGreaterThan(0);
  expect(block.match(/\b(?:transition|animation|scroll-behavior)\b/g)).toHaveLength(all.length);
});
