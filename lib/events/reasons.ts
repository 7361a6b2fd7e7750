/**
 * Why an event waits, was skipped or failed, and what its notes say: each begins with one of these codes. The console and
 * docs/reasons.md show the texts.
 */

interface Reason {
  /** In a few words, as part of a sentence. */
  readonly words: string;
  /** What a person can do about it. */
  readonly toDo: string;
}

export const SKIP_REASONS = {
  'no-email': {
    words: 'no e-mail address to match by',
    toDo: 'Add an e-mail address in SourceWhale: the next event of the person is then synced.',
  },
  'not-in-firefish': {
    words: 'the person is not in Firefish',
    toDo: 'Events of this type never create people. The event is checked again when the person appears.',
  },
  gone: {
    words: 'the record was deleted in Firefish',
    toDo: 'Push the person from SourceWhale’s Actions to create them again. Send a company with its name.',
  },
  'name-conflict': {
    words: 'the records with this e-mail address have another name',
    toDo: 'Decide in the console, or with `decide`, whether it is the same person. The event waits for 30 days.',
  },
  addWhen: {
    words: 'the setting addWhen (“Add … to Firefish”) does not add the person yet',
    toDo: 'The setting decides from which campaign stage on people are added. Push the person from SourceWhale’s Actions to add them now, or change the setting.',
  },
  'missing-fields': {
    words: 'fields that a new record needs are missing',
    toDo: 'Fill in these fields in SourceWhale. Besides Firefish itself, the settings mandatoryFields and contactsNeedCompany decide what is needed.',
  },
  onlyNotesForSynced: {
    words: 'the setting onlyNotesForSynced (“Only add notes to synced records”) excludes this note',
    toDo: 'People who were in Firefish before get notes only after the stage of addWhen. The event is checked again then.',
  },
  noteChannels: {
    words: 'the setting noteChannels (“Create notes upon”) excludes notes of this channel',
    toDo: 'Add the channel to the setting if you want these notes.',
  },
  'empty-note': { words: 'the note has no text', toDo: 'There is nothing to do.' },
  'older-version': {
    words: 'a newer version of the note is in Firefish',
    toDo: 'There is nothing to do.',
  },
  'nothing-to-do': {
    words: 'the setting campaignNotes (“Campaign notes”) does not list this stage',
    toDo: 'Add the stage to the setting if you want notes of it.',
  },
  'not-a-candidate': {
    words: 'the person is only a contact, and contacts have no documents',
    toDo: 'The event is checked again when the person is a candidate too.',
  },
  documents: {
    words: 'the setting documents excludes this document',
    toDo: 'With ifNone, a CV is sent only if the candidate has none. Change the setting if you want it.',
  },
  createCompanies: {
    words: 'the company is not in Firefish, and the setting createCompanies (“Create companies”) is off',
    toDo: 'Create the company in Firefish, or change the setting.',
  },
  superseded: { words: 'newer events said something else', toDo: 'There is nothing to do.' },
  disabled: {
    words: 'the integration was disabled',
    toDo: 'Enable it. Opt-outs are then done by themselves; push other people again from SourceWhale.',
  },
  erased: { words: 'the person was erased on request', toDo: 'There is nothing to do.' },
} as const satisfies Record<string, Reason>;

