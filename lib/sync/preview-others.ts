/** What events about a company, or a whole domain, would do. */
import type { CompanyEvent, DomainEvent } from '../events/event.ts';
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
import { plan } from './plan.ts';
import { companySayings, nothingRead, planCompany } from './plan-company.ts';
import type { UpdateOperation } from './plan-types.ts';
import { previewed, type Previewed, type PreviewedAction } from './previewed.ts';
import { alreadySearched, readFacts, type Searched } from './read-facts.ts';
import { readPersonWords } from './words.ts';

export async function previewCompany(context: ReadContext, event: CompanyEvent): Promise<Previewed> {
  const { tenant, firefish } = context;
  const state = await readCompanyState(context, event.company.id);
  const sayings = companySayings((value) => tenant.hash(value), [event], state.said ?? {});
  const facts = nothingRead();
  for (;;) {
    const planned = planCompany(tenant, state, sayings, facts);
    if ('need' in planned) {
      if (planned.need === 'refs') {
        facts.refs.set(normaliseCompanyName(planned.name), await companyFinder(context)(planned.name));
      } else facts.profile = await firefish.readCompany(planned.ref);
      continue;
    }
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
  const { tenant, clock } = context;
  const peeked = await peekPerson(
    { ...context, tenantId: tenant.tenantId, matchByAddress: tenant.settings.mergeWithExisting },
    [identity],
  );
  const known = await alreadySearched(peeked, { addresses: identity.addresses, searches });
  const words = newestWords([domainWords(event), await readPersonWords(context, peeked.person)]);
  for (;;) {
    const planned = plan({
      ...{ person: peeked.person, texts: peeked.texts, events: [], facts: known, words, reachAll: true },
      ...{ settings: tenant.settings, hash: (value) => tenant.hash(value), now: clock.now() },
    });
    if ('plan' in planned) {
      return planned.plan.operations.filter(
        (one): one is UpdateOperation => one.do === 'update' && Object.keys(one.fields).length > 0,
      );
    }
    await readFacts(context, peeked, known, planned.needs, companyFinder(context));
  }
}
