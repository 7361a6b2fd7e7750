/** `npm run docs`: writes the pages that are made from the schemas. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { eventsPage, settingsPage } from '../lib/http/reference-pages.ts';

/** The pages by file name, as they stand in the repository. */
export async function referencePages(): Promise<Record<string, string>> {
  const options = await resolveConfig(import.meta.filename);
  const formatted = (page: string): Promise<string> => format(page, { ...options, parser: 'markdown' });
  return { 'events.md': await formatted(eventsPage()), 'settings.md': await formatted(settingsPage()) };
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, page] of Object.entries(await referencePages())) {
    writeFileSync(join(import.meta.dirname, name), page);
  }
}
