/** Companies by name. */
import { normaliseCompanyName } from '../mapping/company-name.ts';
import { LIKE_CLASS_OPENER, MIN_SEARCH_CHARACTERS, PARAMETER, searchEndpoint } from './assumptions.ts';
import type { Calls } from './calls.ts';
import type { CompanyRecord } from './port.ts';
import { readCompany } from './rows.ts';
import { overAllTime, searchAll } from './search.ts';

/** The longest part without a space or a `[`: a stored name may have two spaces where ours has one. */
const longestWord = (name: string): string =>
  name
    .split(' ')
    .flatMap((word) => word.split(LIKE_CLASS_OPENER))
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '');

/**
 * Companies whose name equals this one after trimming, case folding and collapsing spaces. A second, wider
 * search is made only where the first finds none, which is before a company is created.
 * @param wide at once the wider search, which finds all that the first one would: for who has just found none
 */
export async function searchCompanies(
  calls: Calls,
  now: () => number,
  name: string,
  wide: boolean,
): Promise<CompanyRecord[]> {
  const wanted = normaliseCompanyName(name);
  if (wanted === '') return [];
  const search = async (text: string): Promise<CompanyRecord[]> => {
    // Where there is nothing long enough to search for, all companies are looked through.
    const query = text.length < MIN_SEARCH_CHARACTERS ? {} : { [PARAMETER.name]: text };
    const deps = { calls, endpoint: searchEndpoint('company'), row: readCompany, now };
    const rows = await searchAll(deps, overAllTime(query, now()));
    return rows.filter((row) => normaliseCompanyName(row.Name) === wanted);
  };
  const word = longestWord(wanted);
  const found = wide || wanted.includes(LIKE_CLASS_OPENER) ? [] : await search(wanted);
  const isDone = found.length > 0 || (word === wanted && !wide);
  return isDone ? found : search(word);
}
