/** The promises that the demo checks, in the order in which people would ask about them. */
import { companiesNamed, companiesOnce, companyEvents } from './checks/companies.ts';
import { newCandidatesComplete, newestAddress, newestValues, unsaidStays } from './checks/fields.ts';
import {
  domainsInForce,
  notedWhereNoField,
  optInsInForce,
  optOutsInForce,
  silenceKept,
} from './checks/marketing.ts';
import { campaignsNoted, notesOnce } from './checks/notes.ts';
import { conflictsDecided, everythingEnded, skippedForAReason } from './checks/outcomes.ts';
import { noSpecialCategories, nothingShownToCandidates } from './checks/privacy.ts';
import { createdOnce, nobodyDoubled, nothingLost, othersUntouched } from './checks/records.ts';
import { repeatsChangeNothing } from './checks/repeats.ts';
import { seePeople, type Check, type Look } from './look.ts';

export const CHECKS: readonly Check[] = [
  everythingEnded,
  skippedForAReason,
  conflictsDecided,
  nobodyDoubled,
  createdOnce,
  nothingLost,
  othersUntouched,
  newestValues,
  newestAddress,
  unsaidStays,
  newCandidatesComplete,
  optOutsInForce,
  optInsInForce,
  silenceKept,
  domainsInForce,
  notedWhereNoField,
  notesOnce,
  campaignsNoted,
  companiesOnce,
  companiesNamed,
  companyEvents,
  noSpecialCategories,
  nothingShownToCandidates,
  repeatsChangeNothing,
];

const SHOWN = 5;

export interface Verdict {
  name: string;
  problems: string[];
}

export function judge(look: Look): Verdict[] {
  const seen = seePeople(look);
  return CHECKS.map((check) => ({ name: check.name, problems: check.problems(seen) }));
}

/** ✓ or ✗ before each promise, and below a broken one the examples. */
export function verdictLines(verdicts: readonly Verdict[]): string {
  return verdicts
    .flatMap(({ name, problems }) => [
      `${problems.length === 0 ? '✓' : '✗'} ${name}`,
      ...problems.slice(0, SHOWN).map((problem) => `    ${problem}`),
      ...(problems.length > SHOWN ? [`    … and ${problems.length - SHOWN} more`] : []),
    ])
    .join('\n');
}
