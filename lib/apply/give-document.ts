/**
 * Gives one document to Firefish. What a turn can die between is kept first: before the call that it leaves, after it
 * that Firefish has it; then the file goes.
 */
import type { Documents } from '../documents/documents.ts';
import { FORMATS } from '../documents/formats.ts';
import type { FailReason, SkipReason } from '../events/reasons.ts';
import { FailedError, isHarmless } from '../firefish/errors.ts';
import type { Firefish } from '../firefish/port.ts';
import { recordKey } from '../plan/person-state.ts';
import type { DocumentOperation, DocumentStep } from '../plan/types.ts';

/** How the event ends instead. */
type NotGiven = { state: 'skipped'; reason: SkipReason } | { state: 'failed'; reason: FailReason };

interface Deps {
  firefish: Pick<Firefish, 'addDocument'>;
  documents: Pick<Documents, 'read' | 'sending' | 'notSent' | 'given'>;
}

type Giving = DocumentOperation & { ref: number };

/**
 * Answers why it was not given; nothing if Firefish has it.
 * @param hasCv whether the candidate got a CV since the plan was made
 * @throws FirefishError
 */
export async function giveDocument(deps: Deps, one: Giving, hasCv: boolean): Promise<NotGiven | undefined> {
  const { documentId, ref, onlyIfNone, step, credits } = one;
  if (onlyIfNone && hasCv) return { state: 'skipped', reason: 'documents' };
  if (step.kind === 'ask') {
    await deps.documents.notSent(documentId);
    return { state: 'failed', reason: 'document-unconfirmed' };
  }
  if (step.kind === 'send') {
    const file = await deps.documents.read(documentId, step.format);
    if (typeof file === 'string') return { state: 'failed', reason: `document-${file}` };
    await send(deps, one, hasCv && step.hadCv === false ? { ...step, hadCv: true } : step, file);
  }
  await deps.documents.given(documentId, credits[0]?.eventId ?? '', recordKey({ kind: 'candidate', ref }));
  return undefined;
}

async function send(
  { firefish, documents }: Deps,
  { documentId, ref, type }: Giving,
  { name, format, hadCv }: Extract<DocumentStep, { kind: 'send' }>,
  bytes: Uint8Array,
): Promise<void> {
  const record = recordKey({ kind: 'candidate', ref });
  await documents.sending(documentId, { record, ...(hadCv === undefined ? {} : { hadCv }) });
  const [contentType] = FORMATS[format].contentTypes;
  try {
    await firefish.addDocument(ref, { type, name, contentType, bytes });
  } catch (error) {
    // Whether a first CV arrived after a definite failure can be seen; of others Firefish is believed.
    const isNotSent = isHarmless(error) || (error instanceof FailedError && hadCv !== false);
    // Should this fail too, the next try asks a person rather than sending twice.
    if (isNotSent) await documents.notSent(documentId).catch(() => undefined);
    throw error;
  }
}
