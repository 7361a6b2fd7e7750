/** Names contradict: the person, the records, and the decision. */
import type { JSX } from 'preact';
import { useConsole } from '../context.ts';
import type { Decision } from '../shapes.ts';
import { FirefishLink } from './firefish-link.tsx';
import { Form, InputError, RadiosField, textOf, useAlive } from './form.tsx';
import { recordWords } from './state.tsx';

/** What each decision does. */
export const DECISIONS =
  '“Same person” links the person to the record and updates it. “Someone else” creates a separate record, if the type of event and the settings allow it. The decision holds for this person from then on, and the events that wait for it continue.';

export const PersonWords = ({ decision: { person } }: { decision: Decision }): JSX.Element | null =>
  person === undefined ? null : (
    <p>
      In SourceWhale: <strong>{person.name ?? 'no name in this event'}</strong>
      {person.emails.map((email) => `, ${email}`)}
      {person.candidateId === undefined ? null : (
        <>
          , id <code>{person.candidateId}</code>
        </>
      )}
    </p>
  );

const SOMEONE_ELSE = 'someone-else';

export function DecideForm({
  domain,
  eventId,
  decision: { records },
  onDone,
}: {
  domain: string;
  eventId: string;
  decision: Decision;
  /** Called with what was decided. */
  onDone: (did: string) => void;
}): JSX.Element {
  const { call, announce } = useConsole();
  const alive = useAlive();
  const [only, ...others] = records.map((record) => ({
    value: `${record.entity}:${record.ref}`,
    label: recordWords(record),
  }));
  const choices = only === undefined ? [] : [only, ...others];
  const send = async (data: FormData): Promise<void> => {
    const isSomeoneElse = data.get('as') === SOMEONE_ELSE;
    const ref = others.length === 0 ? only?.value : textOf(data, 'ref');
    if (!isSomeoneElse && !ref) {
      throw new InputError([{ path: 'ref', message: 'Choose the record that is the same person' }]);
    }
    const body = { event: eventId, ...(isSomeoneElse ? { as: SOMEONE_ELSE } : { as: 'same-person', ref }) };
    // While other work comes first it is not done yet: the same request waits for it.
    for (let isPending = true; isPending && alive.current;) {
      const path = `/tenants/${encodeURIComponent(domain)}/decide`;
      isPending = 'pending' in (await call<object>(path, { method: 'POST', body }));
    }
    if (!alive.current) return;
    const record = choices.find(({ value }) => value === ref)?.label ?? '';
    const did = isSomeoneElse ? 'Decided: someone else' : `Decided: the same person as ${record}`;
    announce(`${did}. What waits is worked on now.`);
    onDone(did);
  };
  return (
    <>
      <ul class="records">
        {records.map((record) => (
          <li key={recordWords(record)}>
            {recordWords(record)}
            <FirefishLink domain={domain} record={record} />
          </li>
        ))}
      </ul>
      <Form
        label="Same person"
        busyLabel="Deciding…"
        onSend={send}
        beside={
          <button type="submit" name="as" value={SOMEONE_ELSE}>
            Someone else
          </button>
        }
      >
        {others.length === 0 ? null : (
          <RadiosField name="ref" label="Which record is the same person?" choices={choices} />
        )}
      </Form>
    </>
  );
}
