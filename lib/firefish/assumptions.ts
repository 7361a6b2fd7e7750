/**
 * What the client takes to be so of Firefish's API, each in this one place. The mark says how far the line
 * can be trusted: D documented by Firefish, C seen in several public clients, A our own assumption. A
 * difference that the probe finds is an edit here.
 */
import type { Kind } from '../events/event.ts';
import type { FirefishDocument } from './port.ts';

/** D: "POST /authorization/token". */
export const TOKEN_PATH = '/authorization/token';
/** C: every other path begins so. */
const API_PATH = '/api/v1.0';

export type Entity = Kind | 'company';
const COLLECTION = { candidate: 'candidates', contact: 'contacts', company: 'companies' } as const;

/** One endpoint with its path filled in: what is called, and what the limits count it as. */
export interface Endpoint {
  /** A: "Endpoint means method + path template", such as `PATCH /candidates/{ref}`. */
  name: string;
  /** `PUT` only in the probe. */
  method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  path: string;
  /** Whether a 404 speaks of one record, rather than of the path. */
  ofOneRecord: boolean;
  /** A: an update and a note promise nothing but a 2xx without a `Message`; an empty answer will do. */
  promisesNothing?: true;
}

/** D: where tokens come from. */
export const TOKEN_ENDPOINT: Endpoint = {
  name: `POST ${TOKEN_PATH}`,
  method: 'POST',
  path: TOKEN_PATH,
  ofOneRecord: false,
};
/** RFC 6749, section 5.2: the codes that speak of the server's state, not of the credentials. */
export const PASSING_OAUTH_ERRORS: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);
/** D: a token without `expires_in` lives as long as all others. */
export const TOKEN_SECONDS = 599;

const endpoint = (method: Endpoint['method'], template: string, ref?: number): Endpoint => ({
  // C: creations go to a path that ends in a slash; what the limits count has none.
  name: `${method} ${template.replace(/\/$/, '')}`,
  method,
  path: API_PATH + template.replace('{ref}', String(ref)),
  ofOneRecord: ref !== undefined,
});

/** C for candidates and contacts, A for companies. */
export const searchEndpoint = (entity: Entity): Endpoint => endpoint('GET', `/${COLLECTION[entity]}/search`);
export const readEndpoint = (entity: Entity, ref: number): Endpoint =>
  endpoint('GET', `/${COLLECTION[entity]}/{ref}`, ref);
export const createEndpoint = (entity: Entity): Endpoint => endpoint('POST', `/${COLLECTION[entity]}/`);
/** C for candidates, A for contacts and companies: only the fields sent change. */
export const updateEndpoint = (entity: Entity, ref: number): Endpoint => ({
  ...endpoint('PATCH', `/${COLLECTION[entity]}/{ref}`, ref),
  promisesNothing: true,
});
/** C for candidates, A for contacts and companies. */
export const noteEndpoint = (entity: Entity, ref: number): Endpoint => ({
  ...endpoint('POST', `/${COLLECTION[entity]}/{ref}/activity/notes`, ref),
  promisesNothing: true,
});
/** D: multipart, with `type` and `files`; contacts and companies have none. */
export const documentEndpoint = (ref: number): Endpoint => ({
  ...endpoint('POST', '/candidates/{ref}/documents', ref),
  promisesNothing: true,
});
/** D: the profile's field that says whether the candidate has a CV. */
export const HAS_CV = 'HasCv';
/** C: the activity log. */
export const actionsEndpoint = (): Endpoint => endpoint('GET', '/actions/search');

/** C: `{"Note":"…"}`. */
export const noteBody = (note: string): { Note: string } => ({ Note: note });
export function documentBody({ type, name, contentType, bytes }: FirefishDocument): FormData {
  const form = new FormData();
  form.set('type', type);
  // A copy, since TypeScript cannot know that the bytes are not shared memory.
  form.set('files', new Blob([Uint8Array.from(bytes)], { type: contentType }), name);
  return form;
}
/** A: "An action row: Ref, ActionName, ActionDate, CandidateRef, ContactRef, Note". */
export const ACTION_NOTE = 'Note';
/** C: the query parameter that names the record, and A: the row's field that does. */
export const ACTION_OF = {
  candidate: { parameter: 'candidate-ref', field: 'CandidateRef' },
  contact: { parameter: 'contact-ref', field: 'ContactRef' },
} as const satisfies Record<Kind, { parameter: string; field: string }>;

/** C: query parameters are kebab-case. */
export const PARAMETER = {
  email: 'email-address',
  name: 'name',
  from: 'from-date',
  to: 'to-date',
  archived: 'include-archived',
  byUpdate: 'use-updated-dates',
  page: 'page',
  pageSize: 'page-size',
} as const;

/** D: without date filters only the last seven days are searched; C: public clients send this one. */
export const BEGINNING_OF_TIME = '2000-01-01';
/** D: "At most 1,000 rows in all; pages by page (from 1) and page-size (up to 1,000)". */
export const MAX_ROWS = 1000;
/** D: a string parameter has two characters at least. */
export const MIN_SEARCH_CHARACTERS = 2;
/** A: a class of characters opens with it in SQL Server's LIKE, so that a text with it would find less. */
export const LIKE_CLASS_OPENER = '[';
/** D for LIKE, A for its wildcards, which stand for any character and for any text: what they find is filtered. */
export const LIKE = { anyCharacter: '_', anyText: '%' } as const;
/** A: "Dates are whole days, both ends included". */
export const toDay = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** D: the scopes of everything that the synchronisation calls. */
export const NEEDED_SCOPES = [
  'candidatesAPI-read',
  'candidatesAPI-write',
  'contactsAPI-read',
  'contactsAPI-write',
  'companiesAPI-read',
  'companiesAPI-write',
  'actionsAPI-read',
] as const;
/** D, RFC 6749 section 5.2, and A for a scope that the profile has not ticked. */
export const INVALID_SCOPE = 'invalid_scope';
