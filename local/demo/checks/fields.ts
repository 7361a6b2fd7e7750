/** The newest value wins, field by field; other fields stay. */
import { addressOf, folded, foldedCompany, text } from '../firefish-state.ts';
import {
  byRef,
  changedFields,
  describeRow,
  type Check,
  type Seen,
  type PersonRow,
  type SeenPerson,
} from '../look.ts';
import { holds } from '../sayings.ts';

/** One line of problems per record of a person. */
const perRecord = (look: Seen, wrong: (person: SeenPerson, one: PersonRow) => string[]): string[] =>
  look.people.flatMap((person) =>
    person.rows.flatMap((one) => {
      const fields = wrong(person, one);
      return fields.length === 0 ? [] : [`${person.id}, ${describeRow(one)}: ${fields.join(', ')}`];
    }),
  );

const companyOf = (look: Seen, { row }: PersonRow): string =>
  foldedCompany(byRef(look.after.companies, Number(row.CompanyRef))?.Name);

export const newestValues: Check = {
  name: 'each field has the newest value that was said, in all records of the person',
  problems: (look) =>
    perRecord(look, ({ said }, one) =>
      Object.entries(said[one.kind])
        .filter(([field, value]) =>
          field === 'CompanyName'
            ? companyOf(look, one) !== foldedCompany(value)
            : !holds(one.row, field, value),
        )
        .map(([field, value]) => `${field} is not ${JSON.stringify(value)}`),
    ),
};

export const newestAddress: Check = {
  name: 'the address on a record stays unless it was flagged or SourceWhale dropped it',
  problems: (look) =>
    perRecord(look, (person, { kind, row }) => {
      const wanted = person.address[kind] ?? '';
      return addressOf(row) === wanted ? [] : [`the address is <${addressOf(row)}>, not <${wanted}>`];
    }),
};

/** The address and the company have their own checks. */
const ELSEWHERE = ['EmailAddress', 'CompanyRef', 'CompanyName'];

export const unsaidStays: Check = {
  name: 'fields that nobody spoke of are as they were',
  problems: (look) =>
    perRecord(look, ({ said }, { kind, row, was }) => {
      const spoken = [...ELSEWHERE, ...Object.keys(said[kind]).map((field) => field.split('.')[0])];
      return was === undefined ? [] : changedFields(was, row).filter((field) => !spoken.includes(field));
    }),
};

export const newCandidatesComplete: Check = {
  name: 'new candidates say their legal basis, their source and the owner who sent them',
  problems: (look) =>
    perRecord(look, ({ events }, { kind, row, was }) => {
      if (kind === 'contact' || was !== undefined) return [];
      const actors = events.map(({ actor }) => folded(actor?.email)).filter(Boolean);
      return [
        ...(row.LegalBasis === 'legitimate-interest' ? [] : [`LegalBasis is ${text(row.LegalBasis)}`]),
        ...(row.Source === 'SourceWhale' ? [] : [`Source is ${text(row.Source)}`]),
        ...(actors.includes(folded(row.OwnerUserEmail)) ? [] : [`the owner is ${text(row.OwnerUserEmail)}`]),
      ];
    }),
};
