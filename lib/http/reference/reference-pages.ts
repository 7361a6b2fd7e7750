/**
 * docs/events.md and docs/settings.md, made from the schemas and from the table of types. `npm run docs` writes them. A
 * test compares them with the pages in the repository.
 */
import * as z from 'zod';
import { MAX_EVENTS } from '../../events/event.ts';
import { EVENT_TYPE_NAMES, EVENT_TYPES, type EventTypeFacts } from '../../events/event-types.ts';
import { USED_FIELDS } from '../../events/reading/record-fields.ts';
import { PARTS } from '../../events/schemas.ts';
import { DEFAULT_SETTINGS, settingsSchema } from '../../tenants/settings.ts';

/** The parts of JSON Schema that the pages show. */
interface Schema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}

const jsonSchema = (type: z.ZodType): Schema =>
  // Zod's type of a JSON schema is wider than what it makes of these.
  z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema;

const code = (text: unknown): string => `\`${String(text)}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What a value may be, in a few words. */
function form(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(form).join(' or ');
  if (schema.type === 'array')
    return `list of ${schema.items?.enum === undefined ? 'texts' : form(schema.items)}`;
  const types = [schema.type ?? 'any'].flat();
  return types.map((type) => (type === 'string' ? 'text' : type)).join(' or ');
}

/** Members of an object; those of an inner object follow it. */
function members(schema: Schema, prefix = ''): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const isNeeded = schema.required?.includes(name) === true ? 'yes' : '';
    const object = [inner, ...(inner.anyOf ?? [])].find(({ properties }) => properties !== undefined);
    return [
      [code(prefix + name), form(inner), isNeeded, inner.description ?? ''],
      ...(object === undefined ? [] : members(object, `${prefix}${name}.`)),
    ];
  });
}

const MEMBERS = ['member', 'form', 'needed', ''];
const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
const GENERATED = '<!-- Made by `npm run docs` from the schemas: change those, not this page. -->';

const USES: Readonly<Record<keyof typeof USED_FIELDS, string>> = {
  ids: 'ids and addresses',
  phone: 'ids, addresses and the country',
  named: 'ids, addresses and the name',
  person: 'all members',
};

function typeSection(type: (typeof EVENT_TYPE_NAMES)[number]): string {
  const { does, needs, takes = [], record, creates, example }: EventTypeFacts = EVENT_TYPES[type];
  const facts = [
    `Needs ${needs.map(code).join(', ')}${takes.length === 0 ? '' : `; takes ${takes.map(code).join(', ')}`}.`,
    ...(record === undefined ? [] : [`Uses of \`record\`: ${USES[record]}.`]),
    creates ? 'Can create.' : 'Never creates.',
  ];
  return [`### ${type}`, does, facts.join(' '), json(example)].join('\n\n');
}

/** The page of events, in Markdown. */
export function eventsPage(): string {
  const overview = EVENT_TYPE_NAMES.map((type) => {
    const { needs, does }: EventTypeFacts = EVENT_TYPES[type];
    return [`[${code(type)}](#${type.replaceAll('.', '')})`, needs.map(code).join(', '), does];
  });
  const parts = Object.entries(PARTS).flatMap(([name, part]) => {
    const rows = members(jsonSchema(part));
    return rows.length === 0 ? [] : [`### ${code(name)}`, table(MEMBERS, rows)];
  });
  return (
    [
      '# Events',
      GENERATED,
      `\`POST /v1/events\` takes one event, or \`{"events": […]}\` with 1 to ${MAX_EVENTS}. \`GET /openapi.json\` has the machine-readable description.`,
      '## Every event',
      table(MEMBERS, [
        [
          code('id'),
          'text',
          'yes',
          'You choose it: 1 to 128 of `A-Z a-z 0-9 . _ : ~ -`. The same id with the same content is a repeat and does nothing. The same id with other content is rejected (`id-reused`).',
        ],
        [code('type'), 'text', 'yes', 'One of the types below.'],
        [
          code('occurredAt'),
          'text or number',
          'yes',
          'RFC 3339 with a time zone, or Unix seconds, or milliseconds. At most five minutes in the future. It decides which of two events is newer; the order of arrival does not.',
        ],
        [
          code('actor.email'),
          'text',
          '',
          'Who did it: the owner of a new record, named in the heading of notes.',
        ],
        [
          code('origin'),
          '`user`, `automation`',
          '',
          '`automation` (a background refresh) has lower priority than what people push.',
        ],
      ]),
      [
        'Unknown members are ignored. A member that is absent or `null` changes nothing. An empty text or list clears the field, but never a name, an e-mail address, a company or a source.',
        'An event is rejected only because of members that its type uses. One value counts as a list of one, and a number as its text. `warnings` in the answer name what was dropped, cut or unreadable.',
      ].join('\n'),
      '## Types',
      table(['type', 'needs', 'does'], overview),
      '## Members',
      ...parts,
      '## Each type, with an example',
      ...EVENT_TYPE_NAMES.map(typeSection),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

/** A default at a path, as JSON; absent if there is none. */
function defaultAt(path: readonly string[]): string {
  const value = path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    DEFAULT_SETTINGS,
  );
  return value === undefined ? 'none' : code(JSON.stringify(value));
}

/** The page of settings, in Markdown. */
export function settingsPage(): string {
  const rows = Object.entries(jsonSchema(settingsSchema).properties ?? {}).flatMap(([name, schema]) => {
    const inner = Object.entries(schema.properties ?? {});
    const own = [
      code(name),
      inner.length > 0 ? '' : form(schema),
      inner.length > 0 ? '' : defaultAt([name]),
      schema.description ?? '',
    ];
    return [
      own,
      ...inner.map(([part, one]) => [
        code(`${name}.${part}`),
        one.type === 'object' ? `for each field: ${form(one.additionalProperties as Schema)}` : form(one),
        defaultAt([name, part]),
        '',
      ]),
    ];
  });
  return (
    [
      '# Settings',
      GENERATED,
      'Each agency has its own settings. `npm run admin -- settings --domain D` shows them. With `--set file.json` it checks the file and replaces all settings: a setting that is not in the file gets its default.',
      table(['setting', 'values', 'default', 'what it does'], rows),
      'Example of a file:',
      json({
        addWhen: { contact: 'replied' },
        noteChannels: ['call', 'email'],
        updatePolicy: { fields: { JobTitle: 'ifBlank' } },
      }),
    ].join('\n\n') + '\n'
  );
}
