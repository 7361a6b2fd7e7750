/**
 * Countries by name. Names come from ICU (`Intl.DisplayNames`), which every Node has: a package of names would be the
 * same data again. Codes come from the telephone numbers' library.
 */
import { getCountries, type CountryCode } from 'libphonenumber-js/max';
import { foldCase, removeAccents } from '../text/letters.ts';
import { removeInvisible, tidy } from '../text/visible.ts';

/** In which languages a country's name is known. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'da', 'nb'];

/** Names that people write and the language tables do not have. */
const FURTHER_NAMES: Readonly<Record<string, CountryCode>> = {
  uk: 'GB',
  'great britain': 'GB',
  britain: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  'republic of ireland': 'IE',
  us: 'US',
  usa: 'US',
  america: 'US',
  'united states of america': 'US',
  uae: 'AE',
  holland: 'NL',
  'czech republic': 'CZ',
  turkey: 'TR',
  'ivory coast': 'CI',
  'south korea': 'KR',
  'republic of korea': 'KR',
  korea: 'KR',
  'russian federation': 'RU',
  'viet nam': 'VN',
  macedonia: 'MK',
  burma: 'MM',
  'cape verde': 'CV',
  'hong kong': 'HK',
  macau: 'MO',
  'democratic republic of the congo': 'CD',
  'republic of the congo': 'CG',
  'dr congo': 'CD',
  palestine: 'PS',
  'east timor': 'TL',
  'peoples republic of china': 'CN',
};

/** Codes that people write in a field for the country. */
const FURTHER_CODES: Readonly<Record<string, CountryCode>> = { gbr: 'GB', deu: 'DE', irl: 'IE', fra: 'FR' };

/** Names of countries that are a state's or a province's as well: in a location they may mean either. */
const ALSO_STATES = new Set(['georgia', 'niger', 'granada']);

interface Countries {
  /** By folded name; the first language's spelling if that one is meant. */
  byName: Map<string, { code: CountryCode; spelling: string }>;
  byCode: Map<string, CountryCode>;
}

let countries: Countries | undefined;

const key = (name: string): string =>
  removeAccents(foldCase(tidy(removeInvisible(name))))
    .replace(/[’'‘`´.]/g, '')
    .replace(/-/g, ' ')
    .replaceAll('&', 'and')
    .replace(/^the /, '');

/** Made at the first look-up, not at import: most invocations never meet a place. */
function makeCountries(): Countries {
  const languages = LANGUAGES.map((language) => new Intl.DisplayNames([language], { type: 'region' }));
  const byName: Countries['byName'] = new Map();
  const byCode: Countries['byCode'] = new Map(Object.entries(FURTHER_CODES));
  const add = (name: string, code: CountryCode): void => {
    if (!byName.has(key(name))) byName.set(key(name), { code, spelling: name });
  };
  for (const code of getCountries()) byCode.set(code.toLowerCase(), code);
  for (const [name, code] of Object.entries(FURTHER_NAMES)) add(name, code);
  for (const language of languages) {
    for (const code of getCountries()) add(language.of(code) ?? code, code);
  }
  return { byName, byCode };
}

/** The ISO 3166 region that a country's name or code stands for, `undefined` if it is not known. */
export function regionOf(country: string): CountryCode | undefined {
  countries ??= makeCountries();
  return countries.byName.get(key(country))?.code ?? countries.byCode.get(key(country));
}

/**
 * The country that a part of a location names, in its own spelling if only accents were left out. `undefined` if
 * it is no country's name, or a state's as well; a code names no country, since CA, DE and IN are states.
 */
export function countryNamed(part: string): string | undefined {
  countries ??= makeCountries();
  const folded = key(part);
  const found = ALSO_STATES.has(folded) ? undefined : countries.byName.get(folded);
  if (found === undefined) return undefined;
  const hasAccents = (name: string): boolean => /[^ -~]/.test(name);
  return hasAccents(found.spelling) && !hasAccents(part) ? found.spelling : tidy(part);
}
