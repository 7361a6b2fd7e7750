/** Records that exist in Firefish from the start. */
import * as z from 'zod';
import type { Agency } from './agency.ts';
import { fieldRules } from './fields.ts';
import { mistakes } from './field-values.ts';
import { COLLECTIONS, type Collection } from './records.ts';
import { DEFAULT_SWITCHES } from '../switches.ts';
import { namesOf, seeded, withKnownNames } from './write-body.ts';

/** Which fields a record can have does not depend on quirks. */
const FIELDS = fieldRules({}, DEFAULT_SWITCHES);

const DAY_MS = 86_400_000;
/** The default age: old enough that a search without dates does not find the record. */
const USUAL_AGE_DAYS = 30;

const seedRecord = z.looseObject({
  Ref: z.int().positive().optional(),
  /** The record's age. */
  CreatedDaysAgo: z.number().nonnegative().optional(),
  /** Default: never updated since it was created. */
  UpdatedDaysAgo: z.number().nonnegative().optional(),
});

export const seedSchema = z.strictObject({
  candidates: z.array(seedRecord).optional(),
  contacts: z.array(seedRecord).optional(),
  companies: z.array(seedRecord).optional(),
});

/** With Firefish's names as read. Companies are created first, so that contacts can name their `CompanyRef`. */
export type FirefishSeed = z.input<typeof seedSchema>;

function seedOne(
  agency: Agency,
  collection: Collection,
  {
    Ref,
    CreatedDaysAgo = USUAL_AGE_DAYS,
    UpdatedDaysAgo = CreatedDaysAgo,
    ...said
  }: z.infer<typeof seedRecord>,
  now: number,
): void {
  const fields = FIELDS[collection];
  const body = withKnownNames(said, namesOf(fields));
  const wrong = Object.entries(body).flatMap(([name, value]) => {
    const type = fields.writable[name] ?? fields.seedable[name];
    return type === undefined
      ? [[name, `${name} is not a field of ${collection}.`]]
      : mistakes(name, type, value);
  });
  if (Ref !== undefined && agency.find(collection, Ref)) wrong.push(['Ref', `The Ref ${Ref} is taken.`]);
  const companyExists = (ref: number) => agency.find('companies', ref) !== undefined;
  if (typeof body['CompanyRef'] === 'number' && !companyExists(body['CompanyRef'])) {
    wrong.push(['CompanyRef', `There is no company with the Ref ${body['CompanyRef']}.`]);
  }
  if (wrong.length > 0) throw new TypeError(wrong.map(([, mistake]) => mistake).join(' '));
  const rules = { collection, fields, quirks: {}, switches: DEFAULT_SWITCHES, companyExists };
  agency.create(collection, seeded(body, rules), {
    by: 'seed',
    created: now - CreatedDaysAgo * DAY_MS,
    updated: now - UpdatedDaysAgo * DAY_MS,
    ...(Ref !== undefined && { ref: Ref }),
  });
}

/** @throws TypeError naming a field that a record of that kind cannot have */
export function sow(agency: Agency, seed: FirefishSeed, now: number): void {
  const parsed = seedSchema.safeParse(seed);
  if (!parsed.success) throw new TypeError(z.prettifyError(parsed.error));
  for (const collection of COLLECTIONS.toReversed()) {
    for (const record of parsed.data[collection] ?? []) seedOne(agency, collection, record, now);
  }
}
