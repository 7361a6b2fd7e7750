/** What infrastructure/roles.yml lets each function do, call by call. */
import { readFileSync } from 'node:fs';
import { parse, type ScalarTag } from 'yaml';

export interface Grant {
  /** Name of the function, as in functions/. */
  functionName: string;
  /** `dynamodb:PutItem` */
  action: string;
  /** Logical id; `SyncTable/index/index` for the index. */
  resource: string;
  /** Which partition keys only, with `*` for anything; undefined: all. */
  partition: string | undefined;
}

interface Role {
  Properties: {
    Policies: {
      PolicyName: string;
      PolicyDocument: { Statement: Statement[] };
    }[];
  };
}

interface Statement {
  Action: string | string[];
  Resource: string | string[];
  Condition?: { 'ForAllValues:StringLike'?: { 'dynamodb:LeadingKeys': string[] } };
}

/** `!GetAtt SyncTable.Arn`, `!Ref AlarmTopic` and `!Sub ${SyncTable.Arn}/index/index` as text. */
const TAGS: ScalarTag[] = ['GetAtt', 'Ref', 'Sub'].map((name) => ({
  tag: `!${name}`,
  resolve: (text: string) => text,
}));

const logicalId = (arn: string): string => arn.replace(/\$\{(\w+)\.Arn\}/, '$1').replace(/\.Arn$/, '');

/** Calls that the service makes in a function's name, and no code of ours: its logs, and its event source. */
const OF_THE_SERVICE = /^logs:|^sqs:(?:ReceiveMessage|DeleteMessage|GetQueueAttributes)$/;

export function grantedCalls(): Grant[] {
  const file = new URL('../../infrastructure/roles.yml', import.meta.url);
  const { Resources } = parse(readFileSync(file, 'utf8'), { customTags: TAGS }) as {
    Resources: Record<string, Role>;
  };
  return Object.values(Resources)
    .flatMap(({ Properties }) => Properties.Policies)
    .flatMap(({ PolicyName, PolicyDocument }) =>
      PolicyDocument.Statement.flatMap((statement) => grantsOf(PolicyName, statement)),
    )
    .filter(({ action }) => !OF_THE_SERVICE.test(action));
}

function grantsOf(functionName: string, { Action, Resource, Condition }: Statement): Grant[] {
  const partitions = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [undefined];
  return [Action].flat().flatMap((action) =>
    [Resource]
      .flat()
      .map(logicalId)
      .flatMap((resource) => partitions.map((partition) => ({ functionName, action, resource, partition }))),
  );
}
