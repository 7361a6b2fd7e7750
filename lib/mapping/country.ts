import { getCountries, type CountryCode } from 'libphonenumber-js/max';
import { fold } from './tidy.ts';

/** In which languages a country's name is known, besides its ISO 3166 code. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'da', 'nb'];

/** What people write that is neither a code nor the name that the language tables have. */
const ALIASES: Record<string, CountryCode> = {
  uk: 'GB',
  'u.k.': 'GB',
  gbr: 'GB',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  'republic of ireland': 'IE',
  éire: 'IE',
  usa: 'US',
  'u.s.a.': 'US',
  'u.s.': 'US',
  america: 'US',
  'united states of america': 'US',
  uae: 'AE',
  holland: 'NL',
  'the netherlands': 'NL',
  'czech republic': 'CZ',
  turkey: 'TR',
};

let regions: Map<string, CountryCode> | undefined;

/** Made at the first look-up, not at import: most invocations never meet a telephone number. */
function makeRegions(): Map<string, CountryCode> {
  const names = LANGUAGES.map((language) => new Intl.DisplayNames([language], { type: 'region' }));
  const found = new Map<string, CountryCode>();
  for (const code of getCountries()) {
    found.set(fold(code), code);
    for (const language of names) found.set(fold(language.of(code) ?? code), code);
  }
  for (const [name, code] of Object.entries(ALIASES)) found.set(name, code);
  return found;
}

/** The ISO 3166 region that a country's name or code stands for, `undefined` where it is not known. */
export function regionOf(country: string): CountryCode | undefined {
  regions ??= makeRegions();
  return regions.get(fold(country));
}
