import type { Tenant } from '../tenants/tenant.ts';
import { identityOf, type Loaded } from './loaded-event.ts';

/** Events of one `candidateId`, or of one company, or one domain's event: what is worked on in one go. */
function groupName({ event }: Loaded): string {
  if ('record' in event) return `person ${event.record.candidateId}`;
  return 'company' in event ? `company ${event.company.id}` : `domain ${event.id}`;
}

function sharedNames(tenant: Tenant, group: readonly Loaded[]): string[] {
  return group.flatMap(({ event }) =>
    'record' in event ? identityOf(tenant, event).addresses.map(({ hash }) => hash) : [],
  );
}

/**
 * Sorts a batch into groups that are each worked on in one go, and these into lists that share no address, so
 * that the lists can run in parallel.
 */
export function connected(tenant: Tenant, events: readonly Loaded[]): Loaded[][][] {
  const groups = [...Map.groupBy(events, groupName).values()];
  const lists: { names: Set<string>; groups: Loaded[][] }[] = [];
  for (const group of groups) {
    const joined = { names: new Set(sharedNames(tenant, group)), groups: [group] };
    for (const list of lists.filter(({ names }) => !names.isDisjointFrom(joined.names))) {
      lists.splice(lists.indexOf(list), 1);
      for (const name of list.names) joined.names.add(name);
      joined.groups = [...list.groups, ...joined.groups];
    }
    lists.push(joined);
  }
  return lists.map((list) => list.groups);
}
