/** What becomes of a document: whether it goes to the candidate, or why it does not. */
import type { DocumentOperation, DocumentStep, Draft, Need } from './types.ts';
import type { PersonEvent } from '../events/event.ts';
import type { FailReason, SkipReason } from '../events/reasons.ts';
import { HAS_CV } from '../firefish/assumptions.ts';
import { type RecordKey, recordKey, recordOf } from './person-state.ts';
import type { Target } from './notes.ts';

export type DocumentEvent = Extract<PersonEvent, { type: 'document.added' }>;

type Refused = { kind: 'skipped'; reason: SkipReason } | { kind: 'failed'; reason: FailReason };
type Verdict =
  | Refused
  | { kind: 'need'; need: Need }
  /** Firefish has it by another event. */
  | { kind: 'there' }
  | { kind: 'give'; operation: DocumentOperation };

const skip = (reason: SkipReason): Verdict => ({ kind: 'skipped', reason });

/** The first candidate record of the person, as for a note; one that the plan creates has no ref yet. */
function judge({ input, person, targets }: Draft, event: DocumentEvent): Verdict {
  const { settings, facts } = input;
  const { documentId, type } = event.document;
  if (settings.documents === 'never') return skip('documents');
  const target = targets.find(({ kind }) => kind === 'candidate');
  if (target === undefined && targets.length > 0) return skip('not-a-candidate');
  if (target === undefined) return skip(person.gone ? 'gone' : 'not-in-firefish');
  const known = facts.documents.get(documentId);
  if (known === undefined) return { kind: 'need', need: { need: 'document', documentId } };
  if (known === 'unknown') return { kind: 'failed', reason: 'document-unknown' };
  const operation = {
    ...{ do: 'document' as const, kind: 'candidate' as const, documentId },
    ...(target.ref === undefined ? {} : { ref: target.ref }),
    ...{ type: type === 'cv' ? ('CV' as const) : ('Other' as const) },
    onlyIfNone: type === 'cv' && settings.documents === 'ifNone',
    credits: [{ eventId: event.id, operation: 'updated' as const }],
  };
  const give = (step: DocumentStep): Verdict => ({ kind: 'give', operation: { ...operation, step } });
  if (known.state === 'given') {
    if (known.by === event.id) return give({ kind: 'clean-up' });
    const isTheirs = targets.some((one) => nameOf(one) === known.to);
    return isTheirs ? { kind: 'there' } : { kind: 'failed', reason: 'document-given' };
  }
  const { name, format } = known;
  // A record of an earlier try that is gone since took the document with it.
  const sent = targets.some((one) => nameOf(one) === known.sent?.record) ? known.sent : undefined;
  if (sent !== undefined && (type !== 'cv' || sent.hadCv !== false)) return give({ kind: 'ask' });
  if (type !== 'cv') return give({ kind: 'send', name, format });
  const asked = sent?.record ?? nameOf(target);
  const profile = asked === undefined ? undefined : facts.profiles.get(asked);
  if (asked !== undefined && profile === undefined)
    return { kind: 'need', need: { need: 'profile', ...recordOf(asked) } };
  const hadCv = profile?.[HAS_CV] === true;
  if (hadCv && sent !== undefined) return give({ kind: 'clean-up' });
  return hadCv && operation.onlyIfNone ? skip('documents') : give({ kind: 'send', name, format, hadCv });
}

const nameOf = ({ kind, ref }: Target): RecordKey | undefined =>
  ref === undefined ? undefined : recordKey({ kind, ref });

/** Why it is not given; nothing if it is, or where more must be read first. */
export function documentRefusal(draft: Draft, event: DocumentEvent): Refused | undefined {
  const verdict = judge(draft, event);
  return verdict.kind === 'skipped' || verdict.kind === 'failed' ? verdict : undefined;
}

/** How it is given; or what must be read first, among the draft's needs. */
export function documentsOf(draft: Draft, event: DocumentEvent): DocumentOperation[] {
  const verdict = judge(draft, event);
  if (verdict.kind === 'need') draft.needs.push(verdict.need);
  return verdict.kind === 'give' ? [verdict.operation] : [];
}
