/** The data of a comparison: a history, the state of Firefish and of the model after it, and the differences. */
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { settingNames } from '../../../lib/mapping/firefish-fields.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../lib/tenants/settings.ts';
import type { History } from '../histories.ts';
import { flatten, isBlank } from '../ideal.ts';
import { idealEndState, type Model } from '../model.ts';
import { fieldsSaid, type Person } from '../person.ts';
import type { Standing, StandingRecord } from '../standing.ts';

export interface Scene {
  history: History;
  settings: Settings;
  events: SourceWhaleEvent[];
  standing: Standing;
  model: Model;
  /** The result of the same events in an empty Firefish if all flags came last. */
  alone: Model;
  differences: string[];
  say(about: StandingRecord | string, what: string): void;
}

export function sceneOf(history: History, standing: Standing): Scene {
  const settings = { ...DEFAULT_SETTINGS, ...history.settings };
  const events = history.batches.flat();
  const empty = { ...history.seed, candidates: [], contacts: [] };
  const unflagged = events.filter(({ type }) => type !== 'email.flagged');
  const differences: string[] = [];
  return {
    ...{ history, settings, events, standing, differences },
    model: idealEndState(history.seed, events, settings),
    alone: idealEndState(empty, unflagged, settings),
    say(about, what) {
      differences.push(`${typeof about === 'string' ? about : called(about)} ${what}`);
    },
  };
}

export const same = (a: unknown, b: unknown): boolean => (isBlank(a) && isBlank(b)) || a === b;
export const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
const called = (record: StandingRecord): string =>
  `${record.made ? 'new ' : ''}${record.kind} ${String(record.ref)}`;

export function eventsOf(scene: Scene, person: Person): Extract<SourceWhaleEvent, { record: unknown }>[] {
  return scene.events
    .filter((event) => 'record' in event)
    .filter(({ record }) => person.ids.has(record.candidateId));
}

export function isOf(scene: Scene, record: StandingRecord, person: Person): boolean {
  // Addresses can be shared and removed; the generator gives each id different surnames.
  const surname = record.fields['Surname'];
  return person.sayings.some(({ said }) => fieldsSaid(record.kind, said)['Surname'] === surname);
}

export function originally(scene: Scene, record: StandingRecord): Record<string, unknown> {
  const before = record.kind === 'candidate' ? scene.history.seed.candidates : scene.history.seed.contacts;
  return flatten(before.find(({ Ref }) => Ref === record.ref) ?? {});
}

/** The events that would have created the person's records in an empty Firefish if all flags came last. */
export function makersAlone(scene: Scene, { ids }: Person): string[] {
  const people = scene.alone.people.filter((one) => !one.ids.isDisjointFrom(ids));
  return people.flatMap(({ records }) => [...records].flatMap(({ madeBy }) => madeBy ?? []));
}

export function policyOf(scene: Scene, field: string): string {
  const { default: otherwise, fields } = scene.settings.updatePolicy;
  return (
    settingNames(field)
      .map((name) => fields[name])
      .find((one) => one !== undefined) ?? otherwise
  );
}
