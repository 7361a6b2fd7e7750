/** Companies by name. */
import { companyNameKey, companySearchPattern, companySearchWord } from '../companies/company-name.ts';
import { MIN_SEARCH_CHARACTERS, PARAMETER, searchEndpoint } from './assumptions.ts';
import type { CompanyRecord } from './port.ts';
import { readCompany } from './rows.ts';
import { overAllTime, searchAll, type Caller } from './search.ts';

/**
 * Companies whose name is this one in comparison form. Where its longest word finds none, which is before a company is
 * created, letters that may have an accent in Firefish are left open.
 */
export async function searchCompanies(
  calls: Caller,
  now: () => number,
  name: string,
): Promise<CompanyRecord[]> {
  const wanted = companyNameKey(name);
  if (wanted === '') return [];
  const search = async (text: string): Promise<CompanyRecord[]> => {
    // Where there is nothing long enough to search for, all companies are looked through.
    const query = text.length < MIN_SEARCH_CHARACTERS ? {} : { [PARAMETER.name]: text };
    const deps = { calls, endpoint: searchEndpoint('company'), row: readCompany, now };
    const { rows } = await searchAll(deps, overAllTime(query, now()));
    return rows.filter((row) => companyNameKey(row.Name) === wanted);
  };
  const found = await search(companySearchWord(name));
  const pattern = companySearchPattern(name);
  return found.length > 0 || pattern === undefined ? found : search(pattern);
}
