import { fold, tidy } from './tidy.ts';

interface PersonName {
  firstName?: string;
  surname?: string;
}

/** Words that open a surname of several words; compared case folded. */
const PARTICLES = new Set(
  (
    'af al av bin da das de del della den der di do dos du el ibn la las le les los mac mc nic ní o ó ' +
    'san santa st ten ter te uí van vom von vander vanden zu zum zur'
  ).split(' '),
);

/** What people put behind a comma that is no first name. Generations belong to the surname, degrees to neither. */
const GENERATION = /^(?:jr|sr|junior|senior|ii|iii|iv)\.?$/iu;
const QUALIFICATION =
  /^(?:ph\.?d|md|mba|msc|ma|ba|bsc|beng|meng|llb|llm|aca|acca|acma|cima|cipd|mcipd|cfa|cpa|fca|fcca|pmp|prince2|obe|mbe|cbe|esq)\.?$/iu;

const parts = (firstName: string, surname: string): PersonName => ({
  ...(firstName !== '' && { firstName }),
  ...(surname !== '' && { surname }),
});

/** Where the surname begins: at the first particle behind the first name, else at the last word ("Smith III" is one). */
function surnameStart(words: readonly string[]): number {
  let last = words.length - 1;
  if (last > 1 && GENERATION.test(words[last] ?? '')) last -= 1;
  const particle = words.findIndex((word, at) => at > 0 && PARTICLES.has(fold(word)));
  return particle === -1 ? last : particle;
}

/**
 * Splits "First Last" or "Last, First". A name of one word is left unsaid: it may be either half, and
 * a wrong guess would overwrite a right name in Firefish.
 */
export function splitName(text: string): PersonName {
  const [whole = '', ...behind] = text.split(',').map(tidy);
  const words = whole.split(' ');
  // Behind a single word stands the first name, even one that looks like a degree ("Nguyen, Ba").
  const said = behind.filter(
    (part, at) => part !== '' && !((at > 0 || words.length > 1) && QUALIFICATION.test(part)),
  );
  const generation = said.filter((part) => GENERATION.test(part)).join(' ');
  const firstName = said.filter((part) => !GENERATION.test(part)).join(' ');
  if (firstName !== '') return parts(firstName, tidy(`${whole} ${generation}`));
  if (words.length < 2) return {};
  const start = surnameStart(words);
  return parts(words.slice(0, start).join(' '), tidy(`${words.slice(start).join(' ')} ${generation}`));
}

/** The other half of a name of which one half is known: "Zoë" out of "Zoë García López" and "García López". */
function otherHalf(name: string, known: string): string | undefined {
  const [whole, half] = [fold(name), fold(known)];
  if (whole.includes(',') || whole === half) return undefined;
  // Folding can change a text's length, never its number of words: the cut is made in words.
  const words = name.split(' ');
  const count = known.split(' ').length;
  if (whole.endsWith(` ${half}`)) return words.slice(0, -count).join(' ');
  if (whole.startsWith(`${half} `)) return words.slice(count).join(' ');
  return words.length === 1 ? name : undefined;
}

interface SaidName {
  name?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
}

/** First name and surname as far as they were said, from their own fields, and from `name` for what those lack. */
export function personName(said: SaidName): PersonName {
  const [name, firstName, surname] = [
    tidy(said.name ?? ''),
    tidy(said.firstName ?? ''),
    tidy(said.lastName ?? ''),
  ];
  if (name === '' || (firstName !== '' && surname !== '')) return parts(firstName, surname);
  if (firstName !== '') return parts(firstName, otherHalf(name, firstName) ?? splitName(name).surname ?? '');
  if (surname !== '') return parts(otherHalf(name, surname) ?? splitName(name).firstName ?? '', surname);
  return splitName(name);
}
