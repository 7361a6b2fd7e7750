import { isHeld } from '../expected-people.ts';
import type { Check } from '../look.ts';
import type { SampleEvent } from '../samples.ts';

const TERMINAL = ['synced', 'skipped'];

export const everythingEnded: Check = {
  name: 'every event ended synced or skipped, with a reason where it was skipped',
  problems: ({ events, outcomes }) =>
    events.flatMap(({ id }) => {
      const outcome = outcomes.get(id);
      if (outcome === undefined) return [`${id} is unknown`];
      const { state, reason } = outcome;
      if (!TERMINAL.includes(state)) return [`${id} is ${state}: ${reason ?? 'no reason given'}`];
      return state === 'skipped' && (reason ?? '') === '' ? [`${id} was skipped without a reason`] : [];
    }),
};

/** Marketing and flags are left out: what is stored for later can have either state. */
const mayWait = ({ type }: SampleEvent): boolean => /^(?:record|campaign|note)\./.test(type);

export const skippedForAReason: Check = {
  name: 'only what concerns people who are not in Firefish and can’t be created, or who wait, was skipped',
  problems: ({ people, outcomes }) =>
    people.flatMap((person) =>
      person.events.filter(mayWait).flatMap(({ id, type }) => {
        const [expected, state] = [person.states.get(id), outcomes.get(id)?.state];
        return expected === state
          ? []
          : [`${id} (${type} of ${person.id}) is ${String(state)}, not ${String(expected)}`];
      }),
    ),
};

export const conflictsDecided: Check = {
  name: 'who has the address of a record with another name waits for a decision, and no other person does',
  problems: ({ people, outcomes }) =>
    people.flatMap((person) =>
      person.events
        .filter(mayWait)
        .filter(({ id }) => (outcomes.get(id)?.reason === 'name-conflict') !== isHeld(person))
        .map(({ id }) => `${id} of ${person.id} ${isHeld(person) ? 'does not wait' : 'waits'}`),
    ),
};
