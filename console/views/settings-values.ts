/** Reads the settings' form as settings. */
import { textOf } from '../parts/form.tsx';
import { ASKABLE_FIELDS, UPDATED_FIELDS } from '../fields.ts';
import type { AddWhen, Settings, UpdatePolicy } from '../shapes.ts';

/** In a select for one field: the value that means "as for all fields". */
export const AS_ABOVE = '';

/** @param before settings that the form does not have stay as they are there */
export function settingsIn(data: FormData, before: Settings): Settings {
  const ticked = (name: string): boolean => data.get(name) === 'on';
  // The selects and boxes offer only these values; the server checks them again.
  const several = (name: string): string[] => data.getAll(name).map(String);
  const policy = (name: string): UpdatePolicy => textOf(data, name) as UpdatePolicy;
  const addWhen = (name: string): AddWhen => textOf(data, name) as AddWhen;
  const owner = textOf(data, 'defaultOwnerEmail');
  const asked = (kind: 'candidate' | 'contact'): string[] => [
    ...several(`mandatoryFields.${kind}`),
    ...before.mandatoryFields[kind].filter(
      (name) => !ASKABLE_FIELDS[kind].some((field) => field.name === name),
    ),
  ];
  const perField = UPDATED_FIELDS.map(({ name }) => [name, policy(`updatePolicy.fields.${name}`)] as const);
  const unoffered = Object.entries(before.updatePolicy.fields).filter(
    ([name]) => !UPDATED_FIELDS.some((field) => field.name === name),
  );
  const { defaultOwnerEmail: _, ...others } = before;
  return {
    // Settings that the form does not show yet stay as they are.
    ...others,
    addWhen: { candidate: addWhen('addWhen.candidate'), contact: addWhen('addWhen.contact') },
    onlyNotesForSynced: ticked('onlyNotesForSynced'),
    noteChannels: several('noteChannels'),
    campaignNotes: several('campaignNotes'),
    updatePolicy: {
      default: policy('updatePolicy.default'),
      fields: Object.fromEntries([
        ...unoffered,
        ...perField.filter(([, value]) => (value as string) !== AS_ABOVE),
      ]),
    },
    mandatoryFields: { candidate: asked('candidate'), contact: asked('contact') },
    defaultLegalBasis: textOf(data, 'defaultLegalBasis'),
    defaultSource: textOf(data, 'defaultSource'),
    ...(owner === '' ? {} : { defaultOwnerEmail: owner }),
    createCompanies: ticked('createCompanies'),
    // In SourceWhale the question is the opposite one.
    mergeWithExisting: !ticked('doNotMerge'),
    newRecordsOptedOut: ticked('newRecordsOptedOut'),
    optOutAsNote: ticked('optOutAsNote'),
  };
}
