/**
 * After a change of the Firefish client id a link may be of another database: it is believed once its record has been
 * read and its name fits; else the company is looked up by name (rule 12).
 */
import { NotFoundError } from '../firefish/errors.ts';
import type { CompanyRecord, Firefish } from '../firefish/port.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { nameHashOf } from './company-item.ts';
import type { CompanyState } from './plan-company.ts';

/** @param names that are said of the company now. @throws FirefishError */
export async function checkLink(
  tenant: Tenant,
  firefish: Pick<Firefish, 'readCompany'>,
  state: CompanyState,
  names: readonly string[],
): Promise<CompanyState> {
  const { linksSince } = tenant;
  if (state.linksSince === linksSince) return state;
  const { ref, nameHash, said } = state;
  const record = ref === undefined ? undefined : await readCompany(firefish, ref);
  const theirs = [nameHash, ...names.map((name) => nameHashOf(tenant, name))];
  if (record !== undefined && theirs.includes(nameHashOf(tenant, record.Name)))
    return { ...state, linksSince };
  return { linksSince, ...(said === undefined ? {} : { said }) };
}

async function readCompany(
  firefish: Pick<Firefish, 'readCompany'>,
  ref: number,
): Promise<CompanyRecord | undefined> {
  try {
    return await firefish.readCompany(ref);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
