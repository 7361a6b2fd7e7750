import type { Check } from '../look.ts';

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

export const nothingUnsupported: Check = {
  name: 'every type of event is supported',
  problems: ({ outcomes }) =>
    [...outcomes.values()]
      .filter(({ reason }) => reason?.includes('not-supported-yet') === true)
      .map(({ id, type }) => `${id} (${type}) is not supported yet`),
};

/** Marketing and flags are left out: what is remembered for later may be called either. */
export const skippedForAReason: Check = {
  name: 'only what concerns people who are not in Firefish and can’t be created was skipped',
  problems: ({ people, outcomes }) =>
    people.flatMap((person) =>
      person.events
        .filter(({ type }) => /^(?:record|campaign|note)\./.test(type))
        .flatMap(({ id, type }) => {
          const [expected, state] = [person.states.get(id), outcomes.get(id)?.state];
          return expected === state
            ? []
            : [`${id} (${type} of ${person.id}) is ${String(state)}, not ${String(expected)}`];
        }),
    ),
};
