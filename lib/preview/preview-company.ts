/** What events about a company would do. */
import { companyFinder } from '../companies/companies.ts';
import { checkLink, readCompanyState } from '../companies/company-handler.ts';
import { type CompanyPlan, companySayings, nothingRead, planCompany } from '../companies/plan-company.ts';
import type { CompanyEvent } from '../events/event.ts';
import { NotFoundError } from '../firefish/errors.ts';
import type { CompanyRecord, PreviewedFirefish } from '../firefish/port.ts';
import { companyNameKey } from '../names/company-name.ts';
import { skipped } from '../events/event-item.ts';
import { type PreviewContext, previewed, type Previewed, type PreviewedAction } from './previewed.ts';

/** @param own the events of this company, which are worked on together */
export async function previewCompany(
  context: PreviewContext,
  companyId: string,
  own: readonly CompanyEvent[],
): Promise<Previewed[]> {
  const planned = await planOf(context, companyId, own);
  const { notes = [] } = planned.do === 'update' ? planned : {};
  return own.map(({ id }) =>
    planned.do === 'skip'
      ? previewed(id, skipped(planned.reason), [])
      : previewed(id, { state: 'synced', notes }, [actionOf(planned)]),
  );
}

function actionOf(planned: Exclude<CompanyPlan, { need: string } | { do: 'skip' }>): PreviewedAction {
  const fields = Object.keys(planned.fields).sort();
  if (planned.do === 'create') return { entity: 'company', operation: 'created', fields };
  const update = { entity: 'company', ref: planned.ref } as const;
  return fields.length > 0
    ? { ...update, operation: 'updated', fields }
    : { ...update, operation: 'unchanged' };
}

/** As a push would plan in the end: a company that was deleted in Firefish is looked up again by its name. */
async function planOf(
  context: PreviewContext,
  companyId: string,
  own: readonly CompanyEvent[],
): Promise<Extract<CompanyPlan, { do: string }>> {
  const { tenant, firefish } = context;
  const gone = new Set<number>();
  const find = companyFinder(context, firefish, gone);
  const known = await readCompanyState(context, companyId);
  let facts = nothingRead();
  const said = { said: known.said ?? {} };
  const sayings = companySayings((value) => tenant.hash(value), own, said.said);
  let state = await checkLink(tenant, firefish, known, sayings.names);
  for (;;) {
    const planned = planCompany(tenant, state, sayings, facts);
    if ('need' in planned && planned.need === 'refs') {
      facts.refs.set(companyNameKey(planned.name), await find(planned.name));
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

/** What the plan asks for, or would write: a push sees by the write whether it is still there. */
async function readTouched(
  firefish: PreviewedFirefish,
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
