/** Every endpoint under `/api/v1.0`: its template, the scope it needs, and what it does. */
import { createHash } from 'node:crypto';
import type { Agency } from './records/agency.ts';
import { badRequest, conflict, invalidModel, json, type ModelState, noContent, Refused } from './answers.ts';
import type { FieldRules } from './records/fields.ts';
import type { Quirks } from './quirks.ts';
import type { Collection, SimAction, SimRecord } from './records/records.ts';
import type { Scope } from './credentials/scopes.ts';
import { matchingActions, matchingRecords, SearchQuery } from './records/search.ts';
import { newestFirst, searchAnswer, shapeOf } from './records/search-answer.ts';
import type { Switches } from './switches.ts';
import {
  created,
  namesOf,
  patched,
  readJsonObject,
  replaced,
  type WriteRules,
} from './records/write-body.ts';

/** A file of a multipart body. */
export interface Upload {
  name: string;
  bytes: Uint8Array;
}

/** One request that was accepted. */
export interface Visit {
  agency: Agency;
  /** The client id, for `CreatedBy` and `UpdatedBy`. */
  by: string;
  /** Epoch milliseconds. */
  now: number;
  /** NaN if the path has none, or none that is a number. */
  ref: number;
  query: URLSearchParams;
  body: string;
  /** Of a multipart body. */
  form: { type: string; files: Upload[] } | undefined;
}

/** How an agency's requests are answered. */
export interface Setting {
  fields: Record<Collection, FieldRules>;
  quirks: Quirks;
  switches: Switches;
}

export interface Endpoint {
  scope: Scope;
  /** @throws Refused */
  answer: (visit: Visit, setting: Setting) => Response;
}

const MEGABYTES_10 = 10 * 1024 * 1024;
const DOCUMENT_TYPES = ['CV', 'InterviewNotes', 'Other'];
const DOCUMENT_NAME = /\.(docx?|rtf|pdf|tiff?)$/i;

function recordOf(collection: Collection, { agency, ref }: Visit, { switches }: Setting): SimRecord {
  const record = agency.find(collection, ref);
  if (record !== undefined) return record;
  throw new Refused(switches.goneStatus, { Message: 'The record does not exist.' });
}

const writeRules = (
  collection: Collection,
  { agency }: Visit,
  { fields, quirks, switches }: Setting,
): WriteRules => ({
  collection,
  fields: fields[collection],
  quirks,
  switches,
  companyExists: (ref) => agency.find('companies', ref) !== undefined,
});

function show(
  collection: Collection,
  record: SimRecord,
  names: readonly string[],
  { agency }: Visit,
  { quirks }: Setting,
): Record<string, unknown> {
  const shown = agency.show(collection, record);
  const answer: Record<string, unknown> = {};
  for (const name of names) {
    if (name === 'Ref' && quirks.refIsLowerCase) answer['ref'] = shown.Ref;
    else if (name === 'SmsMarketing' && quirks.smsReadAsWritten) answer['SMSMarketing'] = shown[name] ?? null;
    else answer[name] = shown[name] ?? null;
  }
  return answer;
}

const newRef = (ref: number, { quirks }: Setting): Response =>
  json(quirks.createAnswersId ? { Id: ref } : { Ref: ref }, 201);

const search =
  (collection: Collection): Endpoint['answer'] =>
  (visit, setting) => {
    const { agency, now } = visit;
    const { fields, quirks, switches } = setting;
    const query = new SearchQuery(collection, visit.query, quirks, switches);
    const paging = query.paging();
    const matches = matchingRecords(query, now, quirks);
    const found = newestFirst(agency.all(collection), matches, ({ Created }) => Created, quirks);
    const rows = found.map((record) => show(collection, record, fields[collection].row, visit, setting));
    return searchAnswer(rows, paging, shapeOf(switches, collection, paging, agency.searches++), quirks);
  };

const read =
  (collection: Collection): Endpoint['answer'] =>
  (visit, setting) => {
    const record = recordOf(collection, visit, setting);
    return json(show(collection, record, setting.fields[collection].profile, visit, setting));
  };

function refuseDuplicate(collection: Collection, { agency }: Visit, address: unknown): void {
  for (const { EmailAddress } of agency.all(collection)) {
    if (typeof EmailAddress === 'string' && EmailAddress === address) {
      throw conflict('There is a record with this e-mail address.');
    }
  }
}

function refuseReadOnly(collection: Collection, { quirks }: Setting): void {
  if (quirks.companiesReadOnly && collection === 'companies') {
    throw new Refused(405, { Message: 'Companies cannot be written.' });
  }
}

const create =
  (collection: Collection): Endpoint['answer'] =>
  (visit, setting) => {
    refuseReadOnly(collection, setting);
    const body = readJsonObject(visit.body, namesOf(setting.fields[collection]));
    const fields = created(body, writeRules(collection, visit, setting));
    if (setting.quirks.createRefusesDuplicate) refuseDuplicate(collection, visit, fields['EmailAddress']);
    const { by, now } = visit;
    const record = visit.agency.create(collection, fields, { by, created: now, updated: now });
    return newRef(record.Ref, setting);
  };

