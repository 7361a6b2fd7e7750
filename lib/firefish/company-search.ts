/** Companies by name. */
import { companySearchWord } from '../companies/company-name.ts';
import { companyNameKey } from '../companies/company-name.ts';
import { LIKE_CLASS_OPENER, MIN_SEARCH_CHARACTERS, PARAMETER, searchEndpoint } from './assumptions.ts';
import type { CompanyRecord } from './port.ts';
import { readCompany } from './rows.ts';
import { overAllTime, searchAll, type Caller } from './search.ts';

/**
 * Companies whose name is this one in comparison form. A second, wider
 * search is made only where the first finds none, which is before a company is created.
 * @param wide at once the wider search, which finds all that the first one would: for who has just found none
 */
export async function searchCompanies(
  calls: Caller,
  now: () => number,
  name: string,
  wide: boolean,
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
  const word = companySearchWord(name);
  const found = wide || wanted.includes(LIKE_CLASS_OPENER) ? [] : await search(wanted);
  const isDone = found.length > 0 || (word === wanted && !wide);
  return isDone ? found : search(word);
}
