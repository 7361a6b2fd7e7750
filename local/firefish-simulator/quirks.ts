/**
 * Deliberate deviations of the simulator from what is known about Firefish, each with the line that it breaks. A test
 * checks that the probe notices each of them.
 */
export const QUIRKS = {
  shortTokens: 'Tokens last about **10 minutes**',
  missingScopeIs401: 'A token that lacks the scope: `403`',
  unknownScopesIgnored:
    'A token request that names a scope the profile has not ticked: `400` with `error=invalid_scope`',
  rowsOldestFirst: 'Rows come newest first by `Created`',
  searchLagsBehind: 'A search sees what was created a moment before',
  queryIsCamelCase: 'Query parameters are kebab-case',
  noSevenDayDefault: 'Without date filters a search returns only the last 7 days.',
  searchIsExact: 'String parameters are matched with SQL `LIKE` (a substring match, not case-sensitive)',
  wildcardsAreLiteral: '`_` and `%` may act as wildcards',
  archivedAlwaysIncluded: 'Archived records are left out unless `include-archived=true`',
  pagesFromZero: 'pages by `page` (from 1) and `page-size` (up to 1,000)',
  resultsNamedItems:
    'Contacts: a bare array without paging, `{"Results":[…],"TotalPages":n,"TotalCount":n}` with',
  refIsLowerCase: 'A candidate row: `Ref` (int), …',
  contactRowWithoutCompanyRef: 'A contact row: …, `CompanyRef`, `CompanyName`, …',
  companyRowWithoutWebsite: 'A company row: `Ref`, `Name`, `Phone`, `Website`, …',
  toDateExcluded: 'Dates are whole days, both ends included',
  marketingInRows: 'A search row has no marketing fields; the record itself has',
  smsReadAsWritten: 'Written as `SMSMarketing`, read as `SmsMarketing`',
  createAnswersId: '`POST /api/v1.0/candidates/` → `{"Ref":n}`',
  legalBasisCapitalised: '`LegalBasis` is one of `consent-request`, `consent-provided`, …',
  patchReplacesWhole: '`PATCH /api/v1.0/candidates/{ref}`: only the fields sent change',
  addressReplacedWhole: '`PATCH /api/v1.0/candidates/{ref}`: only the fields sent change',
  contactsWithoutEmailMarketing: '`EmailMarketing` exists on contacts, no other marketing field does',
  contactsTakeHomeNumber: 'A contact has no `HomeNumber`, `Address` or `Skills` field in the API',
  archivingRefused: 'Archiving has no separate call: `PATCH` with `IsArchived`',
  candidateUrlMissing: "A record's page for people: `CandidateURL` in the profile",
  companiesReadOnly: 'Companies: `GET/PATCH /api/v1.0/companies/{ref}`, `POST /api/v1.0/companies/`',
  noteFieldIsText: 'A note: `POST /api/v1.0/candidates/{ref}/activity/notes` with `{"Note":"…"}`',
  notesOnlyOnCandidates: 'A note: …; the same under contacts and companies',
  createRefusesDuplicate: 'Creating never refuses a duplicate e-mail address',
  actionNoteNamedDetails: 'An action row: …, `Note`',
} as const;

export type Quirk = keyof typeof QUIRKS;
export type Quirks = Readonly<Partial<Record<Quirk, boolean>>>;
