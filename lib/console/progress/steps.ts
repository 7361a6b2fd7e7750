/** The steps of an event: what is done, what is in progress, what is still to come. */
import type { EndedEvent, EventAction, StoredEvent } from '../../events/event-item.ts';
import type { Visible } from '../../events/visible-state.ts';
import { iso } from '../events/describe-event.ts';

export interface Step {
  step: 'received' | 'queued' | 'waiting' | 'working' | 'matched' | 'written' | 'ended';
  state: 'done' | 'now' | 'to-come' | 'failed' | 'left-out';
  at?: string;
  text: string;
}

const WAITS_FOR: Readonly<Record<string, string>> = {
  limit: 'Waits for Firefish’s limit of calls',
  token: 'Waits for Firefish’s limit of tokens',
  outage: 'Waits until Firefish answers again',
  credentials: 'Waits for Firefish credentials that are accepted',
  conflict: 'Waits while someone else changes the record',
  progress: 'Continues in a moment',
  error: 'Is tried again after an error',
  settling: 'Waits after a lost answer',
};

const DONE_WITH: Readonly<Record<EventAction['operation'], string>> = {
  created: 'created',
  updated: 'updated',
  unchanged: 'found as it should be',
  noted: 'given a note',
  opted_out: 'opted out',
  opted_in: 'opted in',
};

/** @param isWorkedOn whether a worker has the person at this moment */
export function stepsOf(event: StoredEvent, visible: Visible, isWorkedOn: boolean): Step[] {
  const received: Step = {
    ...{ step: 'received', state: 'done', at: iso(event.receivedAt) },
    text: 'Received from SourceWhale and stored',
  };
  return event.state === 'queued'
    ? [received, ...openSteps(visible, isWorkedOn)]
    : [received, ...endedSteps(event, visible)];
}

function openSteps({ state, reason = '' }: Visible, isWorkedOn: boolean): Step[] {
  const waits = state === 'deferred' && !isWorkedOn;
  const queued: Step['state'] = isWorkedOn || waits ? 'done' : 'now';
  return [
    { step: 'queued', state: queued, text: queued === 'now' ? 'Queued' : 'Queued' },
    ...(waits ? [{ step: 'waiting', state: 'now', text: WAITS_FOR[reason] ?? 'Waits' } satisfies Step] : []),
    { step: 'working', state: isWorkedOn ? 'now' : 'to-come', text: 'Taken up' },
    { step: 'matched', state: 'to-come', text: 'Looked up in Firefish' },
    { step: 'written', state: 'to-come', text: 'Written to Firefish' },
    { step: 'ended', state: 'to-come', text: 'Done' },
  ];
}

function endedSteps(event: EndedEvent, visible: Visible): Step[] {
  const { state, finishedAt } = event;
  const failed = state === 'failed';
  return [
    { step: 'queued', state: 'done', text: 'Queued' },
    { step: 'working', state: 'done', text: 'Taken up' },
    ...(failed ? failedSteps(visible) : [matchedStep(event), writtenStep(event)]),
    {
      step: 'ended',
      state: failed ? 'failed' : 'done',
      at: iso(finishedAt),
      text: failed ? 'Failed; it can be replayed' : state === 'skipped' ? 'Skipped' : 'Synced',
    },
  ];
}

function matchedStep({ notes, actions }: EndedEvent): Step {
  const matches = notes.flatMap((note) => matchOf(note) ?? []);
  if (matches.length > 0) return { step: 'matched', state: 'done', text: matches.join('; ') };
  const contradicts = notes.some((note) => note.startsWith('name-conflict: '));
  return actions.length > 0 || contradicts
    ? { step: 'matched', state: 'done', text: 'Looked up in Firefish' }
    : { step: 'matched', state: 'left-out', text: 'Not looked up in Firefish' };
}

/** The note on a match, for people who do not know links. */
function matchOf(note: string): string | undefined {
  const [, record = '', by] = /^matched: (\S+ \d+) by (.+)$/.exec(note) ?? [];
  if (by === undefined) return undefined;
  return by === 'link' ? `${record}, known as this person from before` : `${record} matched by ${by}`;
}

function writtenStep({ actions }: EndedEvent): Step {
  const wrote = actions.filter(({ operation }) => operation !== 'unchanged');
  return wrote.length > 0
    ? { step: 'written', state: 'done', text: wrote.map(describe).join('; ') }
    : { step: 'written', state: 'left-out', text: 'Nothing to write' };
}

/** How far a failed event got is known from the refused call; otherwise it is unknown. */
function failedSteps({ reason = '' }: Visible): Step[] {
  const method = /^Firefish refused ([A-Z]+) /.exec(reason)?.[1];
  if (method === undefined || method === 'GET') return [{ step: 'matched', state: 'failed', text: reason }];
  return [
    { step: 'matched', state: 'done', text: 'Looked up in Firefish' },
    { step: 'written', state: 'failed', text: reason },
  ];
}

const describe = ({ entity, ref, operation, fields = [] }: EventAction): string =>
  `${entity} ${ref} ${DONE_WITH[operation]}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`;
