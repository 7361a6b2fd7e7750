import { companyNameKey } from '../companies/company-name.ts';

/** The name by which the first sync knows the comparison form of a company's name. */
export { companyNameKey as normaliseCompanyName } from '../companies/company-name.ts';

/** What is kept of a name: the tenant's keyed hash of it. A company may be named after a person. */
export const companyNameHash = (hash: (value: string) => string, name: string): string =>
  hash(`company ${companyNameKey(name)}`);
