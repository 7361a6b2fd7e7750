/** Every scope that a Custom API profile can tick. */
export const SCOPES = [
  'candidatesAPI-read',
  'candidatesAPI-write',
  'contactsAPI-read',
  'contactsAPI-write',
  'companiesAPI-read',
  'companiesAPI-write',
  'actionsAPI-read',
  'usersAPI-read',
  'jobsAPI-read',
  'jobsAPI-write',
  'placementdetailsAPI-read',
  'placementdetailsAPI-write',
  'advertsAPI-read',
  'commsAPI-readWrite',
  'leadsAPI-readWrite',
] as const;

export type Scope = (typeof SCOPES)[number];
