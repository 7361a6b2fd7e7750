/** One person, one record. */
import { addressOf, rowsOf } from '../firefish-state.ts';
import {
  byRef,
  changedFields,
  describeRow,
  isRowOf,
  newRows,
  type Check,
  type Seen,
  type SeenPerson,
} from '../look.ts';
import { KINDS } from '../samples.ts';

export const createdOnce: Check = {
  name: 'everyone who had to be created exists exactly once, with the right kind',
  problems: (look) =>
    look.people.flatMap(({ id, creation, rows }) => {
      if (creation === undefined) return [];
      const made = rows.filter(({ was }) => was === undefined);
      return made.length === 1
        ? []
        : [`${id} is there ${made.length} times as a new ${creation.record.kind}`];
    }),
};

const mayBeNew = (people: readonly SeenPerson[], kind: 'candidate' | 'contact', ref: number): boolean =>
  people.some(({ rows }) =>
    rows.some((one) => one.kind === kind && one.row.Ref === ref && one.was === undefined),
  );

export const nobodyDoubled: Check = {
  name: 'nobody was created who was there already, as a candidate or as a contact, or who lacks what a record needs',
  problems: (look) => {
    const { people } = look;
    return KINDS.flatMap((kind) =>
      newRows(look, kind)
        .filter((row) => !mayBeNew(people, kind, row.Ref))
        .map((row) => {
          const who = people.find((person) => isRowOf(person, kind, row))?.id ?? 'nobody known';
          return `${describeRow({ kind, row })} is new and belongs to ${who}`;
        }),
    );
  },
};

function isLost({ after, before }: Seen): string[] {
  return KINDS.flatMap((kind) =>
    rowsOf(before, kind)
      .filter((row) => byRef(rowsOf(after, kind), row.Ref) === undefined)
      .map((row) => `${describeRow({ kind, row })} is gone`),
  );
}
export const nothingLost: Check = { name: 'no record that was there is gone', problems: isLost };

export const othersUntouched: Check = {
  name: 'records of other people, near misses and spare duplicates among them, are as they were',
  problems: (look) => {
    const { people } = look;
    return KINDS.flatMap((kind) =>
      rowsOf(look.before, kind)
        .filter((row) => !people.some((person) => person.linked[kind]?.Ref === row.Ref))
        .flatMap((row) => {
          const changed = changedFields(row, byRef(rowsOf(look.after, kind), row.Ref));
          const who = `${describeRow({ kind, row })} <${addressOf(row)}>`;
          return changed.length === 0 ? [] : [`${who} changed in ${changed.join(', ')}`];
        }),
    );
  },
};
