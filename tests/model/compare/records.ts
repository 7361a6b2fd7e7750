/** The records of one person: how many, which, and their values. */
import { saidFields, type Person } from '../person.ts';
import { addressOf } from '../ideal.ts';
import type { StandingRecord } from '../standing.ts';
import type { Bounds } from './bounds.ts';
import { compareMarketing } from './marketing.ts';
import { originally, policyOf, same, type Scene, show } from './scene.ts';
import { changes, differencesFromSaid } from './values.ts';

export function compareRecords(scene: Scene, person: Person, bounds: Bounds, made: StandingRecord[]): void {
  const who = [...person.ids].join('+');
  const { leastMade, mostMade, matching } = bounds;
  if (made.length < leastMade || made.length > mostMade) {
    const range = leastMade === mostMade ? String(leastMade) : `${String(leastMade)} to ${String(mostMade)}`;
    scene.say(who, `has ${String(made.length)} new records, should have ${range}`);
  }
  const several = made.length + matching.length > 1;
  for (const record of made) {
    if (!bounds.kinds.has(record.kind)) scene.say(record, `is of a kind that no event of ${who} has`);
    if (record.archived) scene.say(record, 'is archived');
    differencesFromSaid(scene, record, person, several).forEach((difference) => {
      scene.say(record, difference);
    });
    compareMarketing(scene, record, person);
  }
  let touched = 0;
  for (const record of matching) {
    const asTold = differencesFromSaid(scene, record, person, several);
    const asBefore = changes(scene, record);
    const linked = [...person.records].some(({ kind, ref }) => kind === record.kind && ref === record.ref);
    const due = dueOf(scene, record, linked, bounds);
    if (asTold.length === 0) touched += 1;
    const wrong =
      due === 'told'
        ? asTold
        : due === 'left'
          ? asBefore
          : asTold.length < asBefore.length
            ? asTold
            : asBefore;
    if (due === 'either' && (asTold.length === 0 || asBefore.length === 0)) wrong.length = 0;
    for (const difference of wrong) scene.say(record, difference);
    compareMarketing(scene, record, person);
  }
  if (person.records.size > 0 && touched + made.length === 0)
    scene.say(who, 'has no record that knows the newest');
  if (several && made.length > 0) newestSomewhere(scene, person, [...made, ...matching]);
}

/** If a person has several records, each field's newest value must be on at least one. */
function newestSomewhere(scene: Scene, person: Person, records: readonly StandingRecord[]): void {
  for (const name of ['FirstName', 'Surname', 'JobTitle']) {
    if (policyOf(scene, name) !== 'always') continue;
    const values = records.flatMap((record) => {
      const value = saidFields(person, record.kind)[name];
      return value === undefined ? [] : [{ value, held: same(record.fields[name], value) }];
    });
    if (values.length > 0 && !values.some(({ held }) => held)) {
      scene.say([...person.ids].join('+'), `has the newest ${name} ${show(values[0]?.value)} on no record`);
    }
  }
}

/** Whether this earlier record must be the person's, must not be, or can be depending on the order of arrival. */
function dueOf(
  scene: Scene,
  record: StandingRecord,
  linked: boolean,
  { matching, mostMade }: Bounds,
): 'told' | 'left' | 'either' {
  const peers = matching.filter(({ kind }) => kind === record.kind);
  const addresses = new Set(peers.map((one) => addressOf({ fields: originally(scene, one) })));
  if (mostMade > 0 || addresses.size > 1) return 'either';
  // An opt-out touches every duplicate, and so changes which was updated last.
  const disturbed = scene.events.some(({ type }) => type.includes('opted'));
  const best = peers.some(({ archived }) => !archived) ? !record.archived : true;
  if (peers.length > 1 && disturbed && best) return 'either';
  return linked ? 'told' : 'left';
}

export function compareUntouched(scene: Scene, record: StandingRecord): void {
  for (const difference of changes(scene, record)) scene.say(record, difference);
  if (record.notes.some((text) => /<e\d+>/.test(text))) scene.say(record, 'has a note of someone else');
}
