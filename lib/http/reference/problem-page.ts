/** `GET /problems/{type}`: the page of docs/problems/ whose address is a problem's `type`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem, PROBLEMS } from '../problem.ts';
import type { HttpHandler } from '../router.ts';

/** @param directory where the pages are */
export const problemPage =
  (directory: string): HttpHandler =>
  async ({ pathParameters }) => {
    const type = pathParameters?.['type'] ?? '';
    if (!Object.hasOwn(PROBLEMS, type)) {
      throw new Problem('not-found', `There are pages about ${Object.keys(PROBLEMS).join(', ')}.`);
    }
    return {
      statusCode: 200,
      // As plain text, which every browser shows.
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'max-age=86400' },
      body: await readFile(join(directory, `${type}.md`), 'utf8'),
    };
  };
