import { saysFields } from '../expected-people.ts';
import { foldedCompany, text } from '../firefish-state.ts';
import { byRef, type Check, type Seen } from '../look.ts';

export const companiesOnce: Check = {
  name: 'no company is there twice, and none is gone or renamed',
  problems: ({ before, after }) => {
    const names = after.companies.map((company) => foldedCompany(company.Name));
    return [
      ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`),
      ...before.companies
        .filter((was) => foldedCompany(byRef(after.companies, was.Ref)?.Name) !== foldedCompany(was.Name))
        .map((was) => `${text(was.Name)} is not what it was`),
    ];
  },
};

/** Companies that an event can create: its own, or that of a person who can be a contact. */
function namedIn({ events }: Seen): Set<string> {
  const own = events.map(({ company }) => company?.name);
  const employers = events.filter(saysFields).map(({ record }) => record?.company);
  return new Set([...own, ...employers].map(foldedCompany).filter(Boolean));
}

export const companiesNamed: Check = {
  name: 'every new company was named by an event',
  problems: (look) => {
    const named = namedIn(look);
    return look.after.companies
      .filter(
        ({ Ref, Name }) => byRef(look.before.companies, Ref) === undefined && !named.has(foldedCompany(Name)),
      )
      .map(({ Name }) => `nobody named ${text(Name)}`);
  },
};

export const companyEvents: Check = {
  name: 'companies that were sent by themselves are there, with their telephone number',
  problems: ({ events, after }) =>
    events.flatMap(({ company }) => {
      if (company === undefined) return [];
      const row = after.companies.find(({ Name }) => foldedCompany(Name) === foldedCompany(company.name));
      if (row === undefined) return [`${company.name} is missing`];
      const same = text(row.Phone).replace(/\D/g, '') === (company.phone ?? '').replace(/\D/g, '');
      return company.phone === undefined || same ? [] : [`${company.name} has the number ${text(row.Phone)}`];
    }),
};
