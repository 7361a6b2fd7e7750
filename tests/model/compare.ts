/**
 * Compares the state of Firefish with the ideal end state.
 *
 * Values, marketing and notes must be the model's. How *many* records a person has may depend on the order of arrival,
 * in these cases and no others (each is decided from the history alone, never from what was found):
 * - a person of several `candidateId`s may have one record for each of them whose events could arrive before anything
 * joins it to the others, and as few as one;
 * - an event that names only addresses without a record may arrive, and create, before another address of the same
 * person finds one;
 * - of several records that match by different addresses, the one whose address is named first is linked. If a person
 * has several records in one of these ways, what was said before they came together may be on one of them only: the
 * system keeps no value that Firefish already has.
 */
import type { History } from './histories.ts';
import { boundsOf } from './compare/bounds.ts';
import { compareCompanies } from './compare/companies.ts';
import { compareMarketing } from './compare/marketing.ts';
import { compareNotes } from './compare/notes.ts';
import { compareRecords, compareUntouched } from './compare/records.ts';
import { isOf, sceneOf } from './compare/scene.ts';
import type { Standing, StandingRecord } from './standing.ts';

/** Readable differences between how Firefish stands and the ideal end state; none if the rules were kept. */
export function differencesFromIdeal(history: History, standing: Standing): string[] {
  const scene = sceneOf(history, standing);
  const explained = new Set<StandingRecord>();
  for (const person of scene.model.people) {
    const bounds = boundsOf(scene, person);
    const made = standing.records.filter((record) => record.made && isOf(scene, record, person));
    const own = [...made, ...bounds.matching];
    for (const record of own) explained.add(record);
    compareRecords(scene, person, bounds, made);
    compareNotes(scene, person, bounds, own);
  }
  for (const record of standing.records) {
    if (explained.has(record)) continue;
    if (record.made) scene.say(record, 'is nobody’s');
    else compareUntouched(scene, record);
    compareMarketing(scene, record, undefined);
  }
  compareCompanies(scene);
  return scene.differences;
}
