/**
 * Tables and keys outlive their stack. A later stack of the stage takes them over by the stage parameter `kept`, which names
 * each by its logical id and what AWS calls it: `SyncTable=…,CredentialsTable=…,AuditTable=…,Key=arn:…`.
 */
import { isDeepStrictEqual } from 'node:util';

interface Resource {
  Type: string;
  DeletionPolicy?: string;
  DependsOn?: string | string[];
  Properties?: object;
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, unknown>;
}

/** How a resource that is there already is written where the template would refer to its own. */
interface Written {
  /** For `Ref`. */
  name: unknown;
  /** For `Fn::GetAtt` of the ARN, and within `Fn::Sub`. */
  arn: string;
}

const WRITTEN: Record<string, (named: string) => Written> = {
  'AWS::DynamoDB::Table': (named) => ({
    name: named,
    arn: `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/${named}`,
  }),
  'AWS::S3::Bucket': (named) => ({ name: named, arn: `arn:\${AWS::Partition}:s3:::${named}` }),
  'AWS::KMS::Key': (named) => ({ name: named, arn: named }),
};

/**
 * The template without the resources that `kept` names, and with what they are called where it referred to them.
 *
 * @param kept `LogicalId=name` separated by commas; a key by its ARN; empty: none
 * @throws Error if a logical id is none of a resource that outlives the stack, or a key is not named by its ARN
 */
export function takeOverKept<T extends Template>(template: T, kept: string): T {
  const written = new Map(
    kept
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map((entry) => readEntry(template, entry.trim())),
  );
  const Resources = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => !written.has(id)));
  // The same shape: only resources are gone, and references replaced.
  return replaceReferences({ ...template, Resources }, written) as T;
}

function readEntry({ Resources }: Template, entry: string): [string, Written] {
  const [, id = '', named = ''] = /^(\w+)=(.+)$/.exec(entry) ?? [];
  const resource = Resources[id];
  const write = WRITTEN[resource?.Type ?? ''];
  if (resource?.DeletionPolicy !== 'Retain' || write === undefined) {
    const possible = Object.entries(Resources)
      .filter(([, { Type, DeletionPolicy }]) => DeletionPolicy === 'Retain' && Type in WRITTEN)
      .map(([name]) => name);
    throw new Error(`kept: write ${possible.join('=…,')}=… or some of them, not "${entry}"`);
  }
  if (resource.Type === 'AWS::KMS::Key' && !named.startsWith('arn:'))
    throw new Error(`kept: write ${id}= and the key's ARN, not "${entry}"`);
  return [id, write(named)];
}

function replaceReferences(value: unknown, written: ReadonlyMap<string, Written>): unknown {
  const inner = (part: unknown): unknown => replaceReferences(part, written);
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== 'object' || value === null) return value;
  for (const [id, { name, arn }] of written) {
    if (isDeepStrictEqual(value, { Ref: id })) return name;
    if (isDeepStrictEqual(value, { 'Fn::GetAtt': [id, 'Arn'] }))
      return arn.includes('${') ? { 'Fn::Sub': arn } : arn;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === 'Fn::Sub' && typeof part === 'string' ? replaceInText(part, written) : inner(part),
    ]),
  );
}

function replaceInText(text: string, written: ReadonlyMap<string, Written>): string {
  let replaced = text;
  for (const [id, { name, arn }] of written) {
    replaced = replaced.replaceAll(`\${${id}.Arn}`, arn).replaceAll(`\${${id}}`, String(name));
  }
  return replaced;
}
