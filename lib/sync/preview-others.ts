/** What events about a company, or a whole domain, would do. */
import type { CompanyEvent, DomainEvent } from '../events/event.ts';
import { NotFoundError } from '../firefish/errors.ts';
import type { CompanyRecord, Firefish } from '../firefish/port.ts';
import { normaliseCompanyName } from '../mapping/company-name.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { peekPerson } from './peek.ts';
import { companyFinder } from './company.ts';
import type { ReadContext } from './context.ts';
import { readCompanyState } from './company-link.ts';
import { ACTIONS_KEPT, domainWords, everyoneAt, identityAt, normaliseDomain } from './domain-people.ts';
import type { Identity } from './leads.ts';
import { newestWords } from './marketing.ts';
import { skipped } from './outcome.ts';
import { recordKey } from './person.ts';
import { type CompanyPlan, companySayings, nothingRead, planCompany } from './plan-company.ts';
import type { UpdateOperation } from './plan-types.ts';
import { planPeeked } from './preview-plan.ts';
import { previewed, type Previewed, type PreviewedAction } from './previewed.ts';
import { alreadySearched, type Searched } from './read-facts.ts';
import { readPersonWords } from './words.ts';

export async function previewCompany(context: ReadContext, event: CompanyEvent): Promise<Previewed> {
  const planned = await planOf(context, event);
  if (planned.do === 'skip') return previewed(event.id, skipped(planned.reason), []);
  const fields = Object.keys(planned.fields).sort();
  const action: PreviewedAction =
    planned.do === 'create'
      ? { entity: 'company', operation: 'created', fields }
      : {
          ...{ entity: 'company', ref: planned.ref },
          ...(fields.length > 0 ? { operation: 'updated', fields } : { operation: 'unchanged' }),
        };
  return previewed(event.id, { state: 'synced', actions: [], notes: [] }, [action]);
}

/** As a push would plan in the end: one that was deleted in Firefish is looked for anew by its name. */
async function planOf(
  context: ReadContext,
  event: CompanyEvent,
): Promise<Extract<CompanyPlan, { do: string }>> {
  const { tenant, firefish } = context;
  const gone = new Set<number>();
  const findCompany = companyFinder(context, gone);
  let state = await readCompanyState(context, event.company.id);
  let facts = nothingRead();
  const said = { said: state.said ?? {} };
  const sayings = companySayings((value) => tenant.hash(value), [event], said.said);
  for (;;) {
    const planned = planCompany(tenant, state, sayings, facts);
    if ('need' in planned && planned.need === 'refs') {
      facts.refs.set(normaliseCompanyName(planned.name), await findCompany(planned.name));
      continue;
    }
    const profile = facts.profile ?? (await readTouched(firefish, planned));
    if (profile === 'gone') {
      if ('ref' in planned) gone.add(planned.ref);
      state = said;
      facts = nothingRead();
    } else if ('do' in planned) return planned;
    else if (profile !== undefined) facts.profile = profile;
  }
}

/** What the plan asks for, or will be written: by writing it a push sees whether it is still there. */
async function readTouched(
  firefish: Firefish,
  planned: CompanyPlan,
): Promise<CompanyRecord | 'gone' | undefined> {
  const isWritten = 'do' in planned && planned.do === 'update' && Object.keys(planned.fields).length > 0;
  if (!('ref' in planned) || ('do' in planned && !isWritten)) return undefined;
  try {
    return await firefish.readCompany(planned.ref);
  } catch (error) {
    if (error instanceof NotFoundError) return 'gone';
    throw error;
  }
}

/** How many people are looked at together: each waits for Firefish at most. */
const AT_ONCE = 8;

export async function previewDomain(context: ReadContext, event: DomainEvent): Promise<Previewed> {
  const domain = normaliseDomain(event.domain);
  if (domain === '') return previewed(event.id, skipped('no-domain'), []);
  const everyone = await everyoneAt(context, event, domain);
  const operation = event.type === 'domain.opted_out' ? 'opted_out' : 'opted_in';
  const updates = await mapConcurrently([...everyone].sort(), AT_ONCE, ([address, { searches, whose }]) =>
    Promise.all(
      whose.map((finds) =>
        updatesOf(context, event, identityAt(context.tenant, event, address, finds), searches),
      ),
    ),
  );
  // Who has several addresses there is reached by the first, and nothing is left to do by the others.
  const reached = new Map(updates.flat(2).map(({ kind, ref }) => [recordKey({ kind, ref }), { kind, ref }]));
  const actions = [...reached.values()]
    .map(({ kind, ref }): PreviewedAction => ({ entity: kind, ref, operation }))
    .slice(0, ACTIONS_KEPT);
  const notes = [`${String(everyone.size)} addresses at the domain`];
  return previewed(event.id, { state: 'synced', actions: [], notes }, actions);
}

/** What the word would change of one person's records. */
async function updatesOf(
  context: ReadContext,
  event: DomainEvent,
  identity: Identity,
  searches: Searched['searches'],
): Promise<UpdateOperation[]> {
  const { tenant } = context;
  const peeked = await peekPerson(
    { ...context, tenantId: tenant.tenantId, matchByAddress: tenant.settings.mergeWithExisting },
    [identity],
  );
  const known = await alreadySearched(peeked, { addresses: identity.addresses, searches });
  const words = newestWords([domainWords(event), await readPersonWords(context, peeked.person)]);
  const { operations } = await planPeeked(context, peeked, known, { events: [], words, reachAll: true });
  return operations.filter(
    (one): one is UpdateOperation => one.do === 'update' && Object.keys(one.fields).length > 0,
  );
}
