import type { Tenant } from '../tenants/tenant.ts';
import { identityOf, type Loaded } from './loaded-event.ts';
import { earlier, type Stamp, stampOf } from './stamp.ts';

/**
 * Groups that share a name would only wait for each other's claims: they are worked on one after the other, the one
 * with the oldest event first. So an address that was flagged before somebody else had it does not tie the two.
 */
export interface GroupList {
  names: ReadonlySet<string>;
  /** The hash of an e-mail domain that somebody of it has. */
  domain?: string;
  groups: Loaded[][];
}

/** Events of one `candidateId`, or of one company, or one domain's event: what is worked on in one go. */
function groupName({ item, event }: Loaded): string {
  // What has made trouble is worked on alone.
  if ((item.breakdowns ?? 0) > 0) return `event ${event.id}`;
  if ('record' in event) return `person ${event.record.candidateId}`;
  return 'company' in event ? `company ${event.company.id}` : `domain ${event.id}`;
}

function sharedNames(tenant: Tenant, { event }: Loaded): string[] {
  if ('company' in event) return [`company ${event.company.id}`];
  if (!('record' in event)) return [`domain ${event.domain}`];
  return [
    `person ${event.record.candidateId}`,
    ...identityOf(tenant, event).addresses.map(({ hash }) => hash),
  ];
}

const domainOf = (tenant: Tenant, { event }: Loaded): string | undefined =>
  'record' in event ? identityOf(tenant, event).addresses[0]?.domainHash : undefined;

/** Sorts events into groups that are each worked on in one go, and these into lists that share no name. */
export function connected(tenant: Tenant, events: readonly Loaded[]): GroupList[] {
  const lists: { names: Set<string>; groups: Loaded[][] }[] = [];
  for (const group of Map.groupBy(events, groupName).values()) {
    const joined = { names: new Set(group.flatMap((one) => sharedNames(tenant, one))), groups: [group] };
    for (const list of lists.filter(({ names }) => !names.isDisjointFrom(joined.names))) {
      lists.splice(lists.indexOf(list), 1);
      for (const name of list.names) joined.names.add(name);
      joined.groups = [...list.groups, ...joined.groups];
    }
    lists.push(joined);
  }
  for (const { groups } of lists) groups.sort((a, b) => (firstStamp(a) < firstStamp(b) ? -1 : 1));
  return lists.map((list) => {
    const domain = list.groups
      .flat()
      .map((one) => domainOf(tenant, one))
      .find((one) => one !== undefined);
    return domain === undefined ? list : { ...list, domain };
  });
}

/** The same lists in their order, but that people of one e-mail domain follow each other: they may share a search. */
export const byDomain = (lists: readonly GroupList[]): GroupList[] =>
  [...Map.groupBy(lists, (list) => list.domain ?? list).values()].flat();

const firstStamp = (group: readonly Loaded[]): Stamp =>
  group.map(({ event }) => stampOf(event)).reduce(earlier);
