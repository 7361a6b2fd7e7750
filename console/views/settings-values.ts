/** Reads the settings' form as settings. */
import { textOf } from '../parts/form.tsx';
import { ASKABLE_FIELDS, UPDATED_FIELDS } from '../fields.ts';
import type { Settings } from '../shapes.ts';

type UpdatePolicy = Settings['updatePolicy']['default'];
/** Optional ones too: a setting that the form forgets does not compile. */
type AllOf<Whole> = { [Name in keyof Required<Whole>]: Whole[Name] };

/** In a select for one field: the value that means "as for all fields". */
export const AS_ABOVE = '';

/** @param before fields that the form does not offer stay as they are there */
export function settingsIn(data: FormData, before: Settings): Settings {
  const ticked = (name: string): boolean => data.get(name) === 'on';
  // The selects and boxes offer only the setting's values; the server checks them again.
  const addWhen = (name: string) => textOf(data, name) as Settings['addWhen']['candidate'];
  const policy = (name: string) => textOf(data, name) as UpdatePolicy;
  const several = <Value extends string>(name: string): Value[] => data.getAll(name).map(String) as Value[];
  const owner = textOf(data, 'defaultOwnerEmail');
  const asked = (kind: 'candidate' | 'contact'): string[] => [
    ...several(`mandatoryFields.${kind}`),
    ...before.mandatoryFields[kind].filter(
      (name) => !ASKABLE_FIELDS[kind].some((field) => field.name === name),
    ),
  ];
  const perField = UPDATED_FIELDS.flatMap(({ name }) => {
    const path = `updatePolicy.fields.${name}`;
    return textOf(data, path) === AS_ABOVE ? [] : [[name, policy(path)] as const];
  });
  const unoffered = Object.entries(before.updatePolicy.fields).filter(
    ([name]) => !UPDATED_FIELDS.some((field) => field.name === name),
  );
  return {
    addWhen: { candidate: addWhen('addWhen.candidate'), contact: addWhen('addWhen.contact') },
    nameConflict: textOf(data, 'nameConflict') as Settings['nameConflict'],
    contactsNeedCompany: ticked('contactsNeedCompany'),
    onlyNotesForSynced: ticked('onlyNotesForSynced'),
    noteChannels: several('noteChannels'),
    campaignNotes: several('campaignNotes'),
    documents: textOf(data, 'documents') as Settings['documents'],
    updatePolicy: {
      default: policy('updatePolicy.default'),
      fields: Object.fromEntries([...unoffered, ...perField]),
    },
    mandatoryFields: { candidate: asked('candidate'), contact: asked('contact') },
    defaultLegalBasis: textOf(data, 'defaultLegalBasis') as Settings['defaultLegalBasis'],
    defaultSource: textOf(data, 'defaultSource'),
    defaultOwnerEmail: owner === '' ? undefined : owner,
    createCompanies: ticked('createCompanies'),
    // In SourceWhale the question is the opposite one.
    mergeWithExisting: !ticked('doNotMerge'),
    newRecordsOptedOut: ticked('newRecordsOptedOut'),
    optOutAsNote: ticked('optOutAsNote'),
  } satisfies AllOf<Settings>;
}
