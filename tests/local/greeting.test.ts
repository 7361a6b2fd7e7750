import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { greeting } from '../../local/greeting.ts';

test('npm start prints the same command as README.md, and where the console and the simulator are', () => {
  const text = greeting({ url: 'http://127.0.0.1:4000', simulator: 'http://127.0.0.1:5000' });
  const [command = ''] = /npm run admin[^\n]*\n[^\n]*/.exec(text) ?? [];
  const words = (lines: string): string[] => lines.split(/[\s\\]+/);
  expect(words(readFileSync('README.md', 'utf8')).join(' ')).toContain(words(command).join(' '));
  expect(text).toContain('http://127.0.0.1:4000/console\n');
  expect(text).toContain('http://127.0.0.1:5000/_simulator/state?agency=ff-demo\n');
});

test('without the simulator, npm start does not mention it and asks for real credentials', () => {
  const text = greeting({ url: 'http://127.0.0.1:4000', simulator: undefined });
  expect(text).not.toMatch(/simulator|ff-demo/);
  expect(text).toContain('--firefish-client-id <id>');
});
