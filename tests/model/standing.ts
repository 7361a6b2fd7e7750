/** The state of a CRM, in one form for the ideal one and for the simulated Firefish, so that they can be compared. */
import type { Kind } from '../../lib/events/event.ts';
import { flatten, type Seed } from './ideal.ts';
import type { Model } from './model.ts';

export interface StandingRecord {
  kind: Kind;
  ref: number;
  /** Created by the system; otherwise it was in Firefish before. */
  made: boolean;
  archived: boolean;
  /** Flat names (`Address.Town`), and `Company`: the name behind a contact's `CompanyRef`. */
  fields: Record<string, unknown>;
  /** The texts of its notes; for the model only what they must contain. */
  notes: string[];
}

export interface StandingCompany {
  ref: number;
  made: boolean;
  fields: Record<string, unknown>;
}

export interface Standing {
  records: StandingRecord[];
  companies: StandingCompany[];
}

/** What the simulator shows, as far as it matters here. */
interface FirefishState {
  candidates: object[];
  contacts: object[];
  companies: object[];
  actions: object[];
}

function named(fields: Record<string, unknown>, companies: readonly StandingCompany[]): void {
  const ref = fields['CompanyRef'];
  if (typeof ref !== 'number') return;
  fields['Company'] = companies.find((company) => company.ref === ref)?.fields['Name'];
}

export function standingOfModel(model: Model): Standing {
  const companies = model.companies.map(({ ref, made, fields }) => ({ ref, made, fields: { ...fields } }));
  const records = model.records.map(({ kind, ref, made, archived, fields, notes }) => {
    const all = { ...fields };
    named(all, companies);
    return { kind, ref, made, archived, fields: all, notes: notes.map(({ says }) => says) };
  });
  return { records, companies };
}

/** Every row that was not seeded was created by the system: nothing else writes to this Firefish. */
export function standingOfFirefish(state: FirefishState, seed: Seed): Standing {
  const rows = (list: readonly object[]): Record<string, unknown>[] => list.map((row) => ({ ...row }));
  const seeded = (list: readonly { Ref: number }[], ref: unknown): boolean =>
    list.some(({ Ref }) => Ref === ref);
  const actions = rows(state.actions);
  const companies = rows(state.companies).map((row) => ({
    ref: Number(row['Ref']),
    made: !seeded(seed.companies, row['Ref']),
    fields: flatten(row),
  }));
  const record = (kind: Kind) => (row: Record<string, unknown>) => {
    const fields = flatten(row);
    named(fields, companies);
    const owner = kind === 'candidate' ? 'CandidateRef' : 'ContactRef';
    return {
      kind,
      ref: Number(row['Ref']),
      made: !seeded(kind === 'candidate' ? seed.candidates : seed.contacts, row['Ref']),
      archived: row['IsArchived'] === true,
      fields,
      notes: actions
        .filter((action) => action[owner] === row['Ref'] && typeof action['Note'] === 'string')
        .map((action) => String(action['Note'])),
    };
  };
  return {
    records: [
      ...rows(state.candidates).map(record('candidate')),
      ...rows(state.contacts).map(record('contact')),
    ],
    companies,
  };
}
