/** `npm run docs`: writes the pages, and the parts of pages, that are made from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { isMap, isScalar, parseDocument } from 'yaml';
import { PROBLEMS } from '../lib/http/problem.ts';
import { FAIL_REASONS, NOTE_CODES, SKIP_REASONS, WAIT_REASONS } from '../lib/events/reasons.ts';
import { METRICS } from '../lib/metrics.ts';
import { type Kept, RETENTION } from '../lib/retention.ts';
import { eventsPage, settingsPage } from '../lib/http/reference/reference-pages.ts';

const ROOT = join(import.meta.dirname, '..');

/** The pages by path, as in the repository. */
export async function referencePages(): Promise<Record<string, string>> {
  const options = await resolveConfig(import.meta.filename);
  const formatted = (page: string): Promise<string> => format(page, { ...options, parser: 'markdown' });
  return {
    'docs/events.md': await formatted(eventsPage()),
    'docs/settings.md': await formatted(settingsPage()),
    'docs/problems.md': await formatted(problemsPage()),
    'docs/reasons.md': await formatted(reasonsPage()),
    'docs/metrics.md': await formatted(metricsPage()),
    'docs/deploy.md': await formatted(withPart('docs/deploy.md', 'parameters', parametersTable())),
    'SECURITY.md': await formatted(withPart('SECURITY.md', 'retention', retentionTable())),
  };
}

/** The page as it is, with this between `<!-- name: npm run docs -->` and `<!-- end of name -->`. */
function withPart(path: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}: npm run docs -->`, `<!-- end of ${name} -->`];
  const page = read(path);
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has no part ${name}`);
  return `${before}${begin}\n\n${part}\n\n${end}${after}`;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const table = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function problemsPage(): string {
  const rows = Object.entries(PROBLEMS).map(([type, { status, title }]) => [
    `[\`/problems/${type}\`](problems/${type}.md)`,
    String(status),
    title,
  ]);
  return `# Problems

The API refuses a request with a problem of RFC 9457 (\`application/problem+json\`): a \`type\`, a \`title\`, a \`status\`, a \`detail\` that
says what to do, and a \`requestId\`. The same pages are at \`/problems/…\` of the API. The token endpoint answers errors of RFC 6749.

${table(['type', 'status', 'title'], rows)}

\`npm run docs\` writes this page.
`;
}

function reasonsPage(): string {
  const rows = (reasons: Readonly<Record<string, { words: string; toDo: string }>>): string =>
    table(
      ['code', 'why', 'what to do'],
      Object.entries(reasons).map(([code, { words, toDo }]) => [`\`${code}\``, words, toDo]),
    );
  return `# Reasons and notes

\`GET /v1/events/{id}\` and \`POST /v1/preview\` answer a \`reason\` for each event that waits, was skipped or has failed, and \`notes\`. Each
begins with a code. After a colon, details can follow: \`missing-fields: CompanyRef\`. A setting that skips an event is named as in
[settings](settings.md).

## \`skipped\`

Skipped events of a person who may still appear in Firefish are checked again when that happens, within thirty days.

${rows(SKIP_REASONS)}

## \`failed\`

A failed event can be replayed for thirty days: in the console, or with \`npm run admin -- replay\`. \`refused\` names the call and the
status, and the record if there is one: \`refused PATCH /contacts/{ref} 400: contact:12\`.

${rows(FAIL_REASONS)}

## \`deferred\`

${rows(WAIT_REASONS)}

## Notes

${rows(NOTE_CODES)}

\`npm run docs\` writes this page.
`;
}

/** The comment before each metric says what it counts; one with none shares the comment of the metric before it. */
function metricsPage(): string {
  const source = read('lib/metrics.ts');
  const rows = Object.entries(METRICS).map(([name, unit]) => {
    const [, comment = ''] = new RegExp(`/\\*\\* ([^*]*) \\*/\\n  ${name}:`).exec(source) ?? [];
    return [`\`${name}\``, unit, comment];
  });
  return `# Metrics

The functions write these numbers to the CloudWatch namespace \`sourcewhale-firefish-<stage>\`, with the dimension \`service\`. The dashboard
\`sourcewhale-firefish-<stage>\` shows them. The namespace \`sourcewhale-firefish-<stage>-gateway\` counts the answers 401, 403 and 429 of the
API: \`Unauthorized\`, \`Forbidden\`, \`TooManyRequests\`.

${table(['metric', 'unit', 'what it counts'], rows)}

\`npm run docs\` writes this page.
`;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** The parameters of a stage, each with its comment in serverless.yml. */
function parametersTable(): string {
  const document = parseDocument(read('serverless.yml'), { logLevel: 'error' });
  const stages = ['default', 'dev', 'prod'].map((stage) => {
    const map = document.getIn(['params', stage]);
    if (!isMap(map)) throw new Error(`serverless.yml has no parameters of ${stage}`);
    return map;
  });
  const comments = new Map<string, string>();
  for (const map of stages) {
    map.items.forEach(({ key }, place) => {
      if (!isScalar(key)) return;
      // The first one's comment is before the whole map.
      const comment = key.commentBefore ?? (place === 0 ? map.commentBefore : undefined);
      if (comment != null) comments.set(String(key.value), comment.replaceAll(/\s*\n\s*/g, ' ').trim());
    });
  }
  const names = new Set(stages.flatMap((map) => map.items.map(({ key }) => String(key))));
  const rows = [...names].map((name) => {
    const comment = comments.get(name);
    if (comment === undefined) throw new Error(`serverless.yml has no comment on the parameter ${name}`);
    const [byDefault = '', dev = '', prod = ''] = stages.map((map) => textOf(map.get(name)));
    const shown = byDefault === '' ? 'none' : byDefault;
    return [`\`${name}\``, shown, dev, prod, comment];
  });
  return table(['parameter', 'default', 'dev', 'prod', 'what it decides'], rows);
}

function retentionTable(): string {
  const rows = Object.entries(RETENTION).flatMap(([name, kinds]) =>
    kinds.map(({ partition, sort, what, personal, kept }: Kept) => {
      const kind = [partition, sort].flatMap((key) => (key === undefined ? [] : [`\`${key}\``]));
      return [name, kind.join(', '), what, personal, kept];
    }),
  );
  return table(['table', 'kind', 'what', 'personal data', 'how long'], rows);
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, page] of Object.entries(await referencePages())) {
    writeFileSync(join(ROOT, name), page);
  }
}
