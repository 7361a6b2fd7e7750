import { noteLines } from '../expected-people.ts';
import { notesOn, rowsOf } from '../firefish-state.ts';
import { describeRow, type Check, type Seen } from '../look.ts';
import { KINDS, type Kind } from '../samples.ts';

const times = (texts: readonly string[], lines: readonly string[]): number =>
  texts.filter((text) => lines.every((line) => text.includes(line))).length;

/** How often each of the texts should be on this record. */
function expectedOn(look: Seen, kind: Kind, ref: number, lines: readonly string[]): number {
  return look.people
    .filter(({ rows }) => rows.some((one) => one.kind === kind && one.row.Ref === ref))
    .flatMap(({ notes }) => notes)
    .filter((note) => note.kind === kind && note.lines.join('\n') === lines.join('\n')).length;
}

function problemsWith(look: Seen, texts: readonly string[][]): string[] {
  return KINDS.flatMap((kind) =>
    rowsOf(look.after, kind).flatMap((row) => {
      const there = notesOn(look.after, kind, row.Ref);
      return texts.flatMap((lines) => {
        const [wanted, found] = [expectedOn(look, kind, row.Ref, lines), times(there, lines)];
        return wanted === found
          ? []
          : [`${describeRow({ kind, row })}: “${lines[0] ?? ''}” ${found} times, not ${wanted}`];
      });
    }),
  );
}

const distinct = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

export const notesOnce: Check = {
  name: 'each note stands exactly once, whole, on the right record of the right person',
  problems: (look) => problemsWith(look, distinct(look.events.map(({ note }) => note?.text)).map(noteLines)),
};

export const campaignsNoted: Check = {
  name: 'each reply to a campaign, and each interest in one, is noted exactly once with the campaign’s name',
  problems: (look) =>
    problemsWith(
      look,
      distinct(look.events.map(({ campaign }) => campaign?.name)).map((name) => [name]),
    ),
};
