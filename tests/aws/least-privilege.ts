/** Least privilege in the other direction: what a role may do and never did. */
import type { Decisions, Principal } from './decisions.ts';
import type { IamRequest } from './iam-requests.ts';
import type { NamedStatement, Statement } from './policies.ts';

/** What the journey need not bring about, each with the reason. An entry that fits no grant is a failure as well. */
export interface NeverUsed {
  /** Of `SyncRole/KeepState dynamodb:PutItem arn:…`; a part of it is enough. */
  grant: RegExp;
  because: string;
}

/** One statement for each action, resource and partition of a statement: the least that can be granted. */
function* partsOf({ name, statement }: NamedStatement): Generator<{ text: string; statement: Statement }> {
  const LEADING = 'dynamodb:LeadingKeys';
  const entries = Object.entries(statement.Condition ?? {});
  const withKeys = entries.find(([, keys]) => LEADING in keys);
  const partitions = withKeys === undefined ? [undefined] : [withKeys[1][LEADING]].flat();
  for (const Action of [statement.Action].flat()) {
    for (const Resource of [statement.Resource].flat()) {
      for (const partition of partitions) {
        const Condition =
          partition === undefined || withKeys === undefined
            ? statement.Condition
            : { ...statement.Condition, [withKeys[0]]: { ...withKeys[1], [LEADING]: [partition] } };
        const text = [name, Action, Resource, ...(partition === undefined ? [] : [partition])].join(' ');
        yield { text, statement: { ...statement, Action, Resource, ...(Condition && { Condition }) } };
      }
    }
  }
}

/** @returns what each role may and never did, and entries of `neverUsed` that fit nothing that is granted */
export async function unusedGrants(
  decisions: Decisions,
  principals: readonly Principal[],
  used: ReadonlyMap<string, ReadonlyMap<string, IamRequest>>,
  neverUsed: readonly NeverUsed[],
): Promise<string[]> {
  const granted: string[] = [];
  const unused: string[] = [];
  for (const principal of principals) {
    const requests = [...(used.get(principal.name)?.values() ?? [])];
    for (const named of principal.statements) {
      if (named.statement.Effect !== 'Allow') continue;
      for (const { text, statement } of partsOf(named)) {
        granted.push(text);
        const candidates = requests.filter(({ action }) => sameAction(String(statement.Action), action));
        if (
          !(await anyAllowed(
            decisions,
            { ...principal, statements: [{ name: text, statement }] },
            candidates,
          ))
        )
          unused.push(text);
      }
    }
  }
  return [
    ...unused.filter((text) => !neverUsed.some(({ grant }) => grant.test(text))),
    ...neverUsed
      .filter(({ grant }) => !granted.some((text) => grant.test(text)))
      .map(({ grant }) => `${String(grant)} is listed as never used, and is not granted`),
  ];
}

const sameAction = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action);

async function anyAllowed(
  decisions: Decisions,
  principal: Principal,
  requests: IamRequest[],
): Promise<boolean> {
  for (const request of requests) {
    // By the statement itself: a resource's own policy might allow it as well.
    const { statements } = await decisions.decide(principal, request);
    if (statements.length > 0) return true;
  }
  return false;
}
