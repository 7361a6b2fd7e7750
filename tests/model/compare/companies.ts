/** The companies: each once, no others, and for those with an id the newest fields. */
import { companyNameKey } from '../../../lib/names/company-name.ts';
import { policyOf, same, type Scene, show } from './scene.ts';

export function compareCompanies(scene: Scene): void {
  const nameOf = (fields: Record<string, unknown>): string => companyNameKey(String(fields['Name']));
  const names = scene.standing.companies.map(({ fields }) => nameOf(fields));
  for (const name of new Set(names)) {
    if (names.filter((one) => one === name).length > 1) scene.say(`company ${name}`, 'is there twice');
  }
  const ideal = new Set(scene.model.companies.map(({ fields }) => nameOf(fields)));
  const mentioned = scene.events.flatMap((event) =>
    'record' in event ? [companyNameKey(event.record.company ?? '')] : [],
  );
  for (const company of scene.standing.companies) {
    const name = nameOf(company.fields);
    if (company.made && !scene.settings.createCompanies)
      scene.say(`company ${name}`, 'was made though none may be');
    else if (!ideal.has(name) && !mentioned.includes(name)) scene.say(`company ${name}`, 'is nobody’s');
  }
  for (const wanted of scene.model.companies.filter(({ ids }) => ids.size > 0)) {
    const name = nameOf(wanted.fields);
    const company = scene.standing.companies.find(({ fields }) => nameOf(fields) === name);
    if (company === undefined) scene.say(`company ${name}`, 'is missing');
    for (const field of ['Website', 'Phone'].filter((name) => policyOf(scene, name) === 'always')) {
      if (company !== undefined && !same(company.fields[field], wanted.fields[field])) {
        scene.say(
          `company ${name}`,
          `has ${field} ${show(company.fields[field])}, should have ${show(wanted.fields[field])}`,
        );
      }
    }
  }
}
