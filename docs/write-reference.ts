/** `npm run docs`: writes the pages, and the parts of pages, that are made from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type Kept, RETENTION } from '../lib/store/retention.ts';
import { eventsPage, settingsPage } from '../lib/http/reference-pages.ts';

const ROOT = join(import.meta.dirname, '..');

/** The pages by path, as they stand in the repository. */
export async function referencePages(): Promise<Record<string, string>> {
  const options = await resolveConfig(import.meta.filename);
  const formatted = (page: string): Promise<string> => format(page, { ...options, parser: 'markdown' });
  return {
    'docs/events.md': await formatted(eventsPage()),
    'docs/settings.md': await formatted(settingsPage()),
    'SECURITY.md': await formatted(withPart('SECURITY.md', 'retention', retentionTable())),
  };
}

/** The page as it is, with this between `<!-- name: npm run docs -->` and `<!-- end of name -->`. */
function withPart(path: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}: npm run docs -->`, `<!-- end of ${name} -->`];
  const page = readFileSync(join(ROOT, path), 'utf8');
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has no part ${name}`);
  return `${before}${begin}\n\n${part}\n\n${end}${after}`;
}

function retentionTable(): string {
  const rows = Object.entries(RETENTION).flatMap(([table, kinds]) =>
    kinds.map((kept: Kept) => {
      const sort = kept.sort === undefined ? '' : `, \`${kept.sort}\``;
      return `| ${table} | \`${kept.partition}\`${sort} | ${kept.what} | ${kept.personal} | ${kept.kept} |`;
    }),
  );
  return ['| table | kind | what | personal data | how long |', '|---|---|---|---|---|', ...rows].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, page] of Object.entries(await referencePages())) {
    writeFileSync(join(ROOT, name), page);
  }
}