export const FAIL_REASONS = {
  refused: {
    words: 'Firefish refused a call',
    toDo: 'Read the text of the refusal in the console or with `failed`. Correct the value in SourceWhale or in Firefish, then replay the event.',
  },
  error: {
    words: 'an error of this system',
    toDo: 'Replay the event. If it fails again, tell the operators its id.',
  },
  crashed: {
    words: 'the process ended each time',
    toDo: 'The work on the event ended the function three times, for example because it ran out of memory. Tell the operators its id.',
  },
  expired: {
    words: 'Firefish could not be used for thirty days',
    toDo: 'See that the Firefish credentials and limits are right, then replay the event.',
  },
  unreadable: {
    words: 'the content cannot be decrypted',
    toDo: 'Check the encryption key, then replay the event.',
  },
  'too-many-names': {
    words: 'more than 500 ids and addresses would be one person',
    toDo: 'The usual cause is a placeholder address that many people have. Remove it in SourceWhale, then replay the event. Opt-outs are applied nevertheless.',
  },
  'too-many-waiting': {
    words: 'more than 500 events wait for this person',
    toDo: 'Push the person from SourceWhale’s Actions, then replay the event.',
  },
  'too-many-numbers': {
    words: 'more than 200 telephone numbers of this person are flagged',
    toDo: 'Remove the number in Firefish.',
  },
  'too-many-records': {
    words: 'more records have the address than Firefish shows',
    toDo: 'All records that Firefish shows are done. Merge duplicates in Firefish, then replay the event.',
  },
  'document-unknown': {
    words: 'there is no such document',
    toDo: 'Create it with `POST /v1/documents`, upload the file within 7 days, then send the event.',
  },
  'document-missing': {
    words: 'the file was not uploaded, or was deleted after 7 days',
    toDo: 'Upload the file again, as a new document if the address has expired.',
  },
  'document-too-large': {
    words: 'the file has more than 10 MB',
    toDo: 'Upload a smaller file as a new document.',
  },
  'document-wrong-type': {
    words: 'the file is of another type than it was announced with',
    toDo: 'Upload the file as a new document, with its own type.',
  },
  'document-given': {
    words: 'another candidate has the document',
    toDo: 'Upload the file for this candidate as a new document.',
  },
  'document-unconfirmed': {
    words: 'the answer of Firefish was lost',
    toDo: 'Look at the candidate in Firefish. If the document is not there, replay the event.',
  },
} as const satisfies Record<string, Reason>;

const BY_ITSELF = 'It continues by itself.';

export const WAIT_REASONS = {
  limit: { words: 'Firefish’s limit of calls is used up for now', toDo: BY_ITSELF },
  token: { words: 'Firefish’s limit of tokens is used up for now', toDo: BY_ITSELF },
  outage: { words: 'Firefish does not answer', toDo: 'It is tried again until Firefish answers.' },
  credentials: {
    words: 'Firefish refuses the credentials',
    toDo: 'Enter new Firefish credentials: what waits then starts at once.',
  },
  settling: {
    words: 'an answer of Firefish was lost',
    toDo: 'The system waits until the call can have no more effect, then looks what it did.',
  },
  conflict: {
    words: 'the record is locked in Firefish',
    toDo: 'It is tried again for ten minutes.',
  },
  progress: { words: 'a large opt-out is under way', toDo: BY_ITSELF },
  error: { words: 'an error of this system', toDo: 'It is tried again, for almost two hours.' },
} as const satisfies Record<string, Reason>;

export const NOTE_CODES = {
  matched: { words: 'which record was used, and how it was found', toDo: 'There is nothing to do.' },
  ambiguous: {
    words: 'several records match, and fixed rules chose one',
    toDo: 'Merge the others in Firefish.',
  },
  'name-conflict': {
    words: 'records with one of the addresses have another name',
    toDo: 'Decide in the console, or with `decide`.',
  },
  'owner-refused': {
    words: 'Firefish does not take this owner, so the record has none',
    toDo: 'Set the owner in Firefish, or add the user there.',
  },
  'source-refused': {
    words: 'Firefish does not take this source, so the record has the setting defaultSource',
    toDo: 'Add the source to Firefish’s list.',
  },
  'company-missing': {
    words: 'Firefish has no company of this name, and the setting createCompanies is off',
    toDo: 'Create the company in Firefish, or change the setting.',
  },
  'address-kept': {
    words: 'the record keeps the wrong address, since no other is known and Firefish takes no empty one',
    toDo: 'Add the right address in SourceWhale.',
  },
  reached: { words: 'how many addresses at the domain there are', toDo: 'There is nothing to do.' },
  refused: {
    words: 'a further record that refused it',
    toDo: 'Correct the record in Firefish, then replay the event.',
  },
} as const satisfies Record<string, Reason>;

export type WaitReason = keyof typeof WAIT_REASONS;

/** A code, alone or before details: `missing-fields: CompanyRef`. */
export type SkipReason = Coded<keyof typeof SKIP_REASONS>;
export type FailReason =
  Coded<Exclude<keyof typeof FAIL_REASONS, 'refused' | 'error'>> | `refused ${string}` | `error ${string}`;
type Coded<Code extends string> = Code | `${Code}: ${string}`;

const TABLES: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  ...{ queued: WAIT_REASONS, deferred: WAIT_REASONS },
  ...{ skipped: SKIP_REASONS, failed: FAIL_REASONS, synced: NOTE_CODES },
};

/** The text of a reason or, of a `synced` event, of a note; nothing for one that has no code. */
export const explain = (state: string, text: string): Reason | undefined =>
  TABLES[state]?.[/^[\w-]+/.exec(text)?.[0] ?? ''];
