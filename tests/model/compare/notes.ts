/** The notes of one person: each once, on the right record, and no others. */
import { addressOf } from '../ideal.ts';
import { idealEndState } from '../model.ts';
import type { Person } from '../person.ts';
import type { StandingRecord } from '../standing.ts';
import type { Bounds } from './bounds.ts';
import { eventsOf, makersAlone, originally, type Scene } from './scene.ts';

export function compareNotes(
  scene: Scene,
  person: Person,
  { mostMade, matching }: Bounds,
  own: readonly StandingRecord[],
): void {
  const written = new Map(
    [...person.records].flatMap(({ kind, notes }) =>
      notes.map(({ says, eventId, about }) => [eventId, { kind, says, about }] as const),
    ),
  );
  // Since when a person was there is plain if they were there before, or are made, but not if the
  // order of arrival decides which, nor if what a new record needs was said bit by bit: of a field that
  // Firefish has, only the newest time is kept. And whether a note came after it, if one id stands alone.
  const sure =
    matching.length === 0 ? madeAtOnce(scene, person) : mostMade === 0 && ledByOneAddress(scene, matching);
  const plain = person.ids.size === 1 && sure;
  for (const { id } of new Set(eventsOf(scene, person))) {
    const tag = `<${id}>`;
    const holders = scene.standing.records.flatMap((record) =>
      record.notes.filter((text) => text.includes(tag)).map(() => record),
    );
    const due = written.get(id);
    if (holders.length > 1) scene.say(`note ${tag}`, `is there ${String(holders.length)} times`);
    if (holders.some((record) => !own.includes(record)))
      scene.say(`note ${tag}`, 'is on someone else’s record');
    if (sure && due !== undefined && due.about !== 'marketing' && holders.length === 0)
      scene.say(`note ${tag}`, 'is missing');
    if (due === undefined && plain && holders.length > 0)
      scene.say(`note ${tag}`, 'should have been skipped');
    if (
      due !== undefined &&
      plain &&
      person.records.size > 1 &&
      holders[0] !== undefined &&
      holders[0].kind !== due.kind
    ) {
      scene.say(`note ${tag}`, `is on the ${holders[0].kind}, should be on the ${due.kind}`);
    }
  }
}

function ledByOneAddress(scene: Scene, matching: readonly StandingRecord[]): boolean {
  return new Set(matching.map((record) => addressOf({ fields: originally(scene, record) }))).size <= 1;
}

/** Whether the event that created the person's record would also have created it alone, whatever was flagged. */
function madeAtOnce(scene: Scene, person: Person): boolean {
  const makers = new Set([...person.records].flatMap(({ madeBy }) => madeBy ?? []));
  if (makers.symmetricDifference(new Set(makersAlone(scene, person))).size > 0) return false;
  return [...person.records].every(({ madeBy }) => {
    const event = scene.events.find(({ id }) => id === madeBy);
    if (event === undefined) return true;
    const alone = idealEndState(
      { ...scene.history.seed, candidates: [], contacts: [] },
      [event],
      scene.settings,
    );
    return alone.records.length > 0;
  });
}
