import { rowsOf, type FirefishState } from '../firefish-state.ts';
import { byRef, describeRow, type Check } from '../look.ts';
import { KINDS } from '../samples.ts';

const words = (state: FirefishState): Set<string> =>
  new Set(
    JSON.stringify(state)
      .toLowerCase()
      .match(/\p{L}+/gu),
  );

export const noSpecialCategories: Check = {
  name: 'gender and race left no trace',
  problems: ({ events, before, after }) => {
    const said = events.flatMap(({ record }) => [record?.gender, record?.dominantRace]);
    const forbidden = ['gender', 'dominantrace', ...said.filter((word) => word !== undefined)];
    const [was, is] = [words(before), words(after)];
    return [...new Set(forbidden.map((word) => word.toLowerCase()))]
      .filter((word) => is.has(word) && !was.has(word))
      .map((word) => `“${word}” is in Firefish`);
  },
};

export const nothingShownToCandidates: Check = {
  name: 'what a candidate sees of themselves is as it was',
  problems: ({ before, after }) =>
    KINDS.flatMap((kind) =>
      rowsOf(after, kind)
        .filter(
          (row) =>
            (row.CandidateSummary ?? null) !==
            (byRef(rowsOf(before, kind), row.Ref)?.CandidateSummary ?? null),
        )
        .map((row) => `${describeRow({ kind, row })} has a CandidateSummary`),
    ),
};