const change =
  (collection: Collection, changed: typeof patched): Endpoint['answer'] =>
  (visit, setting) => {
    refuseReadOnly(collection, setting);
    const record = recordOf(collection, visit, setting);
    const body = readJsonObject(visit.body, namesOf(setting.fields[collection]));
    const after = changed(record, body, writeRules(collection, visit, setting));
    visit.agency.replace(collection, after, visit.by, visit.now);
    return noContent();
  };

const addNote =
  (collection: Collection): Endpoint['answer'] =>
  (visit, setting) => {
    const { noteFieldIsText, notesOnlyOnCandidates } = setting.quirks;
    if (notesOnlyOnCandidates && collection !== 'candidates') {
      throw new Refused(404, { Message: 'No HTTP resource was found.' });
    }
    recordOf(collection, visit, setting);
    const field = noteFieldIsText ? 'Text' : 'Note';
    const { [field]: note, ...others } = readJsonObject(visit.body, [field]);
    const unknown: ModelState = {};
    for (const name of Object.keys(others)) unknown[name] = [`The field ${name} is not known.`];
    if (Object.keys(unknown).length > 0) throw invalidModel(unknown);
    if (typeof note !== 'string' || note.trim() === '') {
      throw invalidModel({ [field]: [`The ${field} field is required.`] });
    }
    const entry = { ActionName: 'Note', Note: note };
    return newRef(visit.agency.log(collection, visit.ref, entry, visit.now).Ref, setting);
  };

/** Keeps name, type, size and hash of what is uploaded, not the content. */
function addDocument(visit: Visit, setting: Setting): Response {
  recordOf('candidates', visit, setting);
  const { type, files } = visit.form ?? { type: '', files: [] };
  if (!DOCUMENT_TYPES.includes(type)) {
    throw invalidModel({ type: [`The field type must be one of ${DOCUMENT_TYPES.join(', ')}.`] });
  }
  if (files.length === 0) throw invalidModel({ files: ['The files field is required.'] });
  if (files.some(({ bytes }) => bytes.length > MEGABYTES_10))
    throw badRequest('A document has 10 MB at most.');
  if (!files.every(({ name }) => DOCUMENT_NAME.test(name))) {
    throw badRequest('A document must be a docx, doc, rtf, pdf or tif file.');
  }
  for (const { name, bytes } of files) {
    const Sha256 = createHash('sha256').update(bytes).digest('hex');
    visit.agency.attach({ CandidateRef: visit.ref, Name: name, Type: type, Bytes: bytes.length, Sha256 });
  }
  const entry = { ActionName: 'Document Uploaded', Note: null };
  return newRef(visit.agency.log('candidates', visit.ref, entry, visit.now).Ref, setting);
}

function actionRow(
  { Ref, ActionName, ActionDate, CandidateRef, ContactRef, Note }: SimAction,
  quirks: Quirks,
) {
  const row = { Ref, ActionName, ActionDate, CandidateRef, ContactRef };
  return quirks.actionNoteNamedDetails ? { ...row, Details: Note } : { ...row, Note };
}

function searchActions(visit: Visit, { quirks, switches }: Setting): Response {
  const { agency, now } = visit;
  const query = new SearchQuery('actions', visit.query, quirks, switches);
  const paging = query.paging();
  const found = newestFirst(agency.actions, matchingActions(query, now), (row) => row.ActionDate, quirks);
  const rows = found.map((action) => actionRow(action, quirks));
  return searchAnswer(rows, paging, shapeOf(switches, 'actions', paging, agency.searches++), quirks);
}

function endpointsOf(collection: Collection): [string, Endpoint][] {
  const [readScope, writeScope] = [`${collection}API-read`, `${collection}API-write`] as const;
  return [
    [`GET /${collection}/search`, { scope: readScope, answer: search(collection) }],
    [`GET /${collection}/{ref}`, { scope: readScope, answer: read(collection) }],
    [`POST /${collection}`, { scope: writeScope, answer: create(collection) }],
    [`PATCH /${collection}/{ref}`, { scope: writeScope, answer: change(collection, patched) }],
    [`POST /${collection}/{ref}/activity/notes`, { scope: writeScope, answer: addNote(collection) }],
  ];
}

/** By method and path template, which is also what the limits count by. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ...endpointsOf('candidates'),
  ...endpointsOf('contacts'),
  ...endpointsOf('companies'),
  ['PUT /candidates/{ref}', { scope: 'candidatesAPI-write', answer: change('candidates', replaced) }],
  ['PUT /contacts/{ref}', { scope: 'contactsAPI-write', answer: change('contacts', replaced) }],
  ['POST /candidates/{ref}/documents', { scope: 'candidatesAPI-write', answer: addDocument }],
  ['GET /actions/search', { scope: 'actionsAPI-read', answer: searchActions }],
]);
